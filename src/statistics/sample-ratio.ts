/** Whether units were shared among the arms as the weights say: if they were not, no comparison of the arms means anything. */
import { chiSquaredSf } from "./distributions/chi-squared.js";
import { logGamma } from "./distributions/gamma.js";
import { atLeast } from "./ranges.js";

/** Units by arm, and the weights they were assigned by; weights need not sum to 1. */
export interface Assignment {
  readonly counts: readonly number[];
  readonly weights: readonly number[];
}

export interface SampleRatioTest {
  readonly chiSquared: number;
  readonly degreesOfFreedom: number;
  readonly pValue: number;
}

/**
 * χ² of one look. Arms of weight 0 take no degree of freedom; a unit in one of them is impossible, hence p = 0.
 * Source: Pearson (1900); Fabijan et al., Diagnosing Sample Ratio Mismatch, KDD 2019.
 */
export function testSampleRatio(assignment: Assignment): SampleRatioTest {
  const arms = sharedOut(assignment);
  const total = arms.reduce((sum, { count }) => sum + count, 0);
  const degreesOfFreedom = Math.max(0, arms.filter(({ share }) => share > 0).length - 1);
  if (isImpossible(arms)) return { chiSquared: Infinity, degreesOfFreedom, pValue: 0 };
  const chiSquared = arms
    .filter(({ share }) => total * share > 0)
    .reduce((sum, { count, share }) => sum + (count - total * share) ** 2 / (total * share), 0);
  const pValue = degreesOfFreedom === 0 ? 1 : chiSquaredSf(chiSquared, degreesOfFreedom);
  return { chiSquared, degreesOfFreedom, pValue };
}

export interface SampleRatioEvidence {
  /** ln of the e-value against the weights; above 0 where the counts speak against them. */
  readonly logE: number;
  /** Holds at every look, however many there are. */
  readonly pValue: number;
  /** p < 0.001. */
  readonly alarm: boolean;
}

/** How closely the alternative keeps to the weights, in units that it is worth. */
const CONCENTRATION = 1000;

const ALARM_AT = 0.001;

/**
 * Counts against weights at any time: a Dirichlet(concentration × weight) mixture over the multinomial, multiplied over
 * epochs, each with its weights.
 * Source: Lindon & Malek, Anytime-Valid Inference for Multinomial Count Data, NeurIPS 2022, arXiv 2011.03567.
 */
export function watchSampleRatio(
  epochs: readonly Assignment[],
  concentration = CONCENTRATION,
): SampleRatioEvidence {
  atLeast("concentration", concentration, Number.MIN_VALUE);
  const logE = epochs.reduce((sum, epoch) => sum + logEvidence(epoch, concentration), 0);
  const pValue = Math.min(1, Math.exp(-logE));
  return { logE, pValue, alarm: pValue < ALARM_AT };
}

function logEvidence(epoch: Assignment, concentration: number): number {
  const arms = sharedOut(epoch);
  if (isImpossible(arms)) return Infinity;
  const total = arms.reduce((sum, { count }) => sum + count, 0);
  return arms
    .filter(({ count }) => count > 0)
    .reduce(
      (sum, { count, share }) => sum + logRising(concentration * share, count) - count * Math.log(share),
      -logRising(concentration, total),
    );
}

/** ln Γ(a + n) / Γ(a). */
function logRising(a: number, n: number): number {
  return logGamma(a + n) - logGamma(a);
}

interface Arm {
  readonly count: number;
  /** Of all units, by the weights. */
  readonly share: number;
}

function sharedOut({ counts, weights }: Assignment): Arm[] {
  atLeast("counts.length", counts.length, 1);
  if (weights.length !== counts.length)
    throw new RangeError(`weights must be ${counts.length} numbers, got ${weights.length}.`);
  weights.forEach((weight, index) => atLeast(`weights[${index}]`, weight, 0));
  counts.forEach((count, index) => atLeast(`counts[${index}]`, count, 0));
  const whole = weights.reduce((sum, weight) => sum + weight, 0);
  if (!(whole > 0)) throw new RangeError(`weights must have a sum above 0, got ${whole}.`);
  return weights.map((weight, index) => ({ count: counts[index] ?? 0, share: weight / whole }));
}

function isImpossible(arms: readonly Arm[]): boolean {
  return arms.some(({ count, share }) => share === 0 && count > 0);
}
