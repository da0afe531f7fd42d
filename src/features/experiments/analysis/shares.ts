/** Which share of the units each variant ought to have, epoch by epoch, and what was planned for a pair of arms. */
import type { Assignment } from "../../../statistics/index.js";
import type { TrialEpoch, TrialSlot, TrialSums } from "../../tracking/index.js";
import type { Experiment } from "../experiment.js";

export type EpochSlots = Pick<TrialEpoch, "epoch" | "slots" | "from">;

/** Weight, or units, by variant; holes have none. */
type Weights = ReadonlyMap<string, number>;

const nothing: Weights = new Map();

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
  const keptByEpoch = keptWeights(epochs);
  const units = unitsByEpoch(exposures);
  return epochs.flatMap(({ epoch, slots }, index) => {
    const [given, kept] = [weightsOf(slots), keptByEpoch[index] ?? nothing];
    const shown = arms.filter(({ variant }) => kept.has(variant) || !given.has(variant));
    const counts = shown.map(({ variant }) => units.get(epoch)?.get(variant) ?? 0);
    return kept.size < 2 ? [] : [{ counts, weights: shown.map(({ variant }) => kept.get(variant) ?? 0) }];
  });
}

/** How many units of each arm there ought to be over all epochs, given how many each epoch has. */
export function expectedUnits(
  { arms }: Pick<Experiment, "arms">,
  epochs: readonly EpochSlots[],
  { exposures }: TrialSums,
): { readonly variant: string; readonly units: number; readonly expected: number }[] {
  const keptByEpoch = keptWeights(epochs);
  const units = unitsByEpoch(exposures);
  const byEpoch = epochs.map(({ epoch }, index) => {
    const kept = keptByEpoch[index] ?? nothing;
    return { kept, whole: sumOf([...kept.values()]), units: sumOf([...(units.get(epoch)?.values() ?? [])]) };
  });
  return arms.map(({ variant }) => ({
    variant,
    units: sumOf([...units.values()].map((ofEpoch) => ofEpoch.get(variant) ?? 0)),
    expected: sumOf(
      byEpoch.map(({ kept, whole, units: all }) =>
        whole > 0 ? (all * (kept.get(variant) ?? 0)) / whole : 0,
      ),
    ),
  }));
}

/** By epoch, then by variant. */
function unitsByEpoch(exposures: TrialSums["exposures"]): ReadonlyMap<number, Weights> {
  const units = new Map<number, Map<string, number>>();
  for (const { epoch, variant, n } of exposures) {
    const ofEpoch = units.get(epoch) ?? new Map<string, number>();
    units.set(epoch, ofEpoch.set(variant, (ofEpoch.get(variant) ?? 0) + n));
  }
  return units;
}

/** Of each epoch, the weight of the buckets whose variant has been the same ever since. */
function keptWeights(epochs: readonly EpochSlots[]): Weights[] {
  let later: readonly TrialSlot[] | undefined;
  const backwards = epochs.toReversed().map(({ slots }) => {
    later = later === undefined ? slots : unmoved(slots, later);
    return weightsOf(later);
  });
  return backwards.toReversed();
}

function weightsOf(slots: readonly TrialSlot[]): Weights {
  const weights = new Map<string, number>();
  for (const { variant, weight } of slots)
    if (variant !== null && weight > 0) weights.set(variant, (weights.get(variant) ?? 0) + weight);
  return weights;
}

/** With a hole in place of all buckets whose variant is another one later. */
function unmoved(slots: readonly TrialSlot[], later: readonly TrialSlot[]): TrialSlot[] {
  const [ends, laterEnds] = [endsOf(slots), endsOf(later)];
  const bounds = [...new Set([...ends, ...laterEnds])].toSorted((one, other) => one - other);
  const kept: TrialSlot[] = [];
  let [at, laterAt, start] = [0, 0, 0];
  for (const end of bounds) {
    while ((ends[at] ?? Infinity) <= start) at += 1;
    while ((laterEnds[laterAt] ?? Infinity) <= start) laterAt += 1;
    const variant = slots[at]?.variant ?? null;
    append(kept, { variant: variant === later[laterAt]?.variant ? variant : null, weight: end - start });
    start = end;
  }
  return kept;
}

/** Neighbours alike become one. */
function append(slots: TrialSlot[], slot: TrialSlot): void {
  const last = slots.at(-1);
  if (last?.variant === slot.variant)
    slots[slots.length - 1] = { ...last, weight: last.weight + slot.weight };
  else slots.push(slot);
}

function endsOf(slots: readonly TrialSlot[]): number[] {
  let end = 0;
  return slots.map(({ weight }) => (end += weight));
}

function sumOf(numbers: readonly number[]): number {
  return numbers.reduce((sum, one) => sum + one, 0);
}
