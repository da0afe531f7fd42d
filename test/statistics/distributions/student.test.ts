/** Student's t distribution, against 50 digits of mpmath and against @stdlib. */
import cdf from "@stdlib/stats-base-dists-t-cdf";
import quantile from "@stdlib/stats-base-dists-t-quantile";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { normalCdf, normalQuantile } from "../../../src/statistics/distributions/normal.js";
import { studentCdf, studentQuantile, studentSf } from "../../../src/statistics/distributions/student.js";
import { relativeError } from "./relative-error.js";

const freedom = fc.double({ min: 0.5, max: 1e4, noNaN: true });
const anywhere = fc.double({ min: -30, max: 30, noNaN: true });

describe("studentCdf and studentSf", () => {
  it.each([
    [2.1, 7.3, 0.03612335671242668],
    [1.5, 1e9, 0.06680720142670764],
    [2.5, 1e9, 0.006209665405201247],
    [30, 1e9, 4.9077098439837305e-198],
    [6, 1e7, 9.866213666838918e-10],
    [1e100, 0.5, 3.207009754142229e-51],
    [1e-8, 3, 0.499999996324474],
    [40, 2, 0.0003122073360923703],
  ])("leave beyond %d with %d degrees of freedom a share of %d", (t, df, expected) => {
    expect(relativeError(studentSf(t, df), expected)).toBeLessThan(1e-13);
    expect(studentCdf(-t, df)).toBe(studentSf(t, df));
  });

  it("are @stdlib's", () => {
    fc.assert(
      fc.property(anywhere, freedom, (t, df) => {
        expect(relativeError(studentCdf(t, df), cdf(t, df))).toBeLessThan(1e-12);
      }),
    );
  });

  it("are Cauchy's with one degree of freedom, as far as doubles go", () => {
    expect(relativeError(studentSf(1, 1), 0.25)).toBeLessThan(1e-15);
    expect(relativeError(studentSf(1e200, 1), 1e-200 / Math.PI)).toBeLessThan(1e-12);
  });

  it("are the normal ones with 1e9 degrees of freedom", () => {
    fc.assert(
      fc.property(fc.double({ min: -8, max: 8, noNaN: true }), (t) => {
        expect(relativeError(studentCdf(t, 1e9), normalCdf(t))).toBeLessThan(2e-6);
        expect(studentCdf(t, 1e9)).toBeCloseTo(normalCdf(t), 9);
      }),
    );
  });

  it("are monotone, also where the way of computing them changes, and together 1", () => {
    fc.assert(
      fc.property(anywhere, freedom, (t, df) => {
        expect(studentCdf(t + 1e-6, df)).toBeGreaterThan(studentCdf(t, df) * (1 - 1e-13));
        expect(studentCdf(t, df) + studentSf(t, df)).toBeCloseTo(1, 14);
      }),
    );
    for (const df of [0.5, 3, 1e3, 1e9])
      expect(
        relativeError(studentSf(Math.sqrt(3) - 1e-15, df), studentSf(Math.sqrt(3) + 1e-15, df)),
      ).toBeLessThan(1e-13);
  });

  it("are ½ at 0, and 0 and 1 at the ends", () => {
    expect([studentCdf(0, 5), studentSf(0, 5)]).toEqual([0.5, 0.5]);
    expect([studentCdf(-Infinity, 5), studentSf(Infinity, 5), studentCdf(Infinity, 5)]).toEqual([0, 0, 1]);
  });
});

describe("studentQuantile", () => {
  it("is @stdlib's", () => {
    fc.assert(
      fc.property(
        fc.double({ min: 1e-4, max: 0.9999, noNaN: true }),
        fc.double({ min: 1, max: 1e4, noNaN: true }),
        (p, df) => {
          const expected = quantile(p, df);
          expect(Math.abs(studentQuantile(p, df) - expected)).toBeLessThan(
            1e-10 * Math.max(1, Math.abs(expected)),
          );
        },
      ),
    );
  });

  it("is undone by studentCdf, tails included", () => {
    fc.assert(
      fc.property(
        fc.double({ min: 1e-100, max: 0.5, noNaN: true }),
        fc.double({ min: 0.5, max: 1e9, noNaN: true }),
        (p, df) => {
          expect(relativeError(studentCdf(studentQuantile(p, df), df), p)).toBeLessThan(1e-11);
        },
      ),
    );
  });

  it("is odd about ½, keeps its digits beside it, and lies beyond the normal one", () => {
    expect(studentQuantile(0.75, 4)).toBe(-studentQuantile(0.25, 4));
    expect(relativeError(studentQuantile(0.50000001, 1), 3.1415926693755411e-8)).toBeLessThan(1e-14);
    expect(studentQuantile(0.975, 30)).toBeGreaterThan(normalQuantile(0.975));
  });

  it("reaches as far as doubles do", () => {
    expect(relativeError(studentQuantile(1e-300, 1), -1e300 / Math.PI)).toBeLessThan(1e-12);
    expect(studentQuantile(1e-300, 0.5)).toBe(-Infinity);
    expect([studentQuantile(0, 3), studentQuantile(0.5, 3), studentQuantile(1, 3)]).toEqual([
      -Infinity,
      0,
      Infinity,
    ]);
  });
});

describe("what is no number, probability or degree of freedom", () => {
  it("is refused by name", () => {
    expect(() => studentCdf(Number.NaN, 1)).toThrow(new RangeError("t must be a number, got NaN."));
    for (const df of [0, -1, Number.NaN, Infinity]) {
      expect(() => studentSf(1, df)).toThrow(`df must be between 0 and 1000000000000, got ${df}.`);
      expect(() => studentQuantile(0.9, df)).toThrow("df must be");
    }
    expect(() => studentQuantile(-0.1, 1)).toThrow(new RangeError("p must be from 0 to 1, got -0.1."));
  });
});
