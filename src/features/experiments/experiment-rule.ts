/** The rule that an experiment puts into its flag: whom it is for, and the split that shows each of them a variant. Pure. */
import { type Condition, GRID, percentToWeight, reslot, type Slot } from "../../evaluation/index.js";
import type { Rule, RuleOwner } from "../flags/index.js";
import type { Arm, Experiment, ExperimentSettings } from "./experiment.js";

/** A run of buckets by an attribute: the share of a layer, or a holdout. */
export interface BucketShare {
  /** Path of the attribute whose value is hashed. */
  readonly attribute: string;
  readonly seed: string;
  /** Of 100 000 buckets, from `low` to below `high`. */
  readonly low: number;
  readonly high: number;
}

/**
 * The shares of the arms at that traffic, and a hole for the rest. Each arm has its part of the traffic in whole buckets, rounded down, so that
 * no arm ever shrinks while the traffic grows.
 */
export function slotsAt(arms: readonly Arm[], traffic: number): Slot[] {
  const taking = percentToWeight(traffic) ?? 0;
  const shares = arms.map(({ variant, weight }) => ({
    variant,
    weight: Math.floor((weight * taking) / GRID),
  }));
  const taken = shares.reduce((sum, { weight }) => sum + weight, 0);
  const slots = [...shares, { variant: null, weight: GRID - taken }];
  return reslot(slots, slots);
}

/** The slots at another traffic: growth comes out of the hole, what shrinks goes into it, and everybody else stays where they are. */
export function slotsChangedTo(
  before: readonly Slot[],
  { arms }: Pick<ExperimentSettings, "arms">,
  traffic: number,
): Slot[] {
  return reslot(before, slotsAt(arms, traffic));
}

/** Whom the rule is for: the audience, within the share of the layer, outside of all holdouts; null: everybody. */
export function conditionOf(
  audience: Condition | null,
  layer: BucketShare | null,
  holdouts: readonly BucketShare[],
): Condition | null {
  const conditions = [
    ...(layer === null ? [] : [isWithin(layer)]),
    ...holdouts.map((holdout) => ({ not: isWithin(holdout) })),
    ...(audience === null ? [] : [audience]),
  ];
  const [only, ...more] = conditions;
  if (only === undefined) return null;
  return more.length === 0 ? only : { all: conditions };
}

function isWithin({ attribute, seed, low, high }: BucketShare): Condition {
  return { bucket: { by: [attribute], seed }, from: low, to: high, of: GRID };
}

/** Its id is the experiment's, so that it meets no rule of people; its name is the experiment's key. */
export function ruleOf(
  { id, key, attribute, condition }: Pick<Experiment, "id" | "key" | "attribute" | "condition">,
  slots: readonly Slot[],
): Omit<Rule, "owner"> {
  return {
    ...{ id, name: key, when: condition, gate: null, startsAt: null, endsAt: null },
    serve: { split: slots, bucketBy: [attribute], seed: id },
  };
}

export function ruleOwnerOf({
  id,
  key,
  epoch,
  slices,
}: Pick<Experiment, "id" | "key" | "epoch" | "slices">): RuleOwner {
  return { kind: "EXPERIMENT", key, id, epoch, slices };
}
