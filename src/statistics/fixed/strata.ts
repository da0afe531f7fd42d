/** Arms compared within strata and only then together: what changed between epochs is no difference between arms. */
import type { Arms } from "../samples.js";
import { type ArmEstimate, satterthwaite } from "./means.js";

/** A stratum and its share of the whole; the shares sum to 1. */
export interface WeightedStratum<Arm> extends Arms<Arm> {
  readonly weight: number;
}

/**
 * Weighs each stratum by nA·nB/(nA + nB), which makes the difference as exact as it can be where all units vary alike.
 * One without units in an arm compares nothing and is left out.
 * Mantel & Haenszel 1959, "Statistical aspects of the analysis of data from retrospective studies of disease".
 */
export function weighStrata<Arm extends { readonly n: number }>(
  strata: readonly Arms<Arm>[],
): WeightedStratum<Arm>[] {
  const weighed = strata
    .filter(({ control, treatment }) => control.n > 0 && treatment.n > 0)
    .map(({ control, treatment }) => ({
      control,
      treatment,
      weight: 1 / (1 / control.n + 1 / treatment.n),
    }));
  const total = weighed.reduce((sum, { weight }) => sum + weight, 0);
  return weighed.map((stratum) => ({ ...stratum, weight: stratum.weight / total }));
}

/**
 * Each arm's estimate over all strata, which all later comparisons take as if it were one. A stratum in which an arm's
 * variance is not known is left out; of one stratum alone the answer is that stratum.
 * Cochran 1977, "Sampling techniques", chapter 5.
 */
export function combineStrata(strata: readonly Arms<ArmEstimate>[]): Arms<ArmEstimate> {
  const weighed = weighStrata(
    strata.filter(({ control, treatment }) => control.variance + treatment.variance < Infinity),
  );
  return {
    control: combine(weighed.map(({ weight, control }) => ({ weight, arm: control }))),
    treatment: combine(weighed.map(({ weight, treatment }) => ({ weight, arm: treatment }))),
  };
}

function combine(parts: readonly { readonly weight: number; readonly arm: ArmEstimate }[]): ArmEstimate {
  if (parts.length === 0) return { n: 0, estimate: 0, variance: Infinity, df: 0 };
  const variances = parts.map(({ weight, arm }) => ({ variance: weight ** 2 * arm.variance, df: arm.df }));
  return {
    n: parts.reduce((sum, { arm }) => sum + arm.n, 0),
    estimate: parts.reduce((sum, { weight, arm }) => sum + weight * arm.estimate, 0),
    variance: variances.reduce((sum, { variance }) => sum + variance, 0),
    df: satterthwaite(variances),
  };
}
