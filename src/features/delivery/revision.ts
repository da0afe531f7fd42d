/** What clients hold to come back with: a place in the server's order and, for live answers, a digest of what they know. */
import { hash } from "node:crypto";
import type { Resolution } from "../../evaluation/index.js";
import { canonicalJson, isAtLeast } from "../ledger/index.js";

export interface ReadRevision {
  readonly epoch: number;
  readonly seq: number;
  /** Of the history that it belongs to; absent where the holder does not know. */
  readonly mark: string | undefined;
  /** Of the answers held; absent from revisions that stand for no answers. */
  readonly digest: string | undefined;
}

/** Reads a revision that this server or another instance gave; null for anything else. */
export function readRevision(text: string): ReadRevision | null {
  const parts = /^(\d{1,9})\.(\d{1,15})(?:\.([0-9a-f]{8}))?(?:-([0-9a-z]{1,13}))?$/.exec(text);
  if (parts === null) return null;
  return { epoch: Number(parts[1]), seq: Number(parts[2]), mark: parts[3], digest: parts[4] };
}

/** A revision that also says which answers its holder has. */
export function withDigest(revision: string, digest: bigint): string {
  return `${revision}-${digestText(digest)}`;
}

/** A digest as revisions carry it. */
export function digestText(digest: bigint): string {
  return digest.toString(36);
}

/** The digest of no answers. */
export const emptyDigest = 0n;

/**
 * The digest of a set of answers after one was put in the place of another: whatever the order of the answers, and at the cost of the change.
 * What does not exist counts for nothing. `isPublic`: the holder sees no rules.
 */
export function replaced(
  digest: bigint,
  before: Resolution | undefined,
  after: Resolution,
  isPublic: boolean,
): bigint {
  const gone = before === undefined ? 0n : weightOf(before, isPublic);
  return BigInt.asUintN(64, digest - gone + weightOf(after, isPublic));
}

function weightOf(answer: Resolution, isPublic: boolean): bigint {
  if (answer.errorCode === "FLAG_NOT_FOUND") return 0n;
  const { key, value, variant, reason, errorCode, ruleId } = answer;
  const seen = canonicalJson([key, value ?? null, variant, reason, errorCode, isPublic ? null : ruleId]);
  return hash("sha256", seen, "buffer").readBigUInt64BE(0);
}

/** Whether a subscriber would see no difference between two answers of one flag: value, variant, reason, errorCode and rule; never version or revision. */
export function looksSame(a: Resolution, b: Resolution, isPublic: boolean): boolean {
  if (a === b) return true;
  const same = a.variant === b.variant && a.reason === b.reason && a.errorCode === b.errorCode;
  return same && (isPublic || a.ruleId === b.ruleId) && isSameValue(a.value ?? null, b.value ?? null);
}

function isSameValue(a: unknown, b: unknown): boolean {
  if (typeof a !== "object" || typeof b !== "object") return a === b;
  return a === b || canonicalJson(a) === canonicalJson(b);
}

/** The later of two revisions that a client may hold. What cannot be read gives way to what can, but is not nothing: its holder missed changes. */
export function laterRevision(a: string | null | undefined, b: string | null | undefined): string | null {
  const [first, second] = [readRevision(a ?? ""), readRevision(b ?? "")];
  if (first === null) return b ?? a ?? null;
  if (second === null) return a ?? null;
  return (isAtLeast(first, second) ? a : b) ?? null;
}
