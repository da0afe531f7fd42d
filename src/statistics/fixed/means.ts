/** Two arms compared by whatever was estimated of each: a mean, a ratio, an adjusted mean, a mean over strata. */
import { studentQuantile, studentSf } from "../distributions/student.js";
import { atLeast, between } from "../ranges.js";
import { type Comparison, checkSample, type Interval, meanOf, type Sample, varianceOf } from "../samples.js";

/** What was estimated of one arm. */
export interface ArmEstimate {
  /** Units. */
  readonly n: number;
  readonly estimate: number;
  /** Of the estimate, not of a unit; infinite where too few units tell nothing of it. */
  readonly variance: number;
  /** Degrees of freedom of the variance. */
  readonly df: number;
}

export interface WelchTest {
  /** Treatment − control. */
  readonly difference: number;
  /** Infinite where the data do not tell it. */
  readonly se: number;
  readonly df: number;
  readonly t: number;
  /** Two-sided. */
  readonly pValue: number;
  readonly interval: Interval;
}

/** An arm's mean; fewer than two units tell nothing of its variance. */
export function estimateMean(sample: Sample): ArmEstimate {
  checkSample("sample", sample);
  const { n } = sample;
  return {
    n,
    estimate: meanOf(sample),
    variance: n < 2 ? Infinity : varianceOf(sample) / n,
    df: Math.max(0, n - 1),
  };
}

/**
 * Welch's test and interval at 1 − alpha. Where neither arm has any spread, or one has too few units, nothing is told.
 * Welch 1947, "The generalization of 'Student's' problem when several different population variances are involved".
 */
export function welchTest({ control, treatment, alpha }: Comparison<ArmEstimate>): WelchTest {
  const difference = treatment.estimate - control.estimate;
  const df = satterthwaite([control, treatment]);
  return {
    difference,
    ...studentTest({ estimate: difference, variance: control.variance + treatment.variance, df, alpha }),
  };
}

/**
 * Student's test of an estimate against 0, and its interval at 1 − alpha. A variance of 0 or infinity tells nothing.
 * "Student" 1908, "The probable error of a mean".
 */
export function studentTest({
  estimate,
  variance,
  df,
  alpha,
}: {
  readonly estimate: number;
  readonly variance: number;
  readonly df: number;
  readonly alpha: number;
}): Omit<WelchTest, "difference"> {
  between("alpha", alpha, 0, 1);
  between("estimate", estimate, -Infinity, Infinity);
  if (variance === 0 || variance === Infinity) {
    return { se: Infinity, df, t: 0, pValue: 1, interval: { lower: -Infinity, upper: Infinity } };
  }
  atLeast("variance", variance, 0);
  const se = Math.sqrt(variance);
  const t = estimate / se;
  const half = -studentQuantile(alpha / 2, df) * se;
  return {
    se,
    df,
    t,
    pValue: 2 * studentSf(Math.abs(t), df),
    interval: { lower: estimate - half, upper: estimate + half },
  };
}

/**
 * Degrees of freedom of a sum of independent variances; 0 where they tell nothing.
 * Satterthwaite 1946, "An approximate distribution of estimates of variance components".
 */
export function satterthwaite(parts: readonly Pick<ArmEstimate, "variance" | "df">[]): number {
  for (const { variance } of parts) if (variance !== Infinity) atLeast("variance", variance, 0);
  const total = parts.reduce((sum, { variance }) => sum + variance, 0);
  if (total === 0 || total === Infinity) return 0;
  const spread = parts.filter(({ variance }) => variance > 0);
  return 1 / spread.reduce((sum, { variance, df }) => sum + (variance / total) ** 2 / df, 0);
}
