/** How the vectors of fixed horizons are put to the functions. */
import { cuped } from "../../../src/statistics/fixed/cuped.js";
import {
  miettinenNurminenInterval,
  newcombeInterval,
  wilsonInterval,
} from "../../../src/statistics/fixed/intervals.js";
import { deltaLift, fiellerLift } from "../../../src/statistics/fixed/lift.js";
import { type ArmEstimate, estimateMean, welchTest } from "../../../src/statistics/fixed/means.js";
import { nonInferiority } from "../../../src/statistics/fixed/non-inferiority.js";
import { compareProportions } from "../../../src/statistics/fixed/proportions.js";
import { estimateRatio } from "../../../src/statistics/fixed/ratio.js";
import { combineStrata } from "../../../src/statistics/fixed/strata.js";
import { zTest } from "../../../src/statistics/fixed/z-test.js";
import {
  benjaminiHochberg,
  benjaminiYekutieli,
  bonferroni,
  eBenjaminiHochberg,
  holm,
} from "../../../src/statistics/multiplicity.js";
import type { Arms, Comparison, Interval, Proportion, Sample } from "../../../src/statistics/samples.js";
import type { Method } from "../vectors.js";

interface Counts {
  readonly xA: number;
  readonly nA: number;
  readonly xB: number;
  readonly nB: number;
}

interface Two<Arm> {
  readonly A: Arm;
  readonly B: Arm;
  readonly alpha: number;
}

interface Pairs {
  readonly n: number;
  readonly sumM: number;
  readonly sumM2: number;
  readonly sumD: number;
  readonly sumD2: number;
  readonly sumMD: number;
}

interface Covaried {
  readonly n: number;
  readonly sumX: number;
  readonly sumX2: number;
  readonly sumY: number;
  readonly sumY2: number;
  readonly sumXY: number;
}

export const fixed: Readonly<Record<string, Method>> = {
  wilson_interval: ({ x, n, alpha }: { readonly x: number; readonly n: number; readonly alpha: number }) =>
    wilsonInterval({ sample: { kind: "proportion", n, sum: x }, alpha }),

  newcombe_interval: ({ alpha, ...counts }: Counts & { readonly alpha: number }) =>
    newcombeInterval({ ...armsOf(counts), alpha }),

  miettinen_nurminen_interval: ({ alpha, ...counts }: Counts & { readonly alpha: number }) =>
    miettinenNurminenInterval({ ...armsOf(counts), alpha }),

  two_proportion: ({ alpha, ...counts }: Counts & { readonly alpha: number }) => {
    const test = compareProportions({ strata: [armsOf(counts)], alpha });
    const wald = zTest({ estimate: test.difference, se: test.unpooledSe, alpha });
    return {
      diff: test.difference,
      z: test.z,
      pValue: test.pValue,
      sePooled: test.pooledSe,
      seUnpooled: test.unpooledSe,
      ...ends(wald.interval),
    };
  },

  welch_t: (two: Two<Sample>) => welch(estimates(two)),

  relative_lift_delta: (two: Two<Sample>) => {
    const { interval, ...rest } = deltaLift(estimates(two));
    return { ...rest, ...ends(interval) };
  },

  relative_lift_fieller: (two: Two<Sample>) => {
    const { interval, ...rest } = fiellerLift(estimates(two));
    return { ...rest, ...ends(interval) };
  },

  ratio_metric_delta: ({ A, B, alpha }: Two<Pairs>) => {
    const [control, treatment] = [ratioOf(A), ratioOf(B)];
    return {
      ratioA: control.estimate,
      ratioB: treatment.estimate,
      varA: control.variance * control.n,
      varB: treatment.variance * treatment.n,
      ...welch({ control, treatment, alpha }),
    };
  },

  cuped: ({ A, B, alpha }: Two<Covaried>) => {
    const { theta, varianceReduction, strata } = cuped([{ control: sumsOf(A), treatment: sumsOf(B) }]);
    return { theta, varianceReduction, ...welch({ ...combineStrata(strata), alpha }) };
  },

  stratified_difference: ({ strata }: { readonly strata: readonly Counts[] }) => {
    const { control, treatment } = combineStrata(
      strata.map(armsOf).map((arms) => ({
        control: estimateMean(arms.control),
        treatment: estimateMean(arms.treatment),
      })),
    );
    const diff = treatment.estimate - control.estimate;
    const se = Math.sqrt(control.variance + treatment.variance);
    const { z, pValue } = zTest({ estimate: diff, se, alpha: 0.05 });
    return { diff, se, z, pValue };
  },

  non_inferiority: (input: { readonly diff: number; readonly se: number; readonly margin: number }) =>
    nonInferiority({ difference: input.diff, se: input.se, margin: input.margin, direction: "increase" }),

  p_adjust: ({ p }: { readonly p: readonly number[] }) => ({
    holm: holm(p),
    bh: benjaminiHochberg(p),
    bonferroni: bonferroni(p),
    by: benjaminiYekutieli(p),
  }),

  e_bh: ({ e, alpha }: { readonly e: readonly number[]; readonly alpha: number }) => ({
    rejected: eBenjaminiHochberg({ eValues: e, alpha }),
  }),
};

function armsOf({ xA, nA, xB, nB }: Counts): Arms<Proportion> {
  return {
    control: { kind: "proportion", n: nA, sum: xA },
    treatment: { kind: "proportion", n: nB, sum: xB },
  };
}

function estimates({ A, B, alpha }: Two<Sample>): Comparison<ArmEstimate> {
  return { control: estimateMean(A), treatment: estimateMean(B), alpha };
}

function ratioOf({ n, sumM, sumM2, sumD, sumD2, sumMD }: Pairs): ArmEstimate {
  return estimateRatio({
    n,
    sum: sumM,
    sumSquares: sumM2,
    denominatorSum: sumD,
    denominatorSumSquares: sumD2,
    productSum: sumMD,
  });
}

function sumsOf({ n, sumX, sumX2, sumY, sumY2, sumXY }: Covaried) {
  return {
    n,
    sum: sumY,
    sumSquares: sumY2,
    covariateSum: sumX,
    covariateSumSquares: sumX2,
    productSum: sumXY,
  };
}

function welch(comparison: Comparison<ArmEstimate>) {
  const { difference, interval, ...rest } = welchTest(comparison);
  return { diff: difference, ...rest, ...ends(interval) };
}

function ends({ lower, upper }: Interval) {
  return { ciLower: lower, ciUpper: upper };
}
