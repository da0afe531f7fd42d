/** The mixture sequential probability ratio test, as other tools report it, so that their figures can be compared. */
import { atLeast, between } from "../ranges.js";
import { type EValue, evidenceOf } from "./e-values.js";

export interface NormalPairs {
  /** The treatment's mean minus the control's. */
  readonly difference: number;
  /** σ², the variance of one unit in either arm, above 0. */
  readonly variance: number;
  /** Units of each arm, from 0. */
  readonly pairs: number;
  /** τ², the variance of the differences that are thought likely, above 0. */
  readonly mixingVariance: number;
}

/**
 * ln Λ of the two-sample normal mixture, and the always-valid p.
 * Source: Johari, Koomen, Pekelis and Walsh, "Always valid inference: continuous monitoring of A/B tests",
 * Operations Research 70 (2022), equation for Λ of two normal streams.
 */
export function mixtureRatio({ difference, variance, pairs, mixingVariance }: NormalPairs): EValue {
  between("difference", difference, -Infinity, Infinity);
  between("variance", variance, 0, Infinity);
  atLeast("pairs", pairs, 0);
  between("mixingVariance", mixingVariance, 0, Infinity);
  const ofDifference = 2 * variance;
  const mixed = ofDifference + pairs * mixingVariance;
  const exponent = ((pairs * difference) ** 2 * mixingVariance) / (2 * ofDifference * mixed);
  return evidenceOf(exponent - Math.log1p((pairs * mixingVariance) / ofDifference) / 2);
}
