/** What is believed of a rate, once units that did and units that did not have been counted. */
import { betaCdf, betaQuantile, betaSf } from "../distributions/beta.js";
import { atLeast, between, countWithin } from "../ranges.js";
import type { Interval, Proportion } from "../samples.js";
import { type Curve, DEPTH } from "./curve.js";

/** Beta(a, b). */
export interface BetaDistribution {
  readonly a: number;
  readonly b: number;
}

/** Every rate is as likely as every other. */
const UNIFORM: BetaDistribution = { a: 1, b: 1 };

/**
 * Beta(a + successes, b + failures). Prior parameters are at least 0.5 (Jeffreys).
 * Source: Gelman et al., Bayesian Data Analysis, 3rd ed. (2013), section 2.4.
 */
export function betaPosterior({ n, sum }: Proportion, prior: BetaDistribution = UNIFORM): BetaDistribution {
  atLeast("n", n, 0);
  countWithin("sum", sum, n);
  check(prior);
  return { a: prior.a + sum, b: prior.b + (n - sum) };
}

/**
 * The interval that holds the rate with probability 1 − α, with α/2 on either side of it.
 * Source: Gelman et al., Bayesian Data Analysis, 3rd ed. (2013), section 2.3.
 */
export function betaInterval(distribution: BetaDistribution, alpha: number): Interval {
  between("alpha", alpha, 0, 1);
  check(distribution);
  const { a, b } = distribution;
  return { lower: betaQuantile(alpha / 2, a, b), upper: betaQuantile(1 - alpha / 2, a, b) };
}

/**
 * The distribution of θ, where the rate is sin² θ. There the density is sin^(2a−1) θ · cos^(2b−1) θ: smooth to the very
 * ends, for whole and half a and b, even where nothing was seen; and its logarithm curves by at least 2(a + b − 1)
 * everywhere, which bounds its range without a search.
 * Source: Fisher, On the dominance ratio, Proc. R. Soc. Edinburgh 42 (1922), for the transformation.
 */
export function betaCurve(distribution: BetaDistribution): Curve {
  check(distribution);
  const { a, b } = distribution;
  const [sinePower, cosinePower] = [2 * a - 1, 2 * b - 1];
  const tangent = Math.sqrt(sinePower / cosinePower);
  const mode = Math.atan2(Math.sqrt(sinePower), Math.sqrt(cosinePower));
  const reach = Math.sqrt(DEPTH / (a + b - 1));
  return {
    lower: Math.max(0, mode - reach),
    upper: Math.min(Math.PI / 2, mode + reach),
    logDensity: (theta) => {
      const sine = Math.sin(theta - mode);
      const versine = 2 * Math.sin((theta - mode) / 2) ** 2;
      return (
        logOfPower(sine / tangent - versine, sinePower) + logOfPower(-sine * tangent - versine, cosinePower)
      );
    },
    below: (theta) =>
      theta < Math.PI / 4 ? betaCdf(rateAt(theta), a, b) : betaSf(oneLessRateAt(theta), b, a),
    above: (theta) =>
      theta < Math.PI / 4 ? betaSf(rateAt(theta), a, b) : betaCdf(oneLessRateAt(theta), b, a),
  };
}

function rateAt(theta: number): number {
  return Math.sin(theta) ** 2;
}

/** 1 − rate, exact where the rate is near 1. */
function oneLessRateAt(theta: number): number {
  return Math.cos(theta) ** 2;
}

/** ln (1 + x)^power, where 0^0 is 1. */
function logOfPower(x: number, power: number): number {
  return power === 0 ? 0 : power * Math.log1p(x);
}

function check({ a, b }: BetaDistribution): void {
  atLeast("a", a, 0.5);
  atLeast("b", b, 0.5);
}
