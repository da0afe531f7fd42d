/** An answer as callers get it: the evaluator's, less what the caller may not see, with the default in the place of no value. */
import { createHash } from "node:crypto";
import type { FlagType, Resolution } from "../../evaluation/index.js";
import { canonicalJson } from "../ledger/index.js";
import type { CheckedContext } from "./context-input.js";
import type { PlaceKeys } from "./place.js";

/** What was asked, as far as it tells one answer from another. */
export interface Asked {
  readonly place: PlaceKeys;
  /** As it was sent. */
  readonly sent: CheckedContext;
  /** The default, if it had to be used. */
  readonly defaultUsed?: unknown;
  /** Epoch milliseconds that the clock was moved to. */
  readonly at?: number | undefined;
}

export interface Evaluation extends Omit<Resolution, "bucket" | "experiment"> {
  readonly revision: string;
  readonly asked: Asked;
}

/** What is asked beside place and context. */
export interface Wishes {
  readonly defaultValue?: unknown;
  readonly at?: number | undefined;
}

/** Turns a resolution into an answer. `isPublic`: for a caller that must not see rules. */
export function present(
  {
    place,
    sent,
    isPublic,
  }: { readonly place: PlaceKeys; readonly sent: CheckedContext; readonly isPublic: boolean },
  resolution: Resolution,
  revision: string,
  { defaultValue, at }: Wishes = {},
): Evaluation {
  const { key, type, value, variant, reason, errorCode, flagVersion } = resolution;
  const defaulted = value === undefined && defaultValue !== undefined && defaultValue !== null;
  return {
    key,
    type,
    value: defaulted ? defaultValue : value,
    variant,
    reason,
    errorCode,
    errorMessage: isPublic ? publicMessage(resolution) : resolution.errorMessage,
    ruleId: isPublic ? undefined : resolution.ruleId,
    ruleName: isPublic ? undefined : resolution.ruleName,
    flagVersion,
    revision,
    asked: { place, sent, defaultUsed: defaulted ? defaultValue : undefined, at },
  };
}

/** Messages about definitions name rules and other flags. */
function publicMessage({ errorCode, errorMessage }: Resolution): string | undefined {
  const aboutDefinition = errorCode === "PARSE_ERROR" || errorCode === "GENERAL";
  return aboutDefinition ? "The flag cannot be evaluated." : errorMessage;
}

/** Names one answer in normalised caches: 128 bits of sha256 over what was asked, base64url. Equal questions have equal names on every instance. */
export function evaluationId({ key, asked }: Evaluation): string {
  const { place, sent, defaultUsed = null, at = null } = asked;
  const question = canonicalJson([place.project, place.environment, key, digestOf(sent), defaultUsed, at]);
  return createHash("sha256").update(question).digest().subarray(0, 16).toString("base64url");
}

const digests = new WeakMap<CheckedContext, string>();

/** Worked out once for all answers to one context, which may be large and have thousands of them. */
function digestOf(context: CheckedContext): string {
  const known = digests.get(context) ?? createHash("sha256").update(canonicalJson(context)).digest("hex");
  digests.set(context, known);
  return known;
}

/** The value if it is of that type; a default counts where the flag's own type is unknown. */
export function valueOfType({ type, value }: Evaluation, wanted: FlagType): unknown {
  return type === undefined || type === wanted ? value : null;
}
