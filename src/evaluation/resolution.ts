/** An answer: the value of a flag for a context, and why. */
import type { FlagType } from "./model.js";

/** Why a flag answered as it did, in OpenFeature's words; evaluation itself never gives the last three. */
export const EvaluationReason = {
  STATIC: "STATIC",
  DEFAULT: "DEFAULT",
  TARGETING_MATCH: "TARGETING_MATCH",
  SPLIT: "SPLIT",
  DISABLED: "DISABLED",
  PREREQUISITE_FAILED: "PREREQUISITE_FAILED",
  ERROR: "ERROR",
  CACHED: "CACHED",
  STALE: "STALE",
  UNKNOWN: "UNKNOWN",
} as const;
export type EvaluationReason = (typeof EvaluationReason)[keyof typeof EvaluationReason];

/** What went wrong, in OpenFeature's words; present exactly when the reason is ERROR. */
export const EvaluationErrorCode = {
  FLAG_NOT_FOUND: "FLAG_NOT_FOUND",
  PARSE_ERROR: "PARSE_ERROR",
  TYPE_MISMATCH: "TYPE_MISMATCH",
  TARGETING_KEY_MISSING: "TARGETING_KEY_MISSING",
  INVALID_CONTEXT: "INVALID_CONTEXT",
  PROVIDER_NOT_READY: "PROVIDER_NOT_READY",
  GENERAL: "GENERAL",
} as const;
export type EvaluationErrorCode = (typeof EvaluationErrorCode)[keyof typeof EvaluationErrorCode];

/** One answer. Resolutions are shared between calls: treat them as frozen. */
export interface Resolution {
  readonly key: string;
  readonly type?: FlagType | undefined;
  /** undefined when there is none: the caller puts its default in. */
  readonly value: unknown;
  /** Present exactly when there is a value. */
  readonly variant: string | undefined;
  readonly reason: EvaluationReason;
  readonly errorCode?: EvaluationErrorCode | undefined;
  readonly errorMessage?: string | undefined;
  /** The rule that decided. */
  readonly ruleId?: string | undefined;
  readonly ruleName?: string | undefined;
  readonly flagVersion?: number | undefined;
  /** For SPLIT: where the context landed, from 0 to the sum of the weights less one. */
  readonly bucket?: number | undefined;
  /** For SPLIT by a rule that an experiment measures; one object for all answers of that rule. */
  readonly experiment?: Participation | undefined;
}

/** What an answer makes its subject take part in. Frozen. */
export interface Participation {
  readonly id: string;
  readonly epoch: number;
  /** The attribute path that the split goes by: who is one and the same. */
  readonly by: string;
  /** Attribute paths. */
  readonly slices: readonly string[];
}

/** What an answer says of the flag it comes from. */
export interface FlagIdentity {
  readonly key: string;
  readonly type: FlagType | undefined;
  readonly version: number | undefined;
}

/** A variant that can be served. */
export interface Outcome {
  readonly variant: string;
  readonly value: unknown;
}

/** The rule that an answer comes from. */
export interface RuleIdentity {
  readonly id: string;
  readonly name: string | undefined;
}

/** An answer that is not an error. Every resolution has the same members in the same order, which keeps readers of them fast. */
export function answer(
  flag: FlagIdentity,
  reason: EvaluationReason,
  outcome: Outcome | undefined,
  rule?: RuleIdentity,
  bucket?: number,
  experiment?: Participation,
): Resolution {
  return {
    key: flag.key,
    type: flag.type,
    value: outcome === undefined ? undefined : outcome.value,
    variant: outcome === undefined ? undefined : outcome.variant,
    reason,
    errorCode: undefined,
    errorMessage: undefined,
    ruleId: rule === undefined ? undefined : rule.id,
    ruleName: rule === undefined ? undefined : rule.name,
    flagVersion: flag.version,
    bucket,
    experiment,
  };
}

/** An answer without a value, because something is wrong. */
export function failure(
  flag: FlagIdentity,
  errorCode: EvaluationErrorCode,
  errorMessage: string,
): Resolution {
  return {
    key: flag.key,
    type: flag.type,
    value: undefined,
    variant: undefined,
    reason: EvaluationReason.ERROR,
    errorCode,
    errorMessage,
    ruleId: undefined,
    ruleName: undefined,
    flagVersion: flag.version,
    bucket: undefined,
    experiment: undefined,
  };
}

/** The answer for a flag that does not exist, is archived, or is not the caller's to see. */
export function flagNotFound(key: string): Resolution {
  const nobody = { key, type: undefined, version: undefined };
  return failure(nobody, EvaluationErrorCode.FLAG_NOT_FOUND, `There is no flag ${JSON.stringify(key)}.`);
}
