/** What guarded rollouts need done while a server runs: looking at them again and again, and moving them on. */
import type { Instruments } from "../../platform/metrics.js";
import { type Chore, repeat } from "../ledger/index.js";
import { systemCaller } from "../permissions/index.js";
import { runRollouts, type RunTools } from "./run-rollouts.js";

export interface KeepingTools extends RunTools {
  readonly metrics: Instruments;
}

const everyMs = 10_000;

/** Goes on until it is closed, which must be before the database is. */
export function keepRollouts(tools: KeepingTools): Chore {
  const { log, metrics } = tools;
  const countMove = metrics.counter(
    "halyard_rollout_moves_total",
    "Steps, waits and ends of guarded rollouts that this instance decided by what was measured",
    "move",
  );
  const countFailure = metrics.counter(
    "halyard_rollout_chore_failures_total",
    "Runs of looking at guarded rollouts that failed",
  );
  const run = async (): Promise<void> => {
    for (const move of await runRollouts(tools, systemCaller("guarded-rollouts"))) countMove({ move });
  };
  return repeat(run, { name: "guarded rollouts", everyMs, log, failed: () => countFailure() });
}
