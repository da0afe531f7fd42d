/** What analytics needs done while a server runs: what is too old forgotten, and hours out of the ordinary found. */
import type { Log } from "../../platform/log.js";
import type { Instruments } from "../../platform/metrics.js";
import { type Chore, repeat } from "../ledger/index.js";
import { AnomalyWatch } from "./detect-anomalies.js";
import { forgetCounts, type ForgettingTools } from "./forget-counts.js";

interface KeepingTools extends ForgettingTools {
  readonly log: Log;
  readonly metrics: Instruments;
}

const forgetEveryMs = 3_600_000; // an hour
const lookEveryMs = 600_000; // ten minutes, so that no hour is left out; each is judged once

/** Goes on until it is closed, which must be before the database is. */
export function keepAnalytics(tools: KeepingTools): Chore {
  const { log, metrics } = tools;
  const countFailure = metrics.counter(
    "halyard_analytics_chore_failures_total",
    "Runs of forgetting old counts of evaluations, and of looking for anomalies in them, that failed",
    "chore",
  );
  const watch = new AnomalyWatch(tools);
  const chores = [
    repeat(async (signal) => void (await forgetCounts(tools, signal)), {
      ...{ name: "evaluation counts", everyMs: forgetEveryMs, log },
      failed: () => countFailure({ chore: "evaluation counts" }),
    }),
    repeat(async () => void (await watch.look()), {
      ...{ name: "anomalies", everyMs: lookEveryMs, log },
      failed: () => countFailure({ chore: "anomalies" }),
    }),
  ];
  return { close: async () => void (await Promise.all(chores.map(async (chore) => chore.close()))) };
}
