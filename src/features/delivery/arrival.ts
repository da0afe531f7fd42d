/** What becomes of a client that comes with a revision which this instance has not reached: another instance may have been ahead. */
import type { Reader } from "../ledger/index.js";
import { readRevision } from "./revision.js";

/** Whether the revision is later than where this instance stands. What is no revision is not. */
export function isAhead(since: string | null, reader: Pick<Reader, "position">): boolean {
  const known = readRevision(since ?? "");
  if (known === null) return false;
  const { epoch, seq } = reader.position();
  return known.epoch === epoch ? known.seq > seq : known.epoch > epoch;
}

/**
 * Reads the ledger for a client that may know more than this instance. Resolves with whether it may be answered from here: not while the
 * ledger cannot be read, since it would be told of an older state; but also where the ledger itself turns out to hold no such revision.
 */
export async function hasReached(since: string, reader: Pick<Reader, "reach" | "status">): Promise<boolean> {
  const target = readRevision(since);
  if (target !== null) await reader.reach(target);
  return reader.status().up;
}
