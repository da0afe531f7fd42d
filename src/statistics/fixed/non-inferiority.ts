/** Proof that a treatment is not worse by more than is tolerable, which "no difference was found" is not. */
import { normalSf } from "../distributions/normal.js";
import { atLeast, between } from "../ranges.js";
import type { Arms } from "../samples.js";
import type { ArmEstimate } from "./means.js";

export interface NonInferiority {
  /** How many standard errors the treatment is better than the worst that is tolerated. */
  readonly z: number;
  /** One-sided: small where a harm as large as the margin is refuted. */
  readonly pValue: number;
}

/**
 * Tests that the harm is as large as the margin, against its being smaller: z = (d + margin)/se where more is better, and
 * (margin − d)/se where less is. A standard error of 0 or infinity tells nothing.
 * Blackwelder 1982, "'Proving the null hypothesis' in clinical trials".
 */
export function nonInferiority({
  difference,
  se,
  margin,
  direction,
}: {
  /** Treatment − control. */
  readonly difference: number;
  readonly se: number;
  /** In the difference's unit, 0 or more. */
  readonly margin: number;
  /** Where the metric ought to go. */
  readonly direction: "increase" | "decrease";
}): NonInferiority {
  between("difference", difference, -Infinity, Infinity);
  atLeast("margin", margin, 0);
  if (se === 0 || se === Infinity) return { z: 0, pValue: 1 };
  atLeast("se", se, 0);
  const gain = direction === "increase" ? difference : -difference;
  const z = (gain + margin) / se;
  return { z, pValue: normalSf(z) };
}

/**
 * The same of a margin that is a share m of the control's value: of treatment − (1 ± m)·control, whose variance is that of
 * the treatment and (1 ± m)² that of the control, since the margin is as uncertain as the control.
 * Fieller 1954, "Some problems in interval estimation".
 */
export function nonInferiorityByShare({
  control,
  treatment,
  share,
  direction,
}: Arms<Pick<ArmEstimate, "estimate" | "variance">> & {
  /** m, 0 or more. */
  readonly share: number;
  /** Where the metric ought to go. */
  readonly direction: "increase" | "decrease";
}): NonInferiority {
  atLeast("share", share, 0);
  const towardsHarm = direction === "increase" ? -1 : 1;
  const times = 1 + towardsHarm * share * Math.sign(control.estimate);
  const difference = treatment.estimate - times * control.estimate;
  const se = Math.sqrt(treatment.variance + times ** 2 * control.variance);
  return nonInferiority({ difference, se, margin: 0, direction });
}
