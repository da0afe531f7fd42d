/** The rule that a guarded rollout puts into its flag: the variant for its share, the baseline for all others who qualify. Pure. */
import { GRID, percentToWeight, reslot, type Slot } from "../../evaluation/index.js";
import type { Rule, RuleOwner } from "../flags/index.js";
import { type GuardedRollout, percentIn } from "./rollout.js";

type Split = Pick<GuardedRollout, "steps" | "variant" | "baseline">;

/** The slots of an epoch: those of the one before, as far as the variant did not grow into them. */
export function slotsIn(rollout: Split, epoch: number): Slot[] {
  const { variant, baseline } = rollout;
  const weight = percentToWeight(percentIn(rollout, epoch)) ?? 0;
  const wanted = [
    { variant, weight },
    { variant: baseline, weight: GRID - weight },
  ];
  return reslot(epoch === 1 ? wanted : slotsIn(rollout, epoch - 1), wanted);
}

/** Its id is the rollout's, so that it meets no rule of people. */
export function ruleOf(rollout: GuardedRollout): Omit<Rule, "owner"> {
  const { id, key, attribute, audience, step } = rollout;
  return {
    ...{ id, name: key, when: audience, gate: null, startsAt: null, endsAt: null },
    serve: { split: slotsIn(rollout, step), bucketBy: [attribute], seed: id },
  };
}

export function ruleOwnerOf({ id, key, step }: Pick<GuardedRollout, "id" | "key" | "step">): RuleOwner {
  return { kind: "ROLLOUT", key, id, epoch: step, slices: [] };
}
