/** What is known of one arm: sums over its units, the same in whatever order they were added. */
import { atLeast, between, countWithin } from "./ranges.js";

/** Units of which each did or did not. */
export interface Proportion {
  readonly kind: "proportion";
  /** Units. */
  readonly n: number;
  /** Those that did. */
  readonly sum: number;
}

/** Units with one value each. */
export interface Mean {
  readonly kind: "mean";
  readonly n: number;
  readonly sum: number;
  readonly sumSquares: number;
}

export type Sample = Proportion | Mean;

/** Units with a value and a denominator each, for the ratio of the sums. */
export interface PairSums {
  readonly n: number;
  readonly sum: number;
  readonly sumSquares: number;
  readonly denominatorSum: number;
  readonly denominatorSumSquares: number;
  /** Of value times denominator. */
  readonly productSum: number;
}

/** Units with a value each, and with a covariate: what was known of them before they were exposed. */
export interface CovariateSums {
  readonly n: number;
  readonly sum: number;
  readonly sumSquares: number;
  readonly covariateSum: number;
  readonly covariateSumSquares: number;
  /** Of value times covariate. */
  readonly productSum: number;
}

/** The two arms of one comparison, or of one stratum of it. */
export interface Arms<Arm> {
  readonly control: Arm;
  readonly treatment: Arm;
}

/** Two arms, and the error that is accepted: intervals cover with 1 − alpha, 0 < alpha < 1. */
export interface Comparison<Arm> extends Arms<Arm> {
  readonly alpha: number;
}

export interface Interval {
  readonly lower: number;
  readonly upper: number;
}

/** Sums that were rounded on their way may miss the least possible sum of squares by this share. */
const ROUNDING = 1e-9;

/** Of nothing: 0. */
export function meanOf({ n, sum }: Sample): number {
  return n === 0 ? 0 : sum / n;
}

/** Of one unit: p(1 − p) of a proportion; of values the unbiased estimate, 0 where there are fewer than two. */
export function varianceOf(sample: Sample): number {
  const { n, sum } = sample;
  const mean = meanOf(sample);
  if (sample.kind === "proportion") return mean * (1 - mean);
  return n < 2 ? 0 : Math.max(0, (sample.sumSquares - sum * mean) / (n - 1));
}

/** Throws a RangeError that names the sum which no units can have; `name` is the arm's. */
export function checkSample(name: string, sample: Sample): void {
  atLeast(`${name}.n`, sample.n, 0);
  if (sample.kind === "proportion") {
    countWithin(`${name}.sum`, sample.sum, sample.n);
    return;
  }
  between(`${name}.sum`, sample.sum, -Infinity, Infinity);
  atLeast(`${name}.sumSquares`, sample.sumSquares, sample.sum * meanOf(sample) * (1 - ROUNDING));
}
