/** Makes the days that events are kept by ahead of time, and drops those that are too old. */
import type { Database } from "../../platform/database/index.js";
import { note } from "../ledger/index.js";
import { daysWanted, firstDayKept } from "./partition.js";
import { dropDay, listDays, lockPartitions, makeDay } from "./partition.store.js";

export interface DayTools {
  readonly database: Database;
  /** Epoch milliseconds. */
  readonly now: () => number;
}

/** Takes the lock, which nothing else waits for, only where there is something to do: others may do it meanwhile, so it is looked again. */
export async function keepDays(tools: DayTools): Promise<void> {
  const now = tools.now();
  if (isDone(await listDays(tools.database), now)) return;
  await note(tools, async (tx) => {
    await lockPartitions(tx);
    const { missing, old } = dueAt(await listDays(tx), now);
    for (const day of missing) await makeDay(tx, day);
    for (const day of old) await dropDay(tx, day);
  });
}

interface Due {
  readonly missing: readonly string[];
  readonly old: readonly string[];
}

function dueAt(days: readonly string[], now: number): Due {
  const first = firstDayKept(now);
  return {
    missing: daysWanted(now).filter((day) => !days.includes(day)),
    old: days.filter((day) => day < first),
  };
}

function isDone(days: readonly string[], now: number): boolean {
  const { missing, old } = dueAt(days, now);
  return missing.length === 0 && old.length === 0;
}
