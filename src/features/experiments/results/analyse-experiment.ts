/** Reads what an experiment is analysed from, and analyses it: by the same look as automatic decisions. */
import type { Database } from "../../../platform/database/index.js";
import { analyse } from "../analysis/analyse.js";
import { readLook, tune } from "./look.js";
import type { Experiment } from "../experiment.js";
import type { Analysed } from "./results.js";

interface Tools {
  readonly database: Database;
  /** Epoch milliseconds. */
  readonly now: () => number;
  /** Waits until the process has time to think. */
  readonly myTurn: () => Promise<void>;
}

/** As of now. */
export async function analyseExperiment(
  { database, now, myTurn }: Tools,
  experiment: Experiment,
): Promise<Analysed> {
  const look = await readLook(database, experiment, new Date(now()));
  await myTurn();
  const isTuned = look.plannedVariances.size >= experiment.metrics.length;
  const input = isTuned ? look : await tune({ database }, look);
  return { input, results: analyse(input) };
}
