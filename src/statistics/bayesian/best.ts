/** Which arm is best, how sure that is, and what a wrong choice would cost: by quadrature, the same every time. */
import { betaCurve, type BetaDistribution } from "./beta-posterior.js";
import { chancesToBeBest, type Curve, integrateAcross } from "./curve.js";
import { normalCurve, type NormalDistribution } from "./normal-posterior.js";

/** Two rates. */
export interface RateComparison {
  /** P(the treatment's rate is the higher one). */
  readonly chanceToWin: number;
  /** What is lost on average by choosing the treatment, as a rate: E max(0, control − treatment). */
  readonly lossOfTreatment: number;
  /** What is lost on average by keeping the control: E max(0, treatment − control). */
  readonly lossOfControl: number;
}

/**
 * Chance to win and expected losses of two rates.
 * Source: Stucchio, Bayesian A/B Testing at VWO (2015); the losses as E max(0, A − B) = ∫ P(B ≤ x) P(A > x) dx, in which
 * nothing cancels.
 */
export function compareRates(control: BetaDistribution, treatment: BetaDistribution): RateComparison {
  const [kept, chosen] = [betaCurve(control), betaCurve(treatment)];
  const [, chanceToWin = 0] = chancesToBeBest([kept, chosen]);
  return {
    chanceToWin,
    lossOfTreatment: expectedShortfall(chosen, kept),
    lossOfControl: expectedShortfall(kept, chosen),
  };
}

/** E max(0, other − chosen) of rates; their curves are of θ, and the rate sin² θ grows by sin 2θ. */
function expectedShortfall(chosen: Curve, other: Curve): number {
  return integrateAcross(
    [chosen, other],
    (theta) => chosen.below(theta) * other.above(theta) * Math.sin(2 * theta),
    chosen.lower,
    other.upper,
  );
}

/**
 * P(best) of each of several rates.
 * Source: Scott, A modern Bayesian look at the multi-armed bandit, Appl. Stochastic Models Bus. Ind. 26 (2010).
 */
export function chancesOfRates(posteriors: readonly BetaDistribution[]): number[] {
  return chancesToBeBest(posteriors.map(betaCurve));
}

/** P(best) of each of several means, each known with an error: every sd is above 0. Source: as for rates. */
export function chancesOfMeans(posteriors: readonly NormalDistribution[]): number[] {
  return chancesToBeBest(posteriors.map(normalCurve));
}
