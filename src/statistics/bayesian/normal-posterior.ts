/** What is believed of a mean or of an effect whose estimate is normal. */
import { normalCdf, normalDensity, normalQuantile, normalSf } from "../distributions/normal.js";
import { between, countWithin } from "../ranges.js";
import type { Interval } from "../samples.js";
import { type Curve, DEPTH } from "./curve.js";

export interface NormalDistribution {
  readonly mean: number;
  /** At least 0; infinite where nothing is known. */
  readonly sd: number;
}

export interface Estimate {
  readonly estimate: number;
  /** At least 0; infinite where nothing was measured. */
  readonly standardError: number;
  /** Without one, every value is as likely as every other beforehand. */
  readonly prior?: NormalDistribution;
}

const FLAT: NormalDistribution = { mean: 0, sd: Infinity };

/**
 * Prior and estimate, weighted by their precisions 1 / sd².
 * Source: Gelman et al., Bayesian Data Analysis, 3rd ed. (2013), section 2.5.
 */
export function normalPosterior({ estimate, standardError, prior = FLAT }: Estimate): NormalDistribution {
  between("estimate", estimate, -Infinity, Infinity);
  countWithin("standardError", standardError, Infinity);
  check(prior);
  if (standardError === 0 || prior.sd === Infinity) return { mean: estimate, sd: standardError };
  const weight = 1 / (1 + (standardError / prior.sd) ** 2);
  const [sharper, vaguer] = [Math.min(standardError, prior.sd), Math.max(standardError, prior.sd)];
  return {
    mean: prior.mean + weight * (estimate - prior.mean),
    sd: sharper / Math.hypot(1, sharper / vaguer),
  };
}

/** An effect: the treatment's mean less the control's. */
export interface EffectJudgement {
  /** P(effect > 0). */
  readonly chanceToWin: number;
  /** Holds the effect with probability 1 − α. */
  readonly interval: Interval;
  /** What is lost on average by choosing the treatment, in the metric's unit: E max(0, −effect). */
  readonly lossOfTreatment: number;
  /** What is lost on average by keeping the control: E max(0, effect). */
  readonly lossOfControl: number;
}

/**
 * Chance to win, credible interval and expected losses of an effect.
 * Source: Stucchio, Bayesian A/B Testing at VWO (2015), for the losses; E max(0, X) = m Φ(m/s) + s φ(m/s).
 */
export function judgeEffect(effect: NormalDistribution, alpha: number): EffectJudgement {
  between("alpha", alpha, 0, 1);
  check(effect);
  const { mean, sd } = effect;
  const reach = sd === 0 ? 0 : -sd * normalQuantile(alpha / 2);
  return {
    chanceToWin: sd === 0 ? (Math.sign(mean) + 1) / 2 : normalCdf(mean / sd),
    interval: { lower: mean - reach, upper: mean + reach },
    lossOfTreatment: expectedExcess(-mean, sd),
    lossOfControl: expectedExcess(mean, sd),
  };
}

/** E max(0, X). */
function expectedExcess(mean: number, sd: number): number {
  if (sd === 0) return Math.max(0, mean);
  if (sd === Infinity) return Infinity;
  const z = mean / sd;
  return Math.max(0, sd * (z * normalSf(-z) + normalDensity(z)));
}

export function normalCurve({ mean, sd }: NormalDistribution): Curve {
  between("mean", mean, -Infinity, Infinity);
  between("sd", sd, 0, Infinity);
  const reach = sd * Math.sqrt(2 * DEPTH);
  return {
    lower: mean - reach,
    upper: mean + reach,
    logDensity: (at) => -(((at - mean) / sd) ** 2) / 2,
    below: (at) => normalCdf((at - mean) / sd),
    above: (at) => normalSf((at - mean) / sd),
  };
}

function check({ mean, sd }: NormalDistribution): void {
  between("mean", mean, -Infinity, Infinity);
  countWithin("sd", sd, Infinity);
}
