/** When a change counts as a repetition of one that was made before: pure. */
import { createHmac } from "node:crypto";
import { deriveKey } from "../../platform/derive-key.js";
import type { Mistakes } from "../../platform/input.js";
import { keyReused, nullIfNotFound, Problem, quote } from "../../platform/problems.js";
import { actorOf, type Caller, type IdempotencyClaim } from "../permissions/index.js";
import { bodyOf, canonicalJson, type Change } from "./change.js";

/** What was asked for under a key. */
export interface KeyUse {
  readonly operation: string;
  /** HMAC-SHA-256 of the canonical input, hex. */
  readonly inputHash: string;
  /** The first row of the ledger that came of it; null: nothing had to be changed. */
  readonly seq: number | null;
}

/** How the inputs of changes name what they change; each has some of these. */
export interface NamingInput {
  readonly project?: string | null | undefined;
  readonly environment?: string | null | undefined;
  readonly to?: string | undefined;
  readonly flagKey?: string | undefined;
  readonly segment?: string | undefined;
  readonly metric?: string | undefined;
  readonly experiment?: string | undefined;
  readonly layer?: string | undefined;
  readonly holdout?: string | undefined;
  readonly template?: string | null | undefined;
  readonly email?: string | undefined;
  readonly id?: string | undefined;
}

/** A change that was made before under the same key: it is answered, and not made again. */
export interface Repetition {
  readonly input: NamingInput;
  /** The first row of the ledger that came of it; null: nothing had to be changed then, and nothing is now. */
  readonly change: Change | null;
}

/** Thrown by `write` before any work is done, and caught where the change came in. Nobody is told of it. */
export class Repeated extends Error {
  override readonly name = "Repeated";

  constructor(readonly use: KeyUse) {
    super("The change was made before.");
  }
}

const printable = /^[^\p{C}\p{Zl}\p{Zp}]{1,255}$/u;

/** A key as callers may choose it; "" after a mistake. */
export function readIdempotencyKey(path: string, value: unknown, mistakes: Mistakes): string {
  if (typeof value === "string" && printable.test(value)) return value;
  mistakes.add(path, `must have 1 to 255 printable characters, got ${quote(value)}.`);
  return "";
}

/** What the input is recognised by. Inputs may hold passwords, so that nothing may be guessed from it without the server's secret. */
export function fingerprintsOf(input: unknown, secretKeys: readonly string[]): readonly string[] {
  const text = canonicalJson(input);
  return secretKeys.map((secretKey) =>
    createHmac("sha256", deriveKey(secretKey, "idempotency")).update(text).digest("hex"),
  );
}

/** Whose keys these are: the same word of another caller is another key. */
export function ownerOf(caller: Caller): string {
  const { kind, id } = actorOf(caller);
  return `${kind}:${id ?? ""}`;
}

/** Throws IDEMPOTENCY_KEY_REUSED where the key was used for something else. */
export function refuseReuse(use: KeyUse, { operation, fingerprints }: IdempotencyClaim): void {
  if (use.operation === operation && fingerprints.includes(use.inputHash)) return;
  throw keyReused(use.operation);
}

/** NOT_FOUND that says what can still be said: that the change was made. */
export function goneSince({ change }: Pick<Repetition, "change">): Problem {
  const made = change === null ? "It changed nothing" : `It was made, as change ${change.id}`;
  return new Problem(
    "NOT_FOUND",
    `This was sent before. ${made}; what it was about cannot be found any more.`,
  );
}

/** What `lookup` finds. Throws `goneSince` when it finds nothing. */
export async function orGone<Thing>(repetition: Repetition, lookup: Promise<Thing | null>): Promise<Thing> {
  const thing = await nullIfNotFound(lookup);
  if (thing === null) throw goneSince(repetition);
  return thing;
}

/** As `orGone`, for what is found by a name that a later thing may have now. */
export async function sameOrGone<Thing extends { readonly createdAt: Date }>(
  repetition: Repetition,
  lookup: Promise<Thing>,
): Promise<Thing> {
  const thing = await orGone(repetition, lookup);
  const { change } = repetition;
  if (change !== null && thing.createdAt.getTime() > Date.parse(change.at)) throw goneSince(repetition);
  return thing;
}

/**
 * A thing as it was when `change` deleted it: whoever deleted it was shown it then. Records of deletions keep all its members, but not its project.
 * Throws NOT_FOUND once the record was emptied.
 */
export function asDeleted(change: Change): Deleted {
  const { before } = bodyOf(change);
  if (before === null) throw goneSince({ change });
  const { createdAt, updatedAt, ...members } = before as { createdAt: string; updatedAt: string };
  const kept = { project: change.project, ...members };
  return { ...kept, createdAt: new Date(createdAt), updatedAt: new Date(updatedAt) };
}

/** As much as is known here of a thing; the room knows the rest. */
interface Deleted {
  readonly createdAt: Date;
  readonly updatedAt: Date;
}
