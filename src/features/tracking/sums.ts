/** What an analysis reads of a trial: sums over units, exact, as decimal text. */

/** Over which units a sum goes. */
export interface SumCell {
  readonly epoch: number;
  readonly variant: string;
  /** Of the first exposure, UTC: `2026-01-31`. */
  readonly day: string;
}

/** x is the covariate. */
export interface ExposureSum extends SumCell {
  /** Units. */
  readonly n: number;
  readonly conflicted: number;
  readonly sumX: string;
  readonly sumXx: string;
}

/** y is the value of a unit, capped; d is what a mean or a ratio divides it by; x is the covariate. */
export interface MetricSum extends SumCell {
  /** Id of the metric. */
  readonly metric: string;
  /** Units whose value is not 0. */
  readonly nonzero: number;
  readonly sumY: string;
  readonly sumYy: string;
  readonly sumD: string;
  readonly sumDd: string;
  readonly sumYd: string;
  readonly sumXy: string;
}

/** Units that departed count in none of them. A cell without a row has nothing. */
export interface TrialSums {
  readonly exposures: readonly ExposureSum[];
  readonly metrics: readonly MetricSum[];
}

/** The sums of the units whose attribute was `slice` when they were exposed; null: it was absent. */
export interface SlicedSums extends TrialSums {
  readonly slice: string | null;
}

export interface LargestSlices {
  /** The one with the most units first. */
  readonly slices: readonly SlicedSums[];
  /** How many smaller ones there are. */
  readonly omitted: number;
}
