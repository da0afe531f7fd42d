/** Means and variances from sums, and sums that no units have. */
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { checkSample, type Mean, meanOf, type Sample, varianceOf } from "../../src/statistics/samples.js";
import { isNear, mean, meanSums, proportion, proportionOf, values } from "./fixed/arbitraries.js";

describe("meanOf and varianceOf", () => {
  it("are what the values themselves give", () => {
    fc.assert(
      fc.property(values, (of) => {
        const average = of.reduce((sum, value) => sum + value, 0) / of.length;
        const spread = of.reduce((sum, value) => sum + (value - average) ** 2, 0) / (of.length - 1);
        const sample = meanSums(of);
        return isNear(meanOf(sample), average) && isNear(varianceOf(sample), spread);
      }),
    );
  });

  it("are 0 of nothing, and the variance of one value is 0", () => {
    expect([meanOf(meanSums([])), varianceOf(meanSums([]))]).toEqual([0, 0]);
    expect([meanOf(proportionOf(0, 0)), varianceOf(proportionOf(0, 0))]).toEqual([0, 0]);
    expect(varianceOf(meanSums([7]))).toBe(0);
  });

  it("keep a variance from falling below 0 by rounding", () => {
    expect(varianceOf({ kind: "mean", n: 3, sum: 0.3, sumSquares: 0.3 * 0.1 * (1 - 1e-12) })).toBe(0);
  });
});

describe("checkSample", () => {
  it("lets every sample of units pass", () => {
    fc.assert(
      fc.property(fc.oneof(proportion, mean), (sample) => {
        checkSample("control", sample);
      }),
    );
  });

  const of: Mean = { kind: "mean", n: 2, sum: 4, sumSquares: 8 };
  it.each<readonly [Sample, string]>([
    [proportionOf(1, -1), "control.n must be a number of at least 0, got -1."],
    [proportionOf(1, Number.NaN), "control.n must be a number of at least 0, got NaN."],
    [proportionOf(3, 2), "control.sum must be from 0 to 2, got 3."],
    [{ ...of, n: -2 }, "control.n must be a number of at least 0, got -2."],
    [{ ...of, sum: Number.NaN }, "control.sum must be between -Infinity and Infinity, got NaN."],
    [{ ...of, sum: Infinity }, "control.sum must be between -Infinity and Infinity, got Infinity."],
    [{ ...of, sumSquares: 7.9 }, "control.sumSquares must be a number of at least 7.999999992, got 7.9."],
  ])("refuses %j", (sample, message) => {
    expect(() => checkSample("control", sample)).toThrow(new RangeError(message));
  });
});
