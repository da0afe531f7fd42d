/** How the vectors of checks, plans and bandits are put to the functions. */
import { judgeCount, watchRate } from "../../../src/statistics/anomalies.js";
import { batchedLeastSquares, withFloor } from "../../../src/statistics/bandit.js";
import {
  type Demands,
  durationOf,
  minimumDetectableLift,
  powerOfZ,
  sampleSizeForMeans,
  sampleSizeForRates,
} from "../../../src/statistics/planning.js";
import { type Assignment, testSampleRatio, watchSampleRatio } from "../../../src/statistics/sample-ratio.js";
import type { Method } from "../vectors.js";

interface Batches {
  readonly batches: readonly { xA: number; nA: number; xB: number; nB: number }[];
  readonly sigma2: number;
}

interface Plan {
  readonly nPerArm: number;
  readonly arms: number;
  readonly dailyUnits: number;
  readonly allocation: number;
  readonly inflation: number;
}

interface Rates {
  readonly p0: number;
  readonly p1: number;
  readonly arl: number;
  readonly points: readonly (readonly [number, number])[];
}

const sampleRatio: Readonly<Record<string, Method>> = {
  srm_chi2: (assignment: Assignment) => {
    const { chiSquared, degreesOfFreedom, pValue } = testSampleRatio(assignment);
    return { chi2: chiSquared, df: degreesOfFreedom, pValue };
  },
  srm_sequential: ({ concentration, ...epoch }: Assignment & { concentration: number }) =>
    watchSampleRatio([epoch], concentration),
};

const planning: Readonly<Record<string, Method>> = {
  sample_size_two_proportions: ({ p1, p2, ...demands }: Demands & { p1: number; p2: number }) => {
    const { unpooled, pooled } = sampleSizeForRates({ baseline: p1, target: p2 }, demands);
    return { nUnpooled: unpooled, nPooled: pooled };
  },
  sample_size_means: ({ delta, sd, ...demands }: Demands & { delta: number; sd: number }) => {
    const { normal, noncentralT } = sampleSizeForMeans({ difference: delta, sd }, demands);
    return { nNormal: normal, nNoncentralT: noncentralT };
  },
  power_two_sided_z: ({ delta, se, alpha }: { delta: number; se: number; alpha: number }) => ({
    power: powerOfZ({ difference: delta, standardError: se, alpha }),
  }),
  mde_relative: ({
    mean,
    variance,
    n,
    ...demands
  }: Demands & { mean: number; variance: number; n: number }) => ({
    mde: minimumDetectableLift({ kind: "mean", mean, variance }, n, demands),
  }),
  duration_days: ({ nPerArm, arms, dailyUnits, allocation, inflation }: Plan) => ({
    days: durationOf(nPerArm, { arms, unitsPerDay: dailyUnits, allocation, inflation }).days,
  }),
};

const bandits: Readonly<Record<string, Method>> = {
  bandit_weights: ({ probBest, floor }: { probBest: readonly number[]; floor: number }) => ({
    weights: withFloor(probBest, floor),
  }),
  bols_statistic: ({ batches, sigma2 }: Batches) =>
    batchedLeastSquares(
      batches.map(({ xA, nA, xB, nB }) => ({
        control: { kind: "proportion", n: nA, sum: xA },
        treatment: { kind: "proportion", n: nB, sum: xB },
      })),
      sigma2,
    ),
};

const anomalies: Readonly<Record<string, Method>> = {
  nb_anomaly: ({ history, phi, y }: { history: readonly number[]; phi: number; y: number }) => {
    const { mean, ...judged } = judgeCount({ history, dispersion: phi, count: y });
    return { mu: mean, ...judged };
  },
  cusum_binomial: ({ p0, p1, arl, points }: Rates) => {
    const { scores, firstAlarm } = watchRate({
      expected: p0,
      noticed: p1,
      hoursBetweenFalseAlarms: arl,
      hours: points.map(([sum, n]) => ({ n, sum })),
    });
    return { S: scores, firstAlarm };
  },
};

export const checks: Readonly<Record<string, Method>> = {
  ...sampleRatio,
  ...planning,
  ...bandits,
  ...anomalies,
};
