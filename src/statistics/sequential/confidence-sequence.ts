/** Intervals and p-values that hold at every look at once, so that whoever looks may look as often as they like. */
import { atLeast, between } from "../ranges.js";
import type { Interval } from "../samples.js";

/** An estimate, and of how many units. */
export interface EstimateInTime {
  readonly estimate: number;
  /** Its standard error, from 0. */
  readonly se: number;
  /** Units of both arms, from 0. */
  readonly units: number;
}

/** For what the sequence is tuned; fixed before the first look. */
export interface Tuning {
  /** The chance of ever being wrong, in (0, 1); one-sided in (0, ½). */
  readonly alpha: number;
  /** N*, the units at which the interval is narrowest. */
  readonly plannedUnits: number;
  /** 2: both ends hold together. 1: each end holds alone, and p is against "0 or less". */
  readonly sides: 1 | 2;
}

/** What the clock of information needs besides. */
export interface InformationTuning extends Tuning {
  /** σ², the variance that was planned for one unit's outcome, above 0. */
  readonly plannedVariance: number;
  /** w, the treatment's share of the two arms' units, in (0, 1). */
  readonly share: number;
}

/** Valid at any time: the interval leaves out 0 on the tested side exactly where p < α. */
export interface AnytimeInterval extends Interval {
  readonly pValue: number;
}

/** What no data say. */
export const NOTHING_KNOWN: AnytimeInterval = { lower: -Infinity, upper: Infinity, pValue: 1 };

/**
 * ρ² of the normal mixture that is tightest at N* units: once as usually approximated, once exactly by the Lambert
 * function, (−W₋₁(−α²/e) − 1)/N*. One-sided takes 2α for α.
 * Source: Waudby-Smith, Arbour, Sinha, Kennedy and Ramdas, "Time-uniform central limit theory and asymptotic
 * confidence sequences", arXiv 2103.06476.
 */
export function tunedRho2(tuning: Tuning): { readonly approximate: number; readonly exact: number } {
  const doubled = doubledLog(tuning);
  return {
    approximate: kappa(tuning) / tuning.plannedUnits,
    exact: lambertExcess(doubled) / tuning.plannedUnits,
  };
}

/**
 * The asymptotic confidence sequence, whose clock counts units: r = nρ², with the approximate ρ².
 * Source: Waudby-Smith et al., arXiv 2103.06476, theorem 2.2 and, one-sided, proposition 2.5.
 */
export function asymptoticSequence(at: EstimateInTime, tuning: Tuning): AnytimeInterval {
  const variance = at.se ** 2;
  return mixtureInterval(at, variance / (at.units * tunedRho2(tuning).approximate), tuning);
}

/**
 * The confidence sequence whose clock counts information: r = V/τ with V = n²se² and τ = σ² N* / (w(1 − w)κ), so that
 * outcomes that vary less than planned do not make it hurry. Without any variance the interval stays finite.
 * Source: Howard, Ramdas, McAuliffe and Sekhon, "Time-uniform, nonparametric, nonasymptotic confidence sequences",
 * Annals of Statistics 49 (2021), the normal mixture in intrinsic time.
 */
export function informationSequence(at: EstimateInTime, tuning: InformationTuning): AnytimeInterval {
  const { plannedVariance, plannedUnits, share } = tuning;
  between("plannedVariance", plannedVariance, 0, Infinity);
  between("share", share, 0, 1);
  const tau = (plannedVariance * plannedUnits) / (share * (1 - share) * kappa(tuning));
  return mixtureInterval(at, tau / at.units ** 2, tuning);
}

/** `mixing` is τ/n²: with it, se²/mixing is the clock r, and nothing is divided by a variance of 0. */
function mixtureInterval(at: EstimateInTime, mixing: number, { alpha, sides }: Tuning): AnytimeInterval {
  between("estimate", at.estimate, -Infinity, Infinity);
  atLeast("se", at.se, 0);
  atLeast("units", at.units, 0);
  if (at.units === 0 || !(mixing > 0)) return NOTHING_KNOWN;
  const clock = at.se ** 2 / mixing;
  const spread = at.se ** 2 + mixing;
  const exponent = at.estimate ** 2 / (2 * spread);
  const halfWidth = Math.sqrt(
    spread * (sides === 2 ? twoSidedWidth(clock, alpha) : oneSidedWidth(clock, alpha)),
  );
  const pValue = sides === 2 ? twoSidedP(clock, exponent) : oneSidedP(clock, at.estimate, exponent);
  return { lower: at.estimate - halfWidth, upper: at.estimate + halfWidth, pValue };
}

function twoSidedWidth(clock: number, alpha: number): number {
  return Math.log1p(clock) - 2 * Math.log(alpha);
}

function oneSidedWidth(clock: number, alpha: number): number {
  return 2 * Math.log1p(Math.sqrt(clock + 1) / (2 * alpha));
}

function twoSidedP(clock: number, exponent: number): number {
  return Math.min(1, Math.sqrt(clock + 1) * Math.exp(-exponent));
}

function oneSidedP(clock: number, estimate: number, exponent: number): number {
  return estimate > 0 ? Math.min(1, Math.sqrt(clock + 1) / (2 * Math.expm1(exponent))) : 1;
}

/** κ = −2 ln α + ln(1 − 2 ln α). */
function kappa(tuning: Tuning): number {
  const doubled = doubledLog(tuning);
  return doubled + Math.log1p(doubled);
}

/** −2 ln α; one-sided of 2α. */
function doubledLog({ alpha, plannedUnits, sides }: Tuning): number {
  const ends = sides === 2 ? 1 : 2;
  between("alpha", alpha, 0, 1 / ends);
  between("plannedUnits", plannedUnits, 0, Infinity);
  return -2 * Math.log(ends * alpha);
}

/** y = −W₋₁(−α²/e) − 1 solves y − ln(1 + y) = −2 ln α; Newton's steps, which double the digits. */
function lambertExcess(doubled: number): number {
  let excess = doubled + Math.log1p(doubled);
  for (let step = 0; step < 50; step += 1) {
    const next = excess - ((excess - Math.log1p(excess) - doubled) * (1 + excess)) / excess;
    if (Math.abs(next - excess) <= 1e-15 * excess) return next;
    excess = next;
  }
  return excess;
}
