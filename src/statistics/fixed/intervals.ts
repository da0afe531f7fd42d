/** Intervals of rates that stay inside what a rate can be and hold for few units and rare successes too. */
import { findRoot } from "../distributions/roots.js";
import { type Comparison, checkSample, type Interval, meanOf, type Proportion } from "../samples.js";
import { criticalZ } from "./z-test.js";

/** Halvings of an interval no longer than 1 until nothing is left of it. */
const HALVINGS = 100;
/** How far from the estimate the search for an end begins. */
const STEP = 1e-12;

/**
 * One rate's score interval at 1 − alpha; [0, 1] without units.
 * Wilson 1927, "Probable inference, the law of succession, and statistical inference".
 */
export function wilsonInterval({
  sample,
  alpha,
}: {
  readonly sample: Proportion;
  readonly alpha: number;
}): Interval {
  checkSample("sample", sample);
  return wilson(sample, criticalZ(alpha));
}

/**
 * The interval of treatment − control at 1 − alpha, from both rates' score intervals; [−1, 1] if an arm has no units.
 * Newcombe 1998, "Interval estimation for the difference between independent proportions", method 10.
 */
export function newcombeInterval({ control, treatment, alpha }: Comparison<Proportion>): Interval {
  checkSample("control", control);
  checkSample("treatment", treatment);
  const critical = criticalZ(alpha);
  if (control.n === 0 || treatment.n === 0) return { lower: -1, upper: 1 };
  const [a, b] = [meanOf(control), meanOf(treatment)];
  const [ofA, ofB] = [wilson(control, critical), wilson(treatment, critical)];
  return {
    lower: b - a - Math.hypot(b - ofB.lower, ofA.upper - a),
    upper: b - a + Math.hypot(ofB.upper - b, a - ofA.lower),
  };
}

/**
 * The score interval of treatment − control at 1 − alpha: the differences that the score test does not reject;
 * [−1, 1] if an arm has no units. Slower than Newcombe's and closer to its level in small samples.
 * Miettinen & Nurminen 1985, "Comparative analysis of two rates".
 */
export function miettinenNurminenInterval({ control, treatment, alpha }: Comparison<Proportion>): Interval {
  checkSample("control", control);
  checkSample("treatment", treatment);
  const critical = criticalZ(alpha);
  if (control.n === 0 || treatment.n === 0) return { lower: -1, upper: 1 };
  return {
    lower: -scoreLimit(treatment, control, critical),
    upper: scoreLimit(control, treatment, critical),
  };
}

function wilson(sample: Proportion, critical: number): Interval {
  const { n, sum } = sample;
  if (n === 0) return { lower: 0, upper: 1 };
  const rate = meanOf(sample);
  const z2 = critical ** 2 / n;
  const centre = rate + z2 / 2;
  const half = Math.sqrt(z2 * (rate * (1 - rate) + z2 / 4));
  return {
    lower: sum === 0 ? 0 : (centre - half) / (1 + z2),
    upper: sum === n ? 1 : (centre + half) / (1 + z2),
  };
}

/** The largest difference, second − first, that is not rejected. */
function scoreLimit(first: Proportion, second: Proportion, critical: number): number {
  const difference = meanOf(second) - meanOf(first);
  const units = first.n + second.n;
  const scale = (critical ** 2 * units) / (units - 1);
  function rejection(shift: number): number {
    const rate = constrainedRate(first, second, shift);
    const other = rate + shift;
    const variance = (rate * (1 - rate)) / first.n + (other * (1 - other)) / second.n;
    return (difference - shift) ** 2 - scale * variance;
  }
  const start = difference + STEP;
  if (start >= 1 || rejection(start) >= 0) return difference;
  return findRoot(rejection, start, 1);
}

/** The likeliest rate of `first` if that of `second` is larger by `shift`: where the likelihood stops to rise. */
function constrainedRate(first: Proportion, second: Proportion, shift: number): number {
  let lower = Math.max(0, -shift);
  let upper = Math.min(1, 1 - shift);
  for (let halving = 0; halving < HALVINGS; halving++) {
    const rate = (lower + upper) / 2;
    if (slope(first, rate) + slope(second, rate + shift) > 0) lower = rate;
    else upper = rate;
  }
  return (lower + upper) / 2;
}

/** Of the log-likelihood at a rate. */
function slope({ n, sum }: Proportion, rate: number): number {
  const towardsOne = sum === 0 ? 0 : sum / rate;
  const towardsZero = sum === n ? 0 : (n - sum) / (1 - rate);
  return towardsOne - towardsZero;
}
