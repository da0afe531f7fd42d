/** What a flag is, as people manage it: percentages rather than buckets, gates and windows rather than conditions. */
import type { Condition, FlagType } from "../../evaluation/index.js";
import { conflict, notFound, quote } from "../../platform/problems.js";

export const FlagKind = {
  RELEASE: "RELEASE",
  EXPERIMENT: "EXPERIMENT",
  OPERATIONAL: "OPERATIONAL",
  KILL_SWITCH: "KILL_SWITCH",
  PERMISSION: "PERMISSION",
  CONFIG: "CONFIG",
} as const;
export type FlagKind = (typeof FlagKind)[keyof typeof FlagKind];

/** The shared part of a flag: one row of `flags` with its variants. */
export interface Flag {
  readonly id: string;
  /** Project key. */
  readonly project: string;
  readonly key: string;
  readonly name: string;
  readonly description: string | null;
  readonly type: FlagType;
  readonly kind: FlagKind;
  readonly tags: readonly string[];
  readonly ownerId: string | null;
  /** In the order of display. */
  readonly variants: readonly Variant[];
  readonly valueSchema: unknown;
  readonly clientVisible: boolean;
  readonly archived: boolean;
  /** Counts changes of the shared part. */
  readonly version: number;
  readonly createdAt: Date;
  readonly updatedAt: Date;
}

export interface Variant {
  readonly key: string;
  readonly name: string | null;
  readonly description: string | null;
  /** JSON of the flag's type. */
  readonly value: unknown;
}

/** A flag's settings in one environment: one row of `flag_environments`. */
export interface FlagEnvironment {
  readonly id: string;
  readonly project: string;
  readonly flag: string;
  readonly environment: string;
  readonly enabled: boolean;
  readonly offVariant: string | null;
  readonly fallthrough: Serve;
  readonly targets: readonly Target[];
  readonly rules: readonly Rule[];
  readonly prerequisites: readonly Prerequisite[];
  /** Rises with every change that can alter the flag's answers here, its shared parts included. */
  readonly version: number;
  readonly updatedAt: Date;
}

export interface Target {
  readonly variant: string;
  /** Attribute path; `targetingKey` by default. */
  readonly attribute: string;
  readonly values: readonly string[];
}

export interface Prerequisite {
  readonly flagKey: string;
  readonly variants: readonly string[];
}

/** One targeting rule. Members that are null say nothing. */
export interface Rule {
  readonly id: string;
  readonly name: string | null;
  /** null: everyone. */
  readonly when: Condition | null;
  readonly gate: Gate | null;
  readonly serve: Serve;
  /** RFC 3339, UTC. */
  readonly startsAt: string | null;
  /** RFC 3339, UTC; exclusive. */
  readonly endsAt: string | null;
  /** What manages the rule; absent or null: people do. */
  readonly owner?: RuleOwner | null | undefined;
}

/** What put a rule there and alone changes it. */
export interface RuleOwner {
  readonly kind: "EXPERIMENT" | "ROLLOUT";
  /** As people know it. */
  readonly key: string;
  /** Of the trial that measures whom the rule's split puts where. */
  readonly id: string;
  /** Counts from 1; another one whenever the split, the audience or the share of traffic changed. */
  readonly epoch: number;
  /** Attribute paths by which results are told apart too. */
  readonly slices: readonly string[];
}

/** Lets a share of those who match through. */
export interface Gate {
  /** 0–100, at most three decimals. */
  readonly percent: number;
  /** Attribute paths, the first present counts; null: the targeting key. */
  readonly bucketBy: readonly string[] | null;
  /** null: flag key, colon, rule id. */
  readonly seed: string | null;
}

/** One variant for everyone, or a split of slots whose weights sum to 100 000. */
export type Serve = { readonly variant: string } | Split;

export interface Split {
  readonly split: readonly Slot[];
  /** Attribute paths, the first present counts; null: the targeting key. */
  readonly bucketBy: readonly string[] | null;
  /** null: the flag key. */
  readonly seed: string | null;
}

/** A run of buckets. A variant may hold several; null is a hole: the rule does not match. */
export interface Slot {
  readonly variant: string | null;
  readonly weight: number;
}

/** What a BOOLEAN flag has unless told otherwise. */
export const booleanVariants: readonly Variant[] = [
  { key: "on", name: null, description: null, value: true },
  { key: "off", name: null, description: null, value: false },
];

/** Throws CONFLICT for an archived flag: it is restored or deleted, and nothing else. */
export function refuseArchived(flag: Flag): void {
  if (flag.archived) throw conflict(`Flag ${quote(flag.key)} is archived: restore it first.`);
}

/** Throws NOT_FOUND. */
export function findVariant(flag: Flag, key: string): Variant {
  const variant = flag.variants.find((known) => known.key === key);
  if (variant === undefined) throw notFound("Variant", key);
  return variant;
}
