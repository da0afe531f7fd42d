/** Ratios of sums. */
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { estimateMean } from "../../../src/statistics/fixed/means.js";
import { estimateRatio } from "../../../src/statistics/fixed/ratio.js";
import { isNear, meanSums, pairSums, twins, values } from "./arbitraries.js";

describe("estimateRatio", () => {
  it("is the mean where every denominator is 1", () => {
    fc.assert(
      fc.property(values, (of) => {
        const { n, estimate, variance, df } = estimateRatio(pairSums(of.map((value) => [value, 1])));
        const mean = estimateMean(meanSums(of));
        return (
          n === mean.n && df === mean.df && isNear(estimate, mean.estimate) && isNear(variance, mean.variance)
        );
      }),
    );
  });

  it("varies as the residuals y − R·d do, in units of the mean denominator", () => {
    fc.assert(
      fc.property(twins, (of) => {
        const shifted = of.map(([value, denominator]) => [value, 1001 + denominator] as const);
        const { estimate, variance } = estimateRatio(pairSums(shifted));
        const denominators = shifted.reduce((sum, [, denominator]) => sum + denominator, 0) / shifted.length;
        const residuals = shifted.map(
          ([value, denominator]) => (value - estimate * denominator) / denominators,
        );
        return isNear(variance, estimateMean(meanSums(residuals)).variance, 1e-6);
      }),
    );
  });

  it("has no variance where every unit has the same ratio", () => {
    const { estimate, variance } = estimateRatio(pairSums([1, 2, 5].map((size) => [3 * size, size])));
    expect(estimate).toBe(3);
    expect(variance).toBeCloseTo(0, 14);
  });

  it("knows nothing of one unit, of none, and of denominators that sum to 0", () => {
    expect(estimateRatio(pairSums([[6, 2]]))).toEqual({ n: 1, estimate: 3, variance: Infinity, df: 0 });
    expect(estimateRatio(pairSums([]))).toEqual({ n: 0, estimate: 0, variance: Infinity, df: 0 });
    const cancelled = pairSums([
      [6, 2],
      [1, -2],
    ]);
    expect(estimateRatio(cancelled)).toEqual({ n: 2, estimate: 0, variance: Infinity, df: 1 });
  });

  it("refuses what cannot be", () => {
    const pairs = pairSums([
      [1, 2],
      [3, 4],
    ]);
    expect(() => estimateRatio({ ...pairs, n: -1 })).toThrow(/^value\.n must be/);
    expect(() => estimateRatio({ ...pairs, denominatorSumSquares: 1 })).toThrow(
      /^denominator\.sumSquares must/,
    );
    expect(() => estimateRatio({ ...pairs, productSum: Number.NaN })).toThrow(/^productSum must be/);
  });
});
