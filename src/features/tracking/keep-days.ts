/** Makes the days that events are kept by ahead of time, and drops those that are too old. */
import type { Database } from "../../platform/database/index.js";
import { note } from "../ledger/index.js";
import { daysWanted, firstDayKept } from "./partition.js";
import { dropDay, listDays, lockPartitions, makeDay, readDatabaseTime } from "./partition.store.js";

export interface DayTools {
  readonly database: Database;
  /** Epoch milliseconds. */
  readonly now: () => number;
}

/**
 * Looks first, since where nothing is due nobody needs to wait; and again under the lock, since others may have done it meanwhile. Throws where
 * somebody reads or writes events for so long that everybody else would wait, too; there is time until the next try.
 */
export async function keepDays(tools: DayTools): Promise<void> {
  const now = tools.now();
  const due = dueAt(await listDays(tools.database), now);
  if (due.missing.length === 0 && due.old.length === 0) return;
  await note(tools, async (tx) => {
    await lockPartitions(tx);
    const days = await listDays(tx);
    for (const day of dueAt(days, now).missing) await makeDay(tx, day);
    const reliable = Math.min(now, await readDatabaseTime(tx)); // a clock that is ahead must not cost anybody their events
    for (const day of dueAt(days, reliable).old) await dropDay(tx, day);
  });
}

function dueAt(days: readonly string[], now: number) {
  const first = firstDayKept(now);
  return {
    missing: daysWanted(now).filter((day) => !days.includes(day)),
    old: days.filter((day) => day < first),
  };
}
