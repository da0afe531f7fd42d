/** What clients hold to come back with: a place in the server's order and, for live answers, a digest of what they know. */
import { hash } from "node:crypto";
import type { Resolution } from "../../evaluation/index.js";
import { canonicalJson } from "../ledger/index.js";

export interface ReadRevision {
  readonly epoch: number;
  readonly seq: number;
  /** Of the answers held; absent from revisions that stand for no answers. */
  readonly digest: string | undefined;
}

/** Reads a revision that this server or another instance gave; null for anything else. */
export function readRevision(text: string): ReadRevision | null {
  const parts = /^(\d{1,9})\.(\d{1,15})(?:-([0-9a-z]{1,13}))?$/.exec(text);
  return parts === null ? null : { epoch: Number(parts[1]), seq: Number(parts[2]), digest: parts[3] };
}

/** A revision that also says which answers its holder has. */
export function withDigest(revision: string, digest: AnswersDigest): string {
  return `${revision}-${digest.toString()}`;
}

/** A digest of a set of answers, whatever their order, that follows a change at the cost of the change. */
export class AnswersDigest {
  #sum = 0n;

  /** What does not exist counts for nothing. `isPublic`: the holder sees no rules. */
  add(answer: Resolution, isPublic: boolean): void {
    this.#sum = BigInt.asUintN(64, this.#sum + weightOf(answer, isPublic));
  }

  remove(answer: Resolution, isPublic: boolean): void {
    this.#sum = BigInt.asUintN(64, this.#sum - weightOf(answer, isPublic));
  }

  toString(): string {
    return this.#sum.toString(36);
  }
}

function weightOf(answer: Resolution, isPublic: boolean): bigint {
  if (answer.errorCode === "FLAG_NOT_FOUND") return 0n;
  return hash("sha256", seen(answer, isPublic), "buffer").readBigUInt64BE(0);
}

/** Whether a subscriber would see no difference: value, variant, reason, errorCode and rule; never version or revision. */
export function looksSame(a: Resolution, b: Resolution, isPublic: boolean): boolean {
  return a === b || seen(a, isPublic) === seen(b, isPublic);
}

function seen({ key, value, variant, reason, errorCode, ruleId }: Resolution, isPublic: boolean): string {
  return canonicalJson([key, value ?? null, variant, reason, errorCode, isPublic ? null : ruleId]);
}

/** The later of two revisions that a client may hold. What cannot be read gives way to what can, but is not nothing: its holder missed changes. */
export function laterRevision(a: string | null | undefined, b: string | null | undefined): string | null {
  const [first, second] = [readRevision(a ?? ""), readRevision(b ?? "")];
  if (first === null) return b ?? a ?? null;
  if (second === null) return a ?? null;
  const isSecondLater = second.epoch === first.epoch ? second.seq > first.seq : second.epoch > first.epoch;
  return (isSecondLater ? b : a) ?? null;
}
