/** What a guarded rollout is: a variant that reaches more and more people, step by step, as long as nothing gets worse. Pure. */
import type { Condition } from "../../evaluation/index.js";
import { conflict, quote } from "../../platform/problems.js";
import type { ActorKind } from "../permissions/index.js";

export const RolloutStatus = {
  RUNNING: "RUNNING",
  WAITING: "WAITING",
  PAUSED: "PAUSED",
  COMPLETED: "COMPLETED",
  ROLLED_BACK: "ROLLED_BACK",
  ABORTED: "ABORTED",
} as const;
/** WAITING: for an approval alone. PAUSED: it keeps its share and is watched, and takes no step. The last three are ends. */
export type RolloutStatus = (typeof RolloutStatus)[keyof typeof RolloutStatus];

/** Those whose rule is in the flag. */
export const live: readonly RolloutStatus[] = ["RUNNING", "WAITING", "PAUSED"];

/** What must be met before the next step; of what is null nothing is asked. */
export interface Hold {
  /** Hours that the step lasts at least, above 0. */
  readonly hours: number | null;
  /** Units that are shown the variant in the step for the first time, 1 or more. */
  readonly units: number | null;
  /** Whether somebody must approve. */
  readonly approval: boolean;
}

export interface Step {
  /** The variant's share of those who qualify, above 0, at most three decimals; of the last step, and of that alone, 100. */
  readonly percent: number;
  /** null for the last step, which ends the rollout. */
  readonly hold: Hold | null;
}

/** A metric that must not get worse. */
export interface Guardrail {
  /** Key of the metric. */
  readonly metric: string;
  /** By which share of the baseline's value it may get worse: proven before the last step. null: that no harm was found is enough. */
  readonly margin: number | null;
  /** Variance of one unit that the intervals were tuned for, once enough was seen; never changed after. */
  readonly plannedVariance: number | null;
}

/** Whoever did something, as the ledger knows them. */
export interface Doer {
  readonly kind: ActorKind;
  readonly id: string | null;
}

/** What is fixed when it starts. */
export interface Plan {
  readonly project: string;
  readonly environment: string;
  readonly flag: string;
  /** A name for people, unique nowhere. */
  readonly key: string;
  readonly variant: string;
  /** What all others who qualify get, and what the variant is compared with. */
  readonly baseline: string;
  /** Path of the attribute by whose value units are told apart. */
  readonly attribute: string;
  /** Who qualifies; null: everybody. */
  readonly audience: Condition | null;
  /** Two or more, of rising percentages. */
  readonly steps: readonly Step[];
  /** One or more. */
  readonly guardrails: readonly Guardrail[];
}

export interface GuardedRollout extends Plan {
  /** Also the seed of its split, and the id of its trial. */
  readonly id: string;
  readonly status: RolloutStatus;
  /** Number of the step that it is at, from 1; also the epoch of its trial. */
  readonly step: number;
  /** Since when the step's hours count. */
  readonly stepStartedAt: Date;
  /** The last step whose hold was approved; null: none. */
  readonly approvedStep: number | null;
  /** Since when the flag was seen to be off there, and no hours count; null: it is on. */
  readonly offSince: Date | null;
  /** Why its status is what it is; null: nothing was said. */
  readonly reason: string | null;
  readonly startedBy: Doer;
  readonly version: number;
  readonly createdAt: Date;
  readonly updatedAt: Date;
  /** null: it is live. */
  readonly endedAt: Date | null;
}

/** What becomes of it. */
export type Course = Pick<
  GuardedRollout,
  "status" | "step" | "stepStartedAt" | "approvedStep" | "reason" | "endedAt"
>;

type Stepped = Pick<GuardedRollout, "steps" | "step">;

export function stepOf({ steps, step }: Stepped): Step {
  const found = steps[step - 1];
  if (found === undefined) throw new Error(`A rollout has no step ${step}.`);
  return found;
}

/** The step after the one that it is at; an ending step has none. */
export function nextStepOf({ steps, step }: Stepped): Step {
  return stepOf({ steps, step: step + 1 });
}

/** The variant's share of those who qualify in that epoch, in percent. */
export function percentIn({ steps }: Pick<GuardedRollout, "steps">, epoch: number): number {
  return stepOf({ steps, step: epoch }).percent;
}

/** Whether the step's hold asks for an approval that was not given. */
export function lacksApproval(rollout: Pick<GuardedRollout, "steps" | "step" | "approvedStep">): boolean {
  return stepOf(rollout).hold?.approval === true && rollout.approvedStep !== rollout.step;
}

/** A rollout as messages call it: `Guarded rollout "new-checkout" of flag "checkout" in production`. */
export function nameOf({ key, flag, environment }: Pick<Plan, "key" | "flag" | "environment">): string {
  return `Guarded rollout ${quote(key)} of flag ${quote(flag)} in ${environment}`;
}

/** Throws CONFLICT where the rollout is in none of these. `deed` goes on "cannot be". */
export function refuseUnless(
  rollout: Pick<GuardedRollout, "key" | "flag" | "environment" | "status">,
  statuses: readonly RolloutStatus[],
  deed: string,
): void {
  if (statuses.includes(rollout.status)) return;
  throw conflict(
    `${nameOf(rollout)} is ${rollout.status} and cannot be ${deed}: only what is ${statuses.join(" or ")} can.`,
  );
}
