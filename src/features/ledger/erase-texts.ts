/** Empties texts of the ledger as part of a transaction, and says so in a row: how every erasure is done. */
import type { Transaction } from "../../platform/database/index.js";
import { erasedEntry, rangesOf } from "./admissions.js";
import { lockLedger, newestSeq } from "./change.store.js";
import { emptyBodies, emptyUser } from "./erasure.store.js";
import type { RecordEntry } from "./write.js";

/**
 * Empties everything personal of a user: who did what they did, and what was done to their account, but not by whom. The last thing that a
 * transaction does before it ends: it takes the ledger's lock.
 */
export async function eraseUserTexts(tx: Transaction, record: RecordEntry, user: string): Promise<void> {
  await lockLedger(tx);
  const upTo = await newestSeq(tx);
  await emptyUser(tx, user);
  record(erasedEntry({ user, upTo }, null));
}

/** Empties the bodies of these rows, of which each has one. The last thing that a transaction does, as above. Gives the id of the row that says so. */
export async function eraseBodies(
  tx: Transaction,
  record: RecordEntry,
  seqs: readonly number[],
  reason: string | null,
): Promise<string> {
  await lockLedger(tx);
  await emptyBodies(tx, seqs);
  return record(erasedEntry({ rows: rangesOf(seqs) }, reason));
}
