/** Forgets what was counted too long ago to tell anything. */
import type { Database } from "../../platform/database/index.js";
import { note } from "../ledger/index.js";
import { dayMs, keepDays } from "./counts.js";
import { deleteBatches, deleteEvaluationHours, deleteUnseen } from "./counts.store.js";

export interface ForgettingTools {
  readonly database: Database;
  /** Epoch milliseconds. */
  readonly now: () => number;
}

/** Unknown keys and clients that were not seen for so long have been mended or are gone. */
const keepUnseenMs = 90 * dayMs;
/** Longer than an instance could be cut off and come back with a batch that it does not know to be counted. */
const keepBatchesMs = 30 * dayMs;
const rowsAtOnce = 5_000;

/** Stops between two transactions once the signal says so. Gives how many rows of counts were deleted. */
export async function forgetCounts(tools: ForgettingTools, signal?: AbortSignal): Promise<number> {
  const now = tools.now();
  const before = new Date(now - keepDays * dayMs);
  await note(tools, async (tx) => {
    await deleteUnseen(tx, new Date(now - keepUnseenMs));
    await deleteBatches(tx, new Date(now - keepBatchesMs));
  });
  let total = 0;
  for (;;) {
    const deleted = await note(tools, async (tx) => deleteEvaluationHours(tx, before, rowsAtOnce));
    total += deleted;
    if (deleted < rowsAtOnce || signal?.aborted === true) return total;
  }
}
