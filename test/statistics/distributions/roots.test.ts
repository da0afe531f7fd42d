/** Where functions cross zero: smooth ones, steep ones, flat ones and ones that jump. */
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { findRoot } from "../../../src/statistics/distributions/roots.js";

describe("findRoot", () => {
  it("finds what is known on paper, to the last digits", () => {
    expect(findRoot((x) => x * x - 2, 0, 2)).toBeCloseTo(Math.SQRT2, 15);
    expect(findRoot(Math.sin, 3, 4)).toBeCloseTo(Math.PI, 15);
    expect(findRoot((x) => Math.exp(-x) - 1e-30, 0, 1000)).toBeCloseTo(30 * Math.LN10, 12);
  });

  it("finds a planted root of a line, a cubic and a step, whichever way they go", () => {
    const root = fc.double({ min: -1e6, max: 1e6, noNaN: true });
    const reach = fc.double({ min: 1e-3, max: 1e6, noNaN: true });
    fc.assert(
      fc.property(root, reach, reach, fc.constantFrom(-1, 1), (at, below, above, sign) => {
        const shapes = [
          (x: number) => x - at,
          (x: number) => (x - at) ** 3,
          (x: number) => (x < at ? -1 : 1),
        ];
        for (const shape of shapes) {
          const found = findRoot((x) => sign * shape(x), at - below, at + above);
          expect(Math.abs(found - at)).toBeLessThanOrEqual(1e-14 * Math.abs(at) + 1e-100);
        }
      }),
    );
  });

  it.each([
    ["is smooth", (x: number) => Math.log(x) - 1, 1, 100, 15],
    ["jumps", (x: number) => (x < 0.3 ? -1 : 1), 0, 1, 60],
    ["is a line", (x: number) => x - 2, 0, 5, 4],
    ["is 0 at an end", (x: number) => Math.cbrt(x - 5), 0, 5, 2],
  ])("looks seldom where the function %s", (_kind, f, lower, upper, most) => {
    const looks: number[] = [];
    const watched = (x: number): number => {
      looks.push(x);
      return f(x);
    };
    findRoot(watched, lower, upper);
    expect(looks.length).toBeLessThanOrEqual(most);
  });

  it("answers an end that is a root, and gets over infinite values", () => {
    expect(findRoot((x) => x, 0, 5)).toBe(0);
    expect(findRoot((x) => x - 5, 0, 5)).toBe(5);
    expect(findRoot((x) => Math.log(x), 0, 5)).toBeCloseTo(1, 15);
  });

  it("refuses a bracket without a change of sign", () => {
    expect(() => findRoot((x) => x * x + 1, -1, 2)).toThrow(
      new RangeError("f must change its sign from -1 to 2, got 2 and 5."),
    );
    expect(() => findRoot(() => Number.NaN, -1, 2)).toThrow(RangeError);
    expect(() => findRoot((x) => x, -Infinity, 2)).toThrow(
      new RangeError("lower must be a finite number, got -Infinity."),
    );
    expect(() => findRoot((x) => x, -1, Number.NaN)).toThrow(
      new RangeError("upper must be a finite number, got NaN."),
    );
  });
});
