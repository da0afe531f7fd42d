/** How many units an experiment needs, how long they take to come, and what effect they can show. */
import { integrateAcross } from "./bayesian/curve.js";
import { normalCdf, normalQuantile, normalSf } from "./distributions/normal.js";
import { findRoot } from "./distributions/roots.js";
import { studentQuantile } from "./distributions/student.js";
import { atLeast, between, countWithin } from "./ranges.js";

/** What a test may get wrong. */
export interface Demands {
  /** Two-sided. */
  readonly alpha: number;
  /** Above `alpha`. */
  readonly power: number;
}

/** What one unit is like without the change. */
export type Baseline =
  | { readonly kind: "proportion"; readonly rate: number }
  | { readonly kind: "mean"; readonly mean: number; readonly variance: number };

/**
 * Units per arm to tell two rates apart: by the unpooled formula, and by the pooled one, which is that of the z test. With
 * `times` k, 1 if not given, to tell treatment − k·control from 0: a margin m of the control's value has k = 1 ± m.
 * Source: Fleiss, Levin & Paik, Statistical Methods for Rates and Proportions, 3rd ed. (2003), chapter 4.
 */
export function sampleSizeForRates(
  {
    baseline,
    target,
    times = 1,
  }: { readonly baseline: number; readonly target: number; readonly times?: number },
  { alpha, power }: Demands,
): { readonly unpooled: number; readonly pooled: number } {
  countWithin("baseline", baseline, 1);
  countWithin("target", target, 1);
  between("times", times, -Infinity, Infinity);
  checkDemands({ alpha, power });
  const difference = target - times * baseline;
  if (difference === 0) return { unpooled: Infinity, pooled: Infinity };
  const [forLevel, forPower] = [-normalQuantile(alpha / 2), normalQuantile(power)];
  const variances = times ** 2 * baseline * (1 - baseline) + target * (1 - target);
  const pooledVariances = (spreadOf(times) ** 2 * (baseline + target) * (2 - baseline - target)) / 2;
  const pooledReach = forLevel * Math.sqrt(pooledVariances) + forPower * Math.sqrt(variances);
  return {
    unpooled: ((forLevel + forPower) ** 2 * variances) / difference ** 2,
    pooled: (pooledReach / difference) ** 2,
  };
}

/**
 * Units per arm to tell two means apart: by the normal formula 2(z + z)² sd²/d², and by the power of the t test, two
 * units at least. With `times` k, 1 if not given, the difference is that of treatment − k·control.
 * Source: Chow, Shao & Wang, Sample Size Calculations in Clinical Research, 2nd ed. (2008), section 3.2.
 */
export function sampleSizeForMeans(
  {
    difference,
    sd,
    times = 1,
  }: { readonly difference: number; readonly sd: number; readonly times?: number },
  demands: Demands,
): { readonly normal: number; readonly noncentralT: number } {
  between("difference", difference, -Infinity, Infinity);
  between("sd", sd, 0, Infinity);
  between("times", times, -Infinity, Infinity);
  const effect = Math.abs(difference) / (spreadOf(times) * sd);
  const normal = 2 * (reach(demands) / effect) ** 2;
  if (normal === Infinity) return { normal, noncentralT: normal };
  const missing = (units: number): number => powerOfT(effect, units, demands.alpha) - demands.power;
  const noncentralT = missing(2) >= 0 ? 2 : findRoot(missing, 2, 2 * normal + 100);
  return { normal, noncentralT };
}

/** By how much the standard error of treatment − k·control is more than that of treatment − control, where arms are alike. */
function spreadOf(times: number): number {
  return Math.sqrt((1 + times ** 2) / 2);
}

/**
 * Power of the two-sided t test of two arms: P(|T| > t) where T = (Z + δ)/S and S² = χ²/df, by quadrature over S. Its
 * density s^(df−1) exp(−df s²/2) is taken relative to the mode; its logarithm curves by at least df, hence the range.
 * Source: Johnson, Kotz & Balakrishnan, Continuous Univariate Distributions 2, 2nd ed. (1995), chapter 31.
 */
function powerOfT(effect: number, units: number, alpha: number): number {
  const df = 2 * units - 2;
  const shift = effect * Math.sqrt(units / 2);
  const critical = -studentQuantile(alpha / 2, df);
  const mode = Math.sqrt((df - 1) / df);
  const density = (s: number): number =>
    Math.exp((df - 1) * Math.log1p((s - mode) / mode) - (df * (s - mode) * (s + mode)) / 2);
  const rejecting = (s: number): number =>
    density(s) * (normalSf(critical * s - shift) + normalCdf(-critical * s - shift));
  const [lower, upper] = [Math.max(0, mode - Math.sqrt(80 / df)), mode + Math.sqrt(80 / df)];
  const steps = [shift, -shift].map((at) => ({ lower: (at - 9) / critical, upper: (at + 9) / critical }));
  return integrateAcross(steps, rejecting, lower, upper) / integrateAcross([], density, lower, upper);
}

/**
 * Power of the two-sided z test: the chance of either side of rejection.
 * Source: Lehmann & Romano, Testing Statistical Hypotheses, 3rd ed. (2005).
 */
export function powerOfZ({
  difference,
  standardError,
  alpha,
}: {
  readonly difference: number;
  readonly standardError: number;
  readonly alpha: number;
}): number {
  between("difference", difference, -Infinity, Infinity);
  between("standardError", standardError, 0, Infinity);
  between("alpha", alpha, 0, 1);
  const critical = -normalQuantile(alpha / 2);
  const shift = difference / standardError;
  return normalSf(critical - shift) + normalCdf(-critical - shift);
}

/**
 * The smallest rise that `units` per arm show with the power that is demanded, in the metric's unit; Infinity where
 * they show none. The inverse of the unpooled formula of rates, and of the normal one of means.
 * Source: Bloom, Minimum detectable effects, Evaluation Review 19 (1995).
 */
export function minimumDetectableDifference(baseline: Baseline, units: number, demands: Demands): number {
  atLeast("units", units, 0);
  checkBaseline(baseline);
  const demanded = reach(demands) ** 2;
  if (units === 0) return Infinity;
  if (baseline.kind === "mean") return Math.sqrt((2 * demanded * baseline.variance) / units);
  const { rate } = baseline;
  const slope = demanded * (1 - 2 * rate);
  const constant = 2 * demanded * rate * (1 - rate);
  const rise = (slope + Math.sqrt(slope ** 2 + 4 * (units + demanded) * constant)) / (2 * (units + demanded));
  return isPossible(rate, rise) ? rise : Infinity;
}

function isPossible(rate: number, rise: number): boolean {
  return rise > 0 && rate + rise <= 1;
}

/**
 * The smallest relative rise that `units` per arm show, the baseline's own error included: the root of
 * lift = (z + z) se(lift) by the delta method. Infinity where they show none.
 * Source: Deng, Knoblich & Lu, Applying the Delta Method in Metric Analytics, KDD 2018, arXiv 1803.06336.
 */
export function minimumDetectableLift(baseline: Baseline, units: number, demands: Demands): number {
  atLeast("units", units, 0);
  checkBaseline(baseline);
  const { mean, variance } = momentsOf(baseline);
  const noise = (reach(demands) ** 2 * variance) / (units * mean ** 2);
  if (!(noise < 1)) return Infinity;
  const lift = (noise + Math.sqrt(noise * (2 - noise))) / (1 - noise);
  return baseline.kind === "mean" || isPossible(baseline.rate, baseline.rate * lift) ? lift : Infinity;
}

function momentsOf(baseline: Baseline): { readonly mean: number; readonly variance: number } {
  if (baseline.kind === "mean") return baseline;
  return { mean: baseline.rate, variance: baseline.rate * (1 - baseline.rate) };
}

/** How often the results are looked at, and the factor on the units of one look at the end that it costs. */
const COST_OF_LOOKING = { once: 1, groupSequential: 1.04, anytimeOneSided: 1.4, anytime: 1.67 } as const;

export type Looking = keyof typeof COST_OF_LOOKING;

/**
 * The factor on the units of one look without a covariate: what looking early costs, times the 1 − R² that CUPED leaves.
 * Source: Deng, Xu, Kohavi & Walker, WSDM 2013, for CUPED; the costs of looking are figures to plan with, not bounds.
 */
export function inflationOf(looking: Looking, varianceExplained = 0): number {
  if (!(varianceExplained >= 0 && varianceExplained < 1))
    throw new RangeError(`varianceExplained must be at least 0 and below 1, got ${varianceExplained}.`);
  return COST_OF_LOOKING[looking] * (1 - varianceExplained);
}

/** How units come. */
export interface Traffic {
  readonly arms: number;
  /** Units that the rule matches, by day. */
  readonly unitsPerDay: number;
  /** Of them, the share that takes part. */
  readonly allocation: number;
  /** See `inflationOf`. */
  readonly inflation: number;
}

export interface Duration {
  readonly days: number;
  /** Whole ones, since a week's days differ. */
  readonly weeks: number;
}

/**
 * How long it takes until every arm has `unitsPerArm` times the inflation; Infinity where none come.
 * Source: Kohavi, Tang & Xu, Trustworthy Online Controlled Experiments (2020), chapter 2, for the whole weeks.
 */
export function durationOf(unitsPerArm: number, traffic: Traffic): Duration {
  countWithin("unitsPerArm", unitsPerArm, Infinity);
  checkTraffic(traffic);
  const { arms, unitsPerDay, allocation, inflation } = traffic;
  const [needed, perDay] = [unitsPerArm * arms * inflation, unitsPerDay * allocation];
  const days = needed === 0 ? 0 : Math.ceil(needed / perDay);
  return { days, weeks: Math.ceil(days / 7) };
}

/** What so many whole weeks of traffic can show, with equal weights: see `minimumDetectableDifference` and `…Lift`. */
export function detectableAfter(
  weeks: number,
  { baseline, traffic, demands }: { baseline: Baseline; traffic: Traffic; demands: Demands },
): { readonly difference: number; readonly lift: number } {
  atLeast("weeks", weeks, 0);
  checkTraffic(traffic);
  const { arms, unitsPerDay, allocation, inflation } = traffic;
  const units = (weeks * 7 * unitsPerDay * allocation) / (arms * inflation);
  return {
    difference: minimumDetectableDifference(baseline, units, demands),
    lift: minimumDetectableLift(baseline, units, demands),
  };
}

/** z of the level and z of the power: by so many standard errors an effect is found as often as demanded. */
function reach(demands: Demands): number {
  checkDemands(demands);
  return normalQuantile(demands.power) - normalQuantile(demands.alpha / 2);
}

function checkDemands({ alpha, power }: Demands): void {
  between("alpha", alpha, 0, 1);
  between("power", power, alpha, 1);
}

function checkBaseline(baseline: Baseline): void {
  if (baseline.kind === "proportion") return countWithin("rate", baseline.rate, 1);
  between("mean", baseline.mean, -Infinity, Infinity);
  atLeast("variance", baseline.variance, 0);
}

function checkTraffic({ arms, unitsPerDay, allocation, inflation }: Traffic): void {
  atLeast("arms", arms, 2);
  atLeast("unitsPerDay", unitsPerDay, 0);
  countWithin("allocation", allocation, 1);
  between("inflation", inflation, 0, Infinity);
}
