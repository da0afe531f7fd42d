/** CUPED: exact where the covariate explains all or nothing, and the same wherever the covariate's zero is. */
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { cuped } from "../../../src/statistics/fixed/cuped.js";
import { estimateMean, welchTest } from "../../../src/statistics/fixed/means.js";
import { combineStrata } from "../../../src/statistics/fixed/strata.js";
import type { Arms, CovariateSums } from "../../../src/statistics/samples.js";
import { covariateSums, isNear, meanSums, swapped, twins } from "./arbitraries.js";

const arms = fc.record({ control: twins, treatment: twins });

describe("cuped", () => {
  it("changes nothing where the covariate is the same for all", () => {
    const flat = (of: readonly number[]) => covariateSums(of.map((value) => [value, 4]));
    const { theta, varianceReduction, strata } = cuped([
      { control: flat([1, 2, 6]), treatment: flat([2, 9]) },
    ]);
    expect([theta, varianceReduction]).toEqual([0, 0]);
    expect(strata).toEqual([
      { control: estimateMean(meanSums([1, 2, 6])), treatment: estimateMean(meanSums([2, 9])) },
    ]);
  });

  it("leaves no variance where the covariate explains all, and finds the difference that is left", () => {
    const line = (shift: number) => (x: number) => [10 + 2 * x + shift, x] as const;
    const { theta, varianceReduction, strata } = cuped([
      {
        control: covariateSums([1, 2, 3, 6].map(line(0))),
        treatment: covariateSums([1, 2, 3, 6].map(line(5))),
      },
    ]);
    expect(theta).toBeCloseTo(2, 12);
    expect(varianceReduction).toBeCloseTo(1, 12);
    expect(strata.map(({ control, treatment }) => [control.estimate, treatment.estimate])).toEqual([
      [16, 21],
    ]);
  });

  it("adjusts as if every value had been adjusted by itself", () => {
    fc.assert(
      fc.property(arms, (of) => {
        const { theta, strata } = cuped([sumsOf(of)]);
        const covariates = [...of.control, ...of.treatment].map(([, covariate]) => covariate);
        const centre = covariates.reduce((sum, covariate) => sum + covariate, 0) / covariates.length;
        const expected = estimateMean(
          meanSums(of.control.map(([value, covariate]) => value - theta * (covariate - centre))),
        );
        const got = strata[0]?.control;
        return (
          got !== undefined &&
          isNear(got.estimate, expected.estimate, 1e-8) &&
          isNear(got.variance, expected.variance, 1e-6)
        );
      }),
    );
  });

  it("does not mind where the covariate's zero is", () => {
    fc.assert(
      fc.property(arms, fc.integer({ min: -1000, max: 1000 }), (of, shift) => {
        const moved = {
          control: of.control.map(([value, covariate]) => [value, covariate + shift] as const),
          treatment: of.treatment.map(([value, covariate]) => [value, covariate + shift] as const),
        };
        const [one, other] = [cuped([sumsOf(of)]), cuped([sumsOf(moved)])];
        return (
          isNear(one.theta, other.theta) && isNear(tested(one).difference, tested(other).difference, 1e-6)
        );
      }),
    );
  });

  it("changes the sign when the arms change places, and keeps θ", () => {
    fc.assert(
      fc.property(arms, (of) => {
        const [one, other] = [cuped([sumsOf(of)]), cuped([swapped(sumsOf(of))])];
        return (
          isNear(one.theta, other.theta) && isNear(tested(one).difference, -tested(other).difference, 1e-8)
        );
      }),
    );
  });

  it("takes θ from within strata: what changed between epochs explains nothing", () => {
    const early = covariateSums([
      [1, 1],
      [1, 2],
      [2, 1],
      [2, 2],
    ]);
    const late = covariateSums([
      [101, 101],
      [101, 102],
      [102, 101],
      [102, 102],
    ]);
    const { theta, varianceReduction } = cuped([
      { control: early, treatment: early },
      { control: late, treatment: late },
    ]);
    expect([theta, varianceReduction]).toEqual([0, 0]);
  });

  it("knows nothing without units", () => {
    const none = covariateSums([]);
    const one = covariateSums([[3, 4]]);
    const { theta, varianceReduction, strata } = cuped([{ control: none, treatment: one }]);
    expect([theta, varianceReduction]).toEqual([0, 0]);
    expect(strata.map(({ control, treatment }) => [control.variance, treatment.variance])).toEqual([
      [Infinity, Infinity],
    ]);
    expect(cuped([])).toEqual({ strata: [], theta: 0, varianceReduction: 0 });
  });

  it("refuses what cannot be", () => {
    const good = covariateSums([
      [1, 2],
      [3, 4],
    ]);
    const refused = (bad: Partial<CovariateSums>) => () =>
      cuped([{ control: good, treatment: { ...good, ...bad } }]);
    expect(refused({ n: Number.NaN })).toThrow(/^treatment\.n must be/);
    expect(refused({ covariateSumSquares: -1 })).toThrow(/^treatment\.covariate\.sumSquares must be/);
    expect(refused({ productSum: Infinity })).toThrow(/^treatment\.productSum must be/);
  });
});

function sumsOf({ control, treatment }: Arms<readonly (readonly [number, number])[]>): Arms<CovariateSums> {
  return { control: covariateSums(control), treatment: covariateSums(treatment) };
}

function tested({ strata }: ReturnType<typeof cuped>) {
  return welchTest({ ...combineStrata(strata), alpha: 0.05 });
}
