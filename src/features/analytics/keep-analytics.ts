/** What analytics needs done while a server runs: what is too old forgotten. */
import type { Log } from "../../platform/log.js";
import type { Instruments } from "../../platform/metrics.js";
import { type Chore, repeat } from "../ledger/index.js";
import { forgetCounts, type ForgettingTools } from "./forget-counts.js";

interface KeepingTools extends ForgettingTools {
  readonly log: Log;
  readonly metrics: Instruments;
}

const forgetEveryMs = 3_600_000; // an hour

/** Goes on until it is closed, which must be before the database is. */
export function keepAnalytics(tools: KeepingTools): Chore {
  const { log, metrics } = tools;
  const countFailure = metrics.counter(
    "halyard_analytics_chore_failures_total",
    "Runs of forgetting old counts of evaluations that failed",
  );
  return repeat(async (signal) => void (await forgetCounts(tools, signal)), {
    ...{ name: "evaluation counts", everyMs: forgetEveryMs, log },
    failed: () => countFailure(),
  });
}
