/** What tracking needs done while a server runs: days made and dropped, events forgotten that nothing is measured by, and metrics watched over. */
import type { Log } from "../../platform/log.js";
import type { Instruments } from "../../platform/metrics.js";
import { type Chore, note, repeat } from "../ledger/index.js";
import { type DayTools, keepDays } from "./keep-days.js";
import { firstDayOpen } from "./partition.js";
import { deleteUnknownEvents } from "./partition.store.js";
import type { Tracking } from "./tracking.js";
import { MetricWatch } from "./watch-metrics.js";

interface TrackingChoreTools extends DayTools {
  readonly log: Log;
  readonly metrics: Instruments;
  readonly tracking: Pick<Tracking, "figures">;
}

const everyMs = 3_600_000; // an hour
const lookEveryMs = 600_000; // ten minutes, so that no hour is judged late; each is judged once
const unknownForMs = 24 * 3_600_000;

/** Goes on until it is closed, which must be before the database is. */
export function keepTracking(tools: TrackingChoreTools): Chore {
  const { log, tracking } = tools;
  const watch = new MetricWatch(tools);
  const chores = [
    repeat(async () => keepDays(tools), {
      ...{ name: "days of events", everyMs, log },
      failed: () => tracking.figures.choreFailed("days"),
    }),
    repeat(async () => void (await forgetUnknownEvents(tools)), {
      ...{ name: "unknown events", everyMs, log },
      failed: () => tracking.figures.choreFailed("unknown events"),
    }),
    repeat(async (signal) => void (await watch.look(signal)), {
      ...{ name: "metric anomalies", everyMs: lookEveryMs, log },
      failed: () => tracking.figures.choreFailed("metric anomalies"),
    }),
  ];
  return { close: async () => void (await Promise.all(chores.map(async (chore) => chore.close()))) };
}

/** Deletes events of a day ago or more whose metric does not exist; gives how many. */
export async function forgetUnknownEvents(tools: DayTools): Promise<number> {
  const before = tools.now() - unknownForMs;
  return note(tools, async (tx) => deleteUnknownEvents(tx, new Date(before), firstDayOpen(before)));
}
