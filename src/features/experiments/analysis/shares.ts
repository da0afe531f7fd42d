/** Which share of the units each variant ought to have, epoch by epoch, and what was planned for a pair of arms. */
import type { Assignment } from "../../../statistics/index.js";
import type { TrialEpoch, TrialSlot, TrialSums } from "../../tracking/index.js";
import type { Experiment } from "../experiment.js";

export type EpochSlots = Pick<TrialEpoch, "epoch" | "slots" | "from">;

/** Weight by variant; holes have none. */
type Weights = ReadonlyMap<string, number>;

/** What was fixed before the first look at a pair of arms. */
export interface PairPlan {
  /** w, the treatment's share of the pair. */
  readonly share: number;
  /** The pair's share of all units that take part. */
  readonly ofAll: number;
  /** N* of the pair. */
  readonly plannedUnits: number;
}

/** By the weights that it began with; what later epochs change does not change the plan. */
export function pairPlan(experiment: Experiment, epochs: readonly EpochSlots[], treatment: string): PairPlan {
  const first = epochs[0];
  const begun = first === undefined ? new Map<string, number>() : weightsOf(first.slots);
  const weights = experiment.arms.map((arm) => ({ ...arm, weight: begun.get(arm.variant) ?? arm.weight }));
  const weightAt = (variant: string) => weights.find((arm) => arm.variant === variant)?.weight ?? 0;
  const [control, treated] = [weightAt(experiment.control), weightAt(treatment)];
  const whole = weights.reduce((sum, { weight }) => sum + weight, 0);
  const pair = control + treated;
  const share = control > 0 && treated > 0 ? treated / pair : 0.5;
  const ofAll = pair > 0 ? pair / whole : 1;
  return { share, ofAll, plannedUnits: experiment.plannedUnits * ofAll };
}

/**
 * The units of each epoch by arm, and the weights that they should have come by. Whoever's bucket moved in a later epoch
 * left, so what counts of an epoch are the buckets that kept their variant ever since. Epochs with fewer than two such arms
 * say nothing.
 */
export function assignmentsOf(
  { arms }: Pick<Experiment, "arms">,
  epochs: readonly EpochSlots[],
  { exposures }: TrialSums,
): Assignment[] {
  return epochs.flatMap(({ epoch, slots }, index) => {
    const later = epochs.slice(index + 1).map((one) => one.slots);
    const [given, kept] = [weightsOf(slots), keptWeights(slots, later)];
    const shown = arms.filter(({ variant }) => kept.has(variant) || !given.has(variant));
    const counts = shown.map(({ variant }) => unitsIn(exposures, epoch, variant));
    return kept.size < 2 ? [] : [{ counts, weights: shown.map(({ variant }) => kept.get(variant) ?? 0) }];
  });
}

/** How many units of each arm there ought to be over all epochs, given how many each epoch has. */
export function expectedUnits(
  { arms }: Pick<Experiment, "arms">,
  epochs: readonly EpochSlots[],
  { exposures }: TrialSums,
): { readonly variant: string; readonly units: number; readonly expected: number }[] {
  const byEpoch = epochs.map(({ epoch, slots }, index) => {
    const kept = keptWeights(
      slots,
      epochs.slice(index + 1).map((one) => one.slots),
    );
    return { epoch, kept, whole: sumOf([...kept.values()]), units: unitsIn(exposures, epoch) };
  });
  return arms.map(({ variant }) => ({
    variant,
    units: unitsIn(exposures, undefined, variant),
    expected: sumOf(
      byEpoch.map(({ kept, whole, units }) => (whole > 0 ? (units * (kept.get(variant) ?? 0)) / whole : 0)),
    ),
  }));
}

function unitsIn(exposures: TrialSums["exposures"], epoch?: number, variant?: string): number {
  return sumOf(
    exposures
      .filter((sum) => epoch === undefined || sum.epoch === epoch)
      .filter((sum) => variant === undefined || sum.variant === variant)
      .map(({ n }) => n),
  );
}

function weightsOf(slots: readonly TrialSlot[]): Weights {
  return keptWeights(slots, []);
}

/** The weight of the buckets whose variant is the same in all of `later`. */
function keptWeights(slots: readonly TrialSlot[], later: readonly (readonly TrialSlot[])[]): Weights {
  const bounds = [...new Set([slots, ...later].flatMap(endsOf))].toSorted((one, other) => one - other);
  const weights = new Map<string, number>();
  bounds.forEach((end, index) => {
    const start = bounds[index - 1] ?? 0;
    const variant = variantAt(slots, start);
    if (variant === null || later.some((other) => variantAt(other, start) !== variant)) return;
    weights.set(variant, (weights.get(variant) ?? 0) + end - start);
  });
  return weights;
}

function endsOf(slots: readonly TrialSlot[]): number[] {
  let end = 0;
  return slots.map(({ weight }) => (end += weight));
}

function variantAt(slots: readonly TrialSlot[], bucket: number): string | null {
  const ends = endsOf(slots);
  return slots[ends.findIndex((end) => bucket < end)]?.variant ?? null;
}

function sumOf(numbers: readonly number[]): number {
  return numbers.reduce((sum, one) => sum + one, 0);
}
