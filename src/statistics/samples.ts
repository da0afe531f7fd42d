/** What is known of one arm: sums over its units, the same in whatever order they were added. */

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

export interface Interval {
  readonly lower: number;
  readonly upper: number;
}

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
