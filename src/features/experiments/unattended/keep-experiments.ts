/** What experiments need done while a server runs: those that are due started and ended, and those that decide by themselves decided on. */
import type { Instruments } from "../../../platform/metrics.js";
import { type Chore, repeat } from "../../ledger/index.js";
import { systemCaller } from "../../permissions/index.js";
import { createDecider } from "./decide-chore.js";
import { type DueTools, runDueExperiments } from "./run-due-experiments.js";

export interface KeepingTools extends DueTools {
  readonly metrics: Instruments;
}

const everyMs = 10_000;

/** Goes on until it is closed, which must be before the database is. */
export function keepExperiments(tools: KeepingTools): Chore {
  const { log, metrics } = tools;
  const countAction = metrics.counter(
    "halyard_experiment_actions_total",
    "Experiments that this instance started or ended because it was time, and those that could not be started",
    "action",
  );
  const countFailure = metrics.counter(
    "halyard_experiment_chore_failures_total",
    "Runs of starting, ending and deciding on experiments that failed",
  );
  const caller = systemCaller("due-experiments");
  const decideOn = createDecider(tools, caller);
  const run = async (): Promise<void> => {
    const done: Readonly<Record<string, number>> = await runDueExperiments(tools, caller, decideOn);
    for (const [action, count] of Object.entries(done)) if (count > 0) countAction({ action }, count);
  };
  return repeat(run, { name: "experiments", everyMs, log, failed: () => countFailure() });
}
