import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { normalDensity, normalSf } from "../../../src/statistics/distributions/normal.js";
import {
  groupSequentialBounds,
  runningState,
  type Spending,
} from "../../../src/statistics/sequential/group-sequential.js";

const late = { alpha: 0.05, spending: "obrien-fleming" } as const;
const even = { alpha: 0.05, spending: "pocock" } as const;

const spendings = fc.constantFrom<Spending>("obrien-fleming", "pocock");
/** Two to five looks at uneven times, the last at 1. */
const times = fc
  .uniqueArray(fc.integer({ min: 5, max: 95 }), { minLength: 1, maxLength: 4 })
  .map((shares) => [...shares.toSorted((one, other) => one - other).map((share) => share / 100), 1]);

/** The chances to cross first at each look, by a plain grid of Simpson's rule over both signs of the walk. */
function chancesToCross(
  information: readonly number[],
  z: readonly number[],
  cells = 400,
): readonly number[] {
  let inside = [{ place: 0, mass: 1 }];
  let before = 0;
  return information.map((time, at) => {
    const step = Math.sqrt(time - before);
    const edge = (z[at] ?? 0) * Math.sqrt(time);
    const reach = Math.min(edge, 9 * Math.sqrt(time));
    const chance = inside.reduce(
      (sum, { place, mass }) =>
        sum + mass * (normalSf((edge - place) / step) + normalSf((edge + place) / step)),
      0,
    );
    const from = inside;
    inside = Array.from({ length: cells + 1 }, (_, cell) => {
      const place = reach * ((2 * cell) / cells - 1);
      const simpson = cell === 0 || cell === cells ? 1 : 2 + 2 * (cell % 2);
      const density = from.reduce(
        (sum, { place: u, mass }) => sum + mass * normalDensity((place - u) / step),
        0,
      );
      return { place, mass: ((simpson / 3) * ((2 * reach) / cells) * density) / step };
    });
    before = time;
    return chance;
  });
}

function sumOf(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0);
}

describe("the boundaries", () => {
  it.each([
    [2, late, [2.9626, 1.9686]],
    [3, late, [3.7103, 2.5114, 1.993]],
    [4, late, [4.3326, 2.9631, 2.359, 2.0141]],
    [2, even, [2.157, 2.201]],
    [3, even, [2.2794, 2.2951, 2.2959]],
  ] as const)("of %s equal looks are those of the published tables (%j)", (count, plan, published) => {
    const { z } = groupSequentialBounds(
      Array.from({ length: count }, (_, at) => (at + 1) / count),
      plan,
    );
    published.forEach((wanted, at) => expect(z[at]).toBeCloseTo(wanted, 3));
  });

  it("of one look at the end is that of the plain test", () => {
    const { z, cumulativeAlpha } = groupSequentialBounds([1], late);
    expect(z[0]).toBeCloseTo(1.959963984540054, 12);
    expect(cumulativeAlpha).toEqual([0.05]);
  });

  it.each([
    [[0.2, 0.4, 0.6, 0.8, 1], late],
    [[0.31, 0.35, 0.9, 1], late],
    [[0.1, 0.7, 0.72, 1], even],
    [[0.5, 0.501, 1], late],
  ] as const)(
    "of looks at %j are crossed with a chance of α in all, each as was spent",
    (information, plan) => {
      const { z, cumulativeAlpha } = groupSequentialBounds(information, plan);
      const chances = chancesToCross(information, z);
      expect(sumOf(chances)).toBeCloseTo(0.05, 8);
      cumulativeAlpha.forEach((spent, at) => expect(sumOf(chances.slice(0, at + 1))).toBeCloseTo(spent, 8));
    },
  );

  it("spend all of α and never less than before", () => {
    fc.assert(
      fc.property(times, spendings, (information, spending) => {
        const { z, cumulativeAlpha } = groupSequentialBounds(information, { alpha: 0.05, spending });
        expect(cumulativeAlpha.at(-1)).toBe(0.05);
        expect(cumulativeAlpha).toEqual(cumulativeAlpha.toSorted((one, other) => one - other));
        expect(Math.min(...z)).toBeGreaterThanOrEqual(1.9599);
      }),
      { numRuns: 30 },
    );
  });

  it("of the looks so far do not depend on those to come", () => {
    const { z } = groupSequentialBounds([0.13, 0.5, 0.77, 1], late);
    expect(groupSequentialBounds([0.13, 0.5], late).z).toEqual(z.slice(0, 2));
  });

  it("are none so early that nothing is to spend; α is kept", () => {
    const { z, cumulativeAlpha } = groupSequentialBounds([1e-3, 0.5, 1], late);
    expect(z).toEqual([Infinity, ...groupSequentialBounds([0.5, 1], late).z]);
    expect(cumulativeAlpha[0]).toBe(0);
  });

  it("of a look that learnt nothing are those of the look before, until the test ends there", () => {
    const [first, again, end] = groupSequentialBounds([0.5, 0.5 + 1e-9, 1], late).z;
    expect(again).toBeCloseTo(first ?? 0, 6);
    expect(end).toBeCloseTo(groupSequentialBounds([0.5, 1], late).z[1] ?? 0, 6);
    const ended = groupSequentialBounds([0.3, 0.5, 0.5 + 1e-9], late, true);
    expect(ended.cumulativeAlpha[2]).toBe(0.05);
    expect(ended.z[2]).toBeCloseTo(groupSequentialBounds([0.3, 0.5], late, true).z[1] ?? 0, 9);
  });

  it("hardly differ where a look more is close to another", () => {
    const apart = groupSequentialBounds([0.9, 0.9 + 2e-6, 1], even);
    const joined = groupSequentialBounds([0.9, 0.9 + 0.9e-6, 1], even);
    expect(apart.z[1]).toBeGreaterThan(joined.z[1] ?? 0);
    expect(apart.z[1]).toBeCloseTo(joined.z[1] ?? 0, 2);
    expect(apart.z[2]).toBeCloseTo(joined.z[2] ?? 0, 3);
  });

  it("of a test that ended early spend what is left", () => {
    const information = [0.3, 0.6];
    const { z, cumulativeAlpha } = groupSequentialBounds(information, late, true);
    expect(cumulativeAlpha.at(-1)).toBe(0.05);
    expect(sumOf(chancesToCross(information, z))).toBeCloseTo(0.05, 8);
    expect(z[1]).toBeLessThan(groupSequentialBounds(information, late).z[1] ?? 0);
  });

  it("of a test that saw more than planned spend all of α once", () => {
    const information = [0.6, 1.2, 1.5];
    const { z, cumulativeAlpha } = groupSequentialBounds(information, late);
    expect(cumulativeAlpha.slice(1)).toEqual([0.05, 0.05]);
    expect(z[2]).toBe(Infinity);
    expect(sumOf(chancesToCross(information.slice(0, 2), z))).toBeCloseTo(0.05, 8);
  });

  it.each([
    [[0.5, 0.5], late, "information"],
    [[0], late, "information"],
    [[Number.NaN], late, "information"],
    [[1], { ...late, alpha: 0 }, "alpha"],
    [[1], { ...late, alpha: 1 }, "alpha"],
  ] as const)("are refused for looks at %j and %j", (information, plan, name) => {
    expect(() => groupSequentialBounds(information, plan)).toThrow(new RegExp(`^${name} must be`));
  });
});

describe("a running test", () => {
  it("without looks knows nothing", () => {
    expect(runningState({ ...late, looks: [], ended: false })).toEqual({
      z: [],
      cumulativeAlpha: [],
      boundary: Infinity,
      crossedAt: null,
      pValue: 1,
    });
  });

  it("of one look at the end has the plain test's p", () => {
    for (const z of [0.3, -1.96, 2.5, -6])
      expect(runningState({ ...late, looks: [{ information: 1, z }], ended: true }).pValue).toBeCloseTo(
        2 * normalSf(Math.abs(z)),
        12,
      );
  });

  it("says at which look it crossed first, and stays crossed", () => {
    const looks = [
      { information: 0.4, z: 1 },
      { information: 0.6, z: -2.7 },
      { information: 0.8, z: -1 },
    ];
    const state = runningState({ ...late, looks, ended: false });
    expect(state.crossedAt).toBe(1);
    expect(state.boundary).toBe(state.z[2]);
    expect(state.pValue).toBeLessThan(0.05);
    expect(runningState({ ...late, looks: looks.slice(0, 1), ended: false }).crossedAt).toBeNull();
  });

  it("has a p of at most α exactly where it crossed, whichever way, and a smaller one the more it finds", () => {
    const sizes = fc.array(fc.double({ min: -5, max: 5, noNaN: true }), { minLength: 5, maxLength: 5 });
    fc.assert(
      fc.property(times, sizes, spendings, fc.boolean(), (information, found, spending, ended) => {
        const looks = information.map((time, at) => ({ information: time, z: found[at] ?? 0 }));
        const test = { alpha: 0.05, spending, looks, ended };
        const { crossedAt, pValue } = runningState(test);
        expect(pValue <= 0.05).toBe(crossedAt !== null);
        const scaled = (by: number) => looks.map((look) => ({ ...look, z: by * look.z }));
        expect(runningState({ ...test, looks: scaled(-1) }).pValue).toBe(pValue);
        expect(runningState({ ...test, looks: scaled(1.1) }).pValue).toBeLessThanOrEqual(pValue * (1 + 1e-9));
      }),
      { numRuns: 15 },
    );
  });

  it("does not cross where there is no boundary", () => {
    const looks = [
      { information: 1e-3, z: 30 },
      { information: 1, z: 1 },
      { information: 1.1, z: 30 },
    ];
    const { crossedAt, pValue } = runningState({ ...late, looks, ended: false });
    expect(crossedAt).toBeNull();
    expect(pValue).toBeGreaterThan(0.3);
  });

  it("has a least p, and refuses a z that is none", () => {
    const look = { information: 1, z: 40 };
    expect(runningState({ ...late, looks: [look], ended: true }).pValue).toBe(1e-20);
    expect(() => runningState({ ...late, looks: [{ ...look, z: Infinity }], ended: true })).toThrow(
      /^z must be/,
    );
  });
});
