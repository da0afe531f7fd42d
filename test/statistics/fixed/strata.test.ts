/** What strata are worth together. */
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { type ArmEstimate, estimateMean, welchTest } from "../../../src/statistics/fixed/means.js";
import { combineStrata, weighStrata } from "../../../src/statistics/fixed/strata.js";
import type { Arms } from "../../../src/statistics/samples.js";
import { estimates, isNear, meanSums, proportionOf } from "./arbitraries.js";

describe("weighStrata", () => {
  it("weighs by nA·nB/(nA + nB), and together by 1", () => {
    const strata = [
      { control: { n: 900 }, treatment: { n: 100 } },
      { control: { n: 30 }, treatment: { n: 0 } },
      { control: { n: 40 }, treatment: { n: 40 } },
    ];
    const weights = weighStrata(strata).map(({ weight }) => weight);
    expect(weights).toEqual([expect.closeTo(90 / 110, 12), expect.closeTo(20 / 110, 12)]);
    expect(weighStrata([])).toEqual([]);
  });
});

describe("combineStrata", () => {
  it("is, of one stratum, that stratum", () => {
    fc.assert(
      fc.property(estimates, (arms) => {
        const { control, treatment } = combineStrata([arms]);
        fc.pre(arms.control.variance > 0 && arms.treatment.variance > 0);
        expect([control.n, control.estimate, control.variance]).toEqual([
          arms.control.n,
          arms.control.estimate,
          arms.control.variance,
        ]);
        expect(isNear(control.df, arms.control.df) && isNear(treatment.df, arms.treatment.df)).toBe(true);
      }),
    );
  });

  it("does not mind the strata's order", () => {
    fc.assert(
      fc.property(fc.array(estimates, { minLength: 1, maxLength: 5 }), (strata) => {
        const [one, other] = [tested(strata), tested(strata.toReversed())];
        return isNear(one.difference, other.difference) && isNear(one.pValue, other.pValue);
      }),
    );
  });

  it("does not take what changed between epochs for a difference between arms", () => {
    const epochs = [
      { control: estimateMean(proportionOf(900, 9000)), treatment: estimateMean(proportionOf(100, 1000)) },
      { control: estimateMean(proportionOf(1000, 5000)), treatment: estimateMean(proportionOf(1000, 5000)) },
    ];
    expect(tested(epochs).difference).toBeCloseTo(0, 15);
    const pooled = { control: proportionOf(1900, 14000), treatment: proportionOf(1100, 6000) };
    const naive = welchTest({
      control: estimateMean(pooled.control),
      treatment: estimateMean(pooled.treatment),
      alpha: 0.05,
    });
    expect(naive.pValue).toBeLessThan(1e-12);
  });

  it("gives the same degrees of freedom as all parts of the difference at once", () => {
    const strata = [
      { control: estimateMean(meanSums([1, 2, 4])), treatment: estimateMean(meanSums([3, 5, 9, 2])) },
      { control: estimateMean(meanSums([7, 3])), treatment: estimateMean(meanSums([4, 4, 8])) },
    ];
    const weighed = weighStrata(strata);
    const parts = weighed.flatMap(({ weight, control, treatment }) =>
      [control, treatment].map(({ variance, df }) => ({ share: weight ** 2 * variance, df })),
    );
    const total = parts.reduce((sum, { share }) => sum + share, 0);
    const df = total ** 2 / parts.reduce((sum, { share, df: own }) => sum + share ** 2 / own, 0);
    expect(tested(strata).df).toBeCloseTo(df, 10);
    expect(tested(strata).se).toBeCloseTo(Math.sqrt(total), 12);
  });

  it("leaves out a stratum whose variance nobody knows, and knows nothing of none", () => {
    const known = { control: estimateMean(meanSums([1, 2])), treatment: estimateMean(meanSums([2, 4])) };
    const unknown = { control: estimateMean(meanSums([900])), treatment: estimateMean(meanSums([2, 4])) };
    expect(combineStrata([unknown, known])).toEqual(combineStrata([known]));
    const nothing: ArmEstimate = { n: 0, estimate: 0, variance: Infinity, df: 0 };
    expect(combineStrata([unknown])).toEqual({ control: nothing, treatment: nothing });
    expect(tested([]).pValue).toBe(1);
  });
});

function tested(strata: readonly Arms<ArmEstimate>[]) {
  return welchTest({ ...combineStrata(strata), alpha: 0.05 });
}
