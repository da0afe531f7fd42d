/** How the vectors of looking at any time are put to the functions. */
import {
  asymptoticSequence,
  type EstimateInTime,
  informationSequence,
  tunedRho2,
} from "../../../src/statistics/sequential/confidence-sequence.js";
import {
  blockEvidence,
  oneSidedSplitEvidence,
  splitEvidence,
} from "../../../src/statistics/sequential/e-values.js";
import { groupSequentialBounds } from "../../../src/statistics/sequential/group-sequential.js";
import { mixtureRatio } from "../../../src/statistics/sequential/msprt.js";
import type { Method } from "../vectors.js";

interface Sequence {
  readonly est: number;
  readonly se: number;
  readonly n: number;
  readonly alpha: number;
  readonly nStar: number;
}

interface Split {
  readonly xA: number;
  readonly xB: number;
  readonly shareB: number;
  readonly concentration: number;
}

interface Block {
  readonly xA: number;
  readonly nA: number;
  readonly xB: number;
  readonly nB: number;
}

const spendings = { obf: "obrien-fleming", pocock: "pocock" } as const;

export const sequential: Readonly<Record<string, Method>> = {
  cs_rho2: ({ alpha, nStar, sided }: { alpha: number; nStar: number; sided: 1 | 2 }) => {
    const { approximate, exact } = tunedRho2({ alpha, plannedUnits: nStar, sides: sided });
    return { rho2Approx: approximate, rho2Exact: exact };
  },

  asymp_cs_two_sided: (input: Sequence) => {
    const interval = asymptoticSequence(estimateOf(input), tuningOf(input, 2));
    return { ...interval, halfWidth: (interval.upper - interval.lower) / 2 };
  },

  asymp_cs_one_sided: (input: Sequence) => asymptoticSequence(estimateOf(input), tuningOf(input, 1)),

  cs_intrinsic_time: (input: Sequence & { sigma2Plan: number }) => {
    const information = { plannedVariance: input.sigma2Plan, share: 0.5 };
    const both = informationSequence(estimateOf(input), { ...tuningOf(input, 2), ...information });
    const one = informationSequence(estimateOf(input), { ...tuningOf(input, 1), ...information });
    return {
      V: (input.n * input.se) ** 2,
      halfWidth: (both.upper - both.lower) / 2,
      lowerOneSided: one.lower,
    };
  },

  msprt_normal: ({ diff, sigma2, n, tau2 }: { diff: number; sigma2: number; n: number; tau2: number }) => {
    const { logE, pValue } = mixtureRatio({
      difference: diff,
      variance: sigma2,
      pairs: n,
      mixingVariance: tau2,
    });
    return { logLambda: logE, pValue };
  },

  block_evalue_two_proportions: ({ blocks, gamma }: { blocks: readonly Block[]; gamma: number }) => ({
    logE: blockEvidence(
      blocks.map(({ xA, nA, xB, nB }) => ({ control: { n: nA, sum: xA }, treatment: { n: nB, sum: xB } })),
      gamma,
    ),
  }),

  conversion_split_evalue: (input: Split) => splitEvidence(splitOf(input)),

  split_evalue_one_sided: (input: Split) => oneSidedSplitEvidence(splitOf(input)),

  group_sequential_bounds: (input: {
    t: readonly number[];
    alpha: number;
    spending: keyof typeof spendings;
  }) => groupSequentialBounds(input.t, { alpha: input.alpha, spending: spendings[input.spending] }),
};

function estimateOf({ est, se, n }: Sequence): EstimateInTime {
  return { estimate: est, se, units: n };
}

function tuningOf<Sides extends 1 | 2>({ alpha, nStar }: Sequence, sides: Sides) {
  return { alpha, plannedUnits: nStar, sides };
}

function splitOf({ xA, xB, shareB, concentration }: Split) {
  return { controlEvents: xA, treatmentEvents: xB, share: shareB, concentration };
}
