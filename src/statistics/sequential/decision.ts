/** What automatic decisions rest on: the anytime intervals of two arms, cautious where there is little to see. */
import { type ArmEstimate, estimateMean } from "../fixed/means.js";
import { weighStrata, type WeightedStratum } from "../fixed/strata.js";
import { atLeast, between, countWithin } from "../ranges.js";
import type { Arms, Mean, Proportion } from "../samples.js";
import { type AnytimeInterval, informationSequence, NOTHING_KNOWN } from "./confidence-sequence.js";

/** What was estimated of one arm in one epoch: a mean, a ratio, an adjusted mean. */
export interface DecisionArm extends Pick<ArmEstimate, "n" | "estimate" | "variance"> {
  /** Units whose outcome is not 0. */
  readonly nonzero: number;
}

/** Fixed before the first look. */
export interface DecisionPlan {
  /** The chance of ever being wrong, in (0, ½). */
  readonly alpha: number;
  /** w, the treatment's planned share of both arms' units, in (0, 1); what later epochs change does not change it. */
  readonly share: number;
  /** σ², the variance that was planned for one unit's outcome, above 0. */
  readonly plannedVariance: number;
  /** N*, the units of both arms at which the interval is narrowest; 5 000 if not given. */
  readonly plannedUnits?: number;
  /** k: treatment − k·control is judged, by which the control's own doubt counts where a share of it is asked for; 1 if not given. */
  readonly times?: number;
}

export interface Decision {
  /** False: not yet. Every interval is then the widest and every p is 1, so that nothing can be decided by them. */
  readonly ready: boolean;
  /** Treatment − k·control. */
  readonly estimate: number;
  readonly se: number;
  /** Units of both arms, counted as if every epoch had the planned share. */
  readonly units: number;
  /** Both ends hold together. */
  readonly twoSided: AnytimeInterval;
  /** Each end holds alone; p is against "0 or less". */
  readonly oneSided: AnytimeInterval;
}

/** With fewer outcomes than these in either arm a sum is far from normal. */
const LEAST_OUTCOMES = 30;

/** An arm of plain outcomes; of values it must be known how many are not 0. */
export function decisionArm(sample: Proportion | (Mean & { readonly nonzero: number })): DecisionArm {
  const { n, estimate, variance } = estimateMean(sample);
  return { n, estimate, variance, nonzero: sample.kind === "proportion" ? sample.sum : sample.nonzero };
}

/**
 * The anytime intervals of treatment − k·control over all epochs, by the larger of two standard errors: Welch's, and that of
 * one variance for both arms. Epochs weigh nA·nB/(nA + nB), so that n times the estimate is a sum to which new units only
 * add, whatever the shares of later epochs are. An epoch that tells nothing of an arm's variance is left out, outcomes and all.
 * Source: Howard et al. 2021, Annals of Statistics 49, the normal mixture in intrinsic time; the weights are Mantel and
 * Haenszel's, 1959.
 */
export function decide(epochs: readonly Arms<DecisionArm>[], plan: DecisionPlan): Decision {
  for (const { control, treatment } of epochs) {
    check("control", control);
    check("treatment", treatment);
  }
  const { share, times = 1 } = plan;
  between("times", times, -Infinity, Infinity);
  const compared = weighStrata(epochs.filter((epoch) => squaredError(epoch, times) < Infinity));
  const at = stratified(compared, share, times);
  const tuning = { plannedUnits: 5_000, ...plan };
  const twoSided = informationSequence(at, { ...tuning, sides: 2 });
  const oneSided = informationSequence(at, { ...tuning, sides: 1 });
  return fewestOutcomes(compared) < LEAST_OUTCOMES
    ? { ready: false, ...at, twoSided: NOTHING_KNOWN, oneSided: NOTHING_KNOWN }
    : { ready: true, ...at, twoSided, oneSided };
}

function stratified(epochs: readonly WeightedStratum<DecisionArm>[], share: number, times: number) {
  between("share", share, 0, 1);
  return {
    estimate: sumOf(
      epochs,
      ({ weight, control, treatment }) => weight * (treatment.estimate - times * control.estimate),
    ),
    se: Math.sqrt(sumOf(epochs, ({ weight, ...epoch }) => weight ** 2 * squaredError(epoch, times))),
    units:
      sumOf(epochs, ({ control, treatment }) => 1 / (1 / control.n + 1 / treatment.n)) /
      (share * (1 - share)),
  };
}

/** The common variance is that of all units around their common mean: of rates, p̄(1 − p̄). */
function squaredError({ control, treatment }: Arms<DecisionArm>, times: number): number {
  const welch = times ** 2 * control.variance + treatment.variance;
  if (control.n === 0 || treatment.n === 0 || control.variance + treatment.variance === Infinity)
    return Infinity;
  const units = control.n + treatment.n;
  const within = (control.n ** 2 * control.variance + treatment.n ** 2 * treatment.variance) / units;
  const among = ((control.n * treatment.n) / units ** 2) * (treatment.estimate - control.estimate) ** 2;
  return Math.max(welch, (within + among) * (times ** 2 / control.n + 1 / treatment.n));
}

function fewestOutcomes(epochs: readonly Arms<DecisionArm>[]): number {
  return Math.min(
    sumOf(epochs, ({ control }) => control.nonzero),
    sumOf(epochs, ({ treatment }) => treatment.nonzero),
  );
}

function check(name: string, { n, estimate, variance, nonzero }: DecisionArm): void {
  atLeast(`${name}.n`, n, 0);
  between(`${name}.estimate`, estimate, -Infinity, Infinity);
  if (variance !== Infinity) atLeast(`${name}.variance`, variance, 0);
  countWithin(`${name}.nonzero`, nonzero, n);
}

function sumOf<Part>(parts: readonly Part[], of: (part: Part) => number): number {
  return parts.reduce((sum, part) => sum + of(part), 0);
}
