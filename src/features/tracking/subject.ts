/** Whom an entry is about and when it was, which events and exposures say alike. */
import { dateTime, isStorable, type Mistakes, text } from "../../platform/input.js";
import { type Delivery, isProved, permitPlace } from "../delivery/index.js";
import { quote } from "../../platform/problems.js";
import { type Caller, isEvaluationKey, permit } from "../permissions/index.js";
import type { TrackingPlace } from "./ingest.store.js";
import { refusal, type Refusal } from "./track-result.js";

/**
 * Where the caller's key is, which is where it tracks. Throws UNAUTHENTICATED, FORBIDDEN for whoever holds no CLIENT or SERVER key, and NOT_FOUND for
 * an environment that is gone.
 */
export function permitTracking({ snapshots }: Pick<Delivery, "snapshots">, caller: Caller): TrackingPlace {
  if (!isEvaluationKey(caller.identity)) permit(caller, "tracking:track"); // which no role may
  return permitPlace(snapshots, caller, "tracking:track", {});
}

/** As it is sent. */
export interface SubjectInput {
  readonly unit: string;
  readonly attribute?: string | null | undefined;
  readonly at: unknown;
  readonly proof?: string | null | undefined;
}

export interface Subject {
  /** Path of the attribute. */
  readonly attribute: string;
  /** Its value, as bucketing spells it. */
  readonly value: string;
  /** Epoch milliseconds. */
  readonly at: number;
}

const targetingKey = "targetingKey";
const maxValueLength = 4_096; // as much as a context takes
const maxPathLength = 256;
const aheadMs = 300_000; // clocks differ
const behindMs = 7 * 86_400_000; // a phone that was off

/** Mistakes are of paths within the entry. */
export function readSubject(input: SubjectInput, mistakes: Mistakes): Subject {
  const attribute = input.attribute ?? targetingKey;
  text("attribute", attribute, mistakes, { min: 1, max: maxPathLength });
  if (input.unit.length > maxValueLength || !isStorable(input.unit)) {
    mistakes.add("unit", `must be well-formed Unicode without NUL, of at most ${maxValueLength} characters.`);
  }
  if (namesNobody(input.unit)) {
    const why = "leave out whoever is not known, who would all be counted as one";
    mistakes.add("unit", `must say whom it is about, got ${quote(input.unit)}: ${why}.`);
  }
  const at = Date.parse(dateTime("at", input.at, mistakes));
  return { attribute, value: input.unit, at };
}

/** Whether it is what an application sends for those whom it does not know: nothing, or blanks. */
export function namesNobody(unit: string): boolean {
  return unit.trim() === "";
}

/** null: it is neither too early nor too late. */
export function untimely({ at }: Subject, now: number): Refusal | null {
  const written = new Date(at).toISOString();
  if (at > now + aheadMs) return refusal("IN_FUTURE", `at is ${written}, more than 5 minutes from now.`);
  return at < now - behindMs ? refusal("TOO_OLD", `at is ${written}, more than 7 days ago.`) : null;
}

/** Whether the caller may speak for a subject: where CLIENT keys must prove whom they ask about, they must prove this too. null: it may. */
export function prover(
  { snapshots, now }: Pick<Delivery, "snapshots" | "now">,
  { identity }: Caller,
  { project, environment }: TrackingPlace,
): (subject: Subject, proof: string | null | undefined) => Refusal | null {
  const keys = snapshots.find(project, environment)?.proofKeys ?? null;
  const isPublic = isEvaluationKey(identity) && identity.keyKind === "CLIENT";
  if (keys === null || !isPublic) return () => null;
  return ({ attribute, value }, proof) => {
    if (attribute !== targetingKey) return null; // names nobody whom a proof is of
    return isProved(keys, { targetingKey: value }, proof ?? null, now())
      ? null
      : refusal("UNPROVED", "proof must be HMAC-SHA256 of unit, by the environment's proof secret.");
  };
}
