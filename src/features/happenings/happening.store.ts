/** Statements on what happened by itself: added in the transaction that makes it so, and read by a cursor. */
import { asc, gt, lt, sql } from "drizzle-orm";
import type { Database, Transaction } from "../../platform/database/index.js";
import type { Happening, NewHappening } from "./happening.js";
import { happenings } from "./happening.table.js";

/** Key of the advisory lock under which rows are added. */
const happeningLock = 0x4841_4c5f;

/**
 * To be called in the transaction that does or keeps what happened, after everything else but the ledger's own rows: until it ends, no other adds
 * any, so that nobody who reads in the order of `seq` passes by one that is committed later.
 */
export async function addHappenings(tx: Transaction, happened: readonly NewHappening[]): Promise<void> {
  if (happened.length === 0) return;
  await tx.execute(sql`select pg_advisory_xact_lock(${happeningLock})`);
  await tx.insert(happenings).values([...happened]);
}

/** Those after `seq`, in their order; 0: from the first that is kept. A reader that keeps the last `seq` together with what it made of it misses none and repeats none. */
export async function listHappeningsAfter(
  database: Database,
  seq: number,
  limit: number,
): Promise<Happening[]> {
  return database
    .select()
    .from(happenings)
    .where(gt(happenings.seq, seq))
    .orderBy(asc(happenings.seq))
    .limit(limit);
}

export async function deleteHappenings(tx: Transaction, before: Date): Promise<void> {
  await tx.delete(happenings).where(lt(happenings.at, before));
}
