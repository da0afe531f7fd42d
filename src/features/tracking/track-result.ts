/** What becomes of a batch: each of its entries is taken or refused by itself. */
import type { Mistakes } from "../../platform/input.js";
import { badField } from "../../platform/problems.js";

export const RejectionCode = {
  INVALID: "INVALID",
  IN_FUTURE: "IN_FUTURE",
  TOO_OLD: "TOO_OLD",
  UNPROVED: "UNPROVED",
  UNKNOWN_EXPERIMENT: "UNKNOWN_EXPERIMENT",
  UNKNOWN_VARIANT: "UNKNOWN_VARIANT",
  ENDED: "ENDED",
} as const;
/** Why an entry was refused; none of them is worth sending again. */
export type RejectionCode = (typeof RejectionCode)[keyof typeof RejectionCode];

export interface Refusal {
  readonly code: RejectionCode;
  readonly message: string;
}

export interface Rejection extends Refusal {
  /** Place in the list that was sent, from 0. */
  readonly index: number;
}

/** Accepted, duplicates and rejected are together as many as were sent. */
export interface TrackResult {
  readonly accepted: number;
  readonly duplicates: number;
  readonly rejected: readonly Rejection[];
}

export const maxTracked = 500;

/** Throws BAD_USER_INPUT for a list that is too long: nothing of it is taken. */
export function holdSize(path: string, list: readonly unknown[]): void {
  if (list.length <= maxTracked) return;
  throw badField(path, `must have at most ${maxTracked} entries, got ${list.length}.`);
}

export function refusal(code: RejectionCode, message: string): Refusal {
  return { code, message };
}

/** INVALID with every mistake, its path from the entry on. */
export function invalid(mistakes: Mistakes): Refusal {
  return refusal("INVALID", mistakes.all.map(({ path, message }) => `${path} ${message}`).join(" "));
}

/** Reads each entry, and tells those that were read from those that were refused. */
export function sorted<Entry, Read extends object>(
  entries: readonly Entry[],
  read: (entry: Entry) => Read | Refusal,
): { readonly good: (Read & { readonly index: number })[]; readonly rejected: Rejection[] } {
  const good: (Read & { readonly index: number })[] = [];
  const rejected: Rejection[] = [];
  for (const [index, entry] of entries.entries()) {
    const one = read(entry);
    if (isRefusal(one)) rejected.push({ index, ...one });
    else good.push({ ...one, index });
  }
  return { good, rejected };
}

function isRefusal(one: object): one is Refusal {
  return "code" in one && "message" in one;
}
