/** Welch's test: what holds for all arms, and where the data tell nothing. */
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import {
  type ArmEstimate,
  estimateMean,
  satterthwaite,
  studentTest,
  welchTest,
} from "../../../src/statistics/fixed/means.js";
import {
  alpha,
  contains,
  estimates,
  isNear,
  meanSums,
  nothingKnown,
  proportionOf,
  swapped,
  values,
} from "./arbitraries.js";

describe("estimateMean", () => {
  it("knows the mean's variance, and of fewer than two units none", () => {
    expect(estimateMean(meanSums([1, 3, 8]))).toEqual({ n: 3, estimate: 4, variance: 13 / 3, df: 2 });
    expect(estimateMean(proportionOf(1, 4))).toEqual({ n: 4, estimate: 0.25, variance: 0.1875 / 4, df: 3 });
    expect(estimateMean(meanSums([7]))).toEqual({ n: 1, estimate: 7, variance: Infinity, df: 0 });
    expect(estimateMean(proportionOf(0, 0))).toEqual({ n: 0, estimate: 0, variance: Infinity, df: 0 });
  });

  it("refuses sums that no units have", () => {
    expect(() => estimateMean(proportionOf(2, 1))).toThrow(/^sample\.sum must be from 0 to 1, got 2\.$/);
  });
});

describe("satterthwaite", () => {
  const parts = fc.array(
    fc.record({
      variance: fc.double({ min: 1e-300, max: 1e300, noNaN: true }),
      df: fc.integer({ min: 1, max: 1e6 }),
    }),
    { minLength: 1, maxLength: 5 },
  );

  it("is never less than the least of the parts, nor more than their sum", () => {
    fc.assert(
      fc.property(parts, (of) => {
        const all = of.map(({ df }) => df);
        const got = satterthwaite(of);
        return (
          got >= Math.min(...all) * (1 - 1e-12) && got <= all.reduce((sum, df) => sum + df, 0) * (1 + 1e-12)
        );
      }),
    );
  });

  it("does not count what has no variance, and is 0 where nothing is known", () => {
    const [some, none] = [
      { variance: 2, df: 7 },
      { variance: 0, df: 0 },
    ];
    expect(satterthwaite([some, none])).toBe(7);
    expect([
      satterthwaite([none]),
      satterthwaite([]),
      satterthwaite([some, { variance: Infinity, df: 0 }]),
    ]).toEqual([0, 0, 0]);
  });

  it("refuses a variance below 0", () => {
    expect(() => satterthwaite([{ variance: -1, df: 3 }])).toThrow(/^variance must be/);
    expect(() => satterthwaite([{ variance: Number.NaN, df: 3 }])).toThrow(/^variance must be/);
  });
});

describe("welchTest", () => {
  it("agrees with the table of Student's distribution", () => {
    const arm = { n: 6, estimate: 0, variance: 0.5, df: 5 };
    const test = welchTest({
      control: arm,
      treatment: { ...arm, estimate: 2.2281388519862744 },
      alpha: 0.05,
    });
    expect(test.df).toBeCloseTo(10, 12);
    expect(test.pValue).toBeCloseTo(0.05, 10);
    expect(test.interval.lower).toBeCloseTo(0, 10);
  });

  it("holds the difference, and excludes 0 exactly where p < alpha", () => {
    fc.assert(
      fc.property(estimates, alpha, (arms, level) => {
        const { difference, pValue, interval } = welchTest({ ...arms, alpha: level });
        fc.pre(Math.abs(pValue - level) > 1e-9);
        return contains(interval, difference) && pValue < level === !contains(interval, 0);
      }),
    );
  });

  it("changes the sign when the arms change places", () => {
    fc.assert(
      fc.property(estimates, alpha, (arms, level) => {
        const [one, other] = [
          welchTest({ ...arms, alpha: level }),
          welchTest({ ...swapped(arms), alpha: level }),
        ];
        expect(isNear(other.difference, -one.difference) && isNear(other.t, -one.t)).toBe(true);
        expect(isNear(other.pValue, one.pValue) && isNear(other.df, one.df)).toBe(true);
        expect(isNear(other.interval.lower, -one.interval.upper)).toBe(true);
      }),
    );
  });

  it("is the same in whatever unit", () => {
    fc.assert(
      fc.property(values, values, fc.constantFrom(1e-150, 1e-6, 0.01, 100, 1e100), (a, b, unit) => {
        const [one, other] = [1, unit].map((factor) =>
          welchTest({
            control: estimateMean(meanSums(a.map((value) => value * factor))),
            treatment: estimateMean(meanSums(b.map((value) => value * factor))),
            alpha: 0.05,
          }),
        );
        fc.pre(one !== undefined && one.se < Infinity);
        return (
          other !== undefined &&
          isNear(other.pValue, one.pValue, 1e-6) &&
          isNear(other.difference / unit, one.difference) &&
          isNear(other.df / one.df, 1, 1e-6)
        );
      }),
    );
  });

  it("finds p smaller the further the arms are apart", () => {
    fc.assert(
      fc.property(estimates, fc.integer({ min: 1, max: 1000 }), (arms, step) => {
        const sign = arms.treatment.estimate < arms.control.estimate ? -1 : 1;
        const further = { ...arms.treatment, estimate: arms.treatment.estimate + sign * step };
        const [near, far] = [
          welchTest({ ...arms, alpha: 0.05 }),
          welchTest({ ...arms, treatment: further, alpha: 0.05 }),
        ];
        return far.pValue <= near.pValue;
      }),
    );
  });

  it("is told nothing by constants, by one unit or by none", () => {
    const some = estimateMean(meanSums([1, 2, 3]));
    const unknown = { se: Infinity, t: 0, pValue: 1, interval: nothingKnown };
    const pairs: readonly (readonly [ArmEstimate, ArmEstimate])[] = [
      [estimateMean(meanSums([1, 1])), estimateMean(meanSums([2, 2]))],
      [some, estimateMean(meanSums([9]))],
      [estimateMean(meanSums([])), some],
      [estimateMean(proportionOf(0, 10)), estimateMean(proportionOf(10, 10))],
    ];
    for (const [control, treatment] of pairs) {
      const difference = treatment.estimate - control.estimate;
      expect(welchTest({ control, treatment, alpha: 0.05 })).toEqual({ difference, df: 0, ...unknown });
    }
  });

  it("is told by one arm alone if the other's values are all the same", () => {
    const [control, treatment] = [estimateMean(meanSums([4, 4, 4])), estimateMean(meanSums([5, 6, 7]))];
    const { t, df } = welchTest({ control, treatment, alpha: 0.05 });
    expect([t, df]).toEqual([expect.closeTo(2 * Math.sqrt(3), 12), 2]);
  });

  it("is as the normal test for a thousand million units", () => {
    const { df, pValue } = welchTest({
      control: estimateMean(proportionOf(1e6, 1e9)),
      treatment: estimateMean(proportionOf(1.0025e6, 1e9)),
      alpha: 0.05,
    });
    expect(df).toBeGreaterThan(1.9e9);
    expect(pValue).toBeCloseTo(0.0771364584, 9);
  });

  it("refuses what cannot be", () => {
    const arm = estimateMean(meanSums([1, 2]));
    expect(() => welchTest({ control: arm, treatment: arm, alpha: 0 })).toThrow(/^alpha must be/);
    expect(() => studentTest({ estimate: Number.NaN, variance: 1, df: 1, alpha: 0.05 })).toThrow(
      /^estimate must/,
    );
    expect(() => studentTest({ estimate: 1, variance: -1, df: 1, alpha: 0.05 })).toThrow(/^variance must/);
    expect(() => studentTest({ estimate: 1, variance: 1, df: 0, alpha: 0.05 })).toThrow(/^df must/);
  });
});
