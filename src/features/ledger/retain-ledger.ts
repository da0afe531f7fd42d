/** Retention: empties the texts of rows that are older than administrators want them kept, a batch a transaction. */
import { randomUUID } from "node:crypto";
import type { Transaction } from "../../platform/database/index.js";
import { permit, systemCaller } from "../permissions/index.js";
import { Admissions, retainedEntry } from "./admissions.js";
import { listLedgerChanges, lockLedger } from "./change.store.js";
import { isOnlyOneAt } from "./checkpoint.store.js";
import { emptyRange, listMoments, momentAgo } from "./erasure.store.js";
import { type LedgerTools, type RecordEntry, write } from "./write.js";

export interface RetentionTools extends LedgerTools {
  /** For how many days texts are kept; null: for ever. */
  readonly retentionDays: (tx: Transaction) => Promise<number | null>;
}

const rowsPerBatch = 500;

/** Does all there is to do, unless another instance does; what is left by the signal, the next run does. Gives how many rows it emptied. */
export async function retainLedger(tools: RetentionTools, signal?: AbortSignal): Promise<number> {
  const proof = permit(systemCaller(randomUUID()), "audit:erase");
  let emptied = 0;
  let from: number | null = null;
  for (;;) {
    const done: Batch = await write(tools, proof, async (tx, record) => retainBatch(tools, tx, record, from));
    emptied += done.emptied;
    if (done.next === null || signal?.aborted === true) return emptied;
    from = done.next;
  }
}

interface Batch {
  readonly emptied: number;
  /** After which row to go on; null: there is nothing more to do. */
  readonly next: number | null;
}

/** `after` null: goes on where the ledger says that the last run ended. */
async function retainBatch(
  { retentionDays }: RetentionTools,
  tx: Transaction,
  record: RecordEntry,
  after: number | null,
): Promise<Batch> {
  const days = await retentionDays(tx);
  if (days === null || !(await isOnlyOneAt(tx, "retention"))) return { emptied: 0, next: null };
  const from = after ?? (await retainedUpTo(tx));
  const until = await momentAgo(tx, days);
  const rows = await listMoments(tx, from, rowsPerBatch);
  const young = rows.findIndex(({ at }) => at >= until);
  const old = young === -1 ? rows : rows.slice(0, young);
  const upTo = old.at(-1)?.seq;
  if (upTo === undefined) return { emptied: 0, next: null };
  await lockLedger(tx);
  const emptied = await emptyRange(tx, from, upTo);
  if (emptied > 0) record(retainedEntry({ upTo, rows: emptied, until }));
  return { emptied, next: old.length === rowsPerBatch ? upTo : null };
}

async function retainedUpTo(tx: Transaction): Promise<number> {
  const admissions = new Admissions();
  for (const row of await listLedgerChanges(tx, 0)) admissions.add(row);
  return admissions.retainedUpTo;
}
