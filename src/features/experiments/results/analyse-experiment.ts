/** Reads what an experiment is analysed from, and analyses it: by the same look as automatic decisions. */
import type { Database } from "../../../platform/database/index.js";
import { analysing } from "../analysis/analyse.js";
import { inTurns } from "./in-turns.js";
import { measureLook, readLook } from "./look.js";
import type { Experiment } from "../experiment.js";
import type { Analysed } from "./results.js";

interface Tools {
  readonly database: Database;
  /** Epoch milliseconds. */
  readonly now: () => number;
}

/** As of now. */
export async function analyseExperiment({ database, now }: Tools, experiment: Experiment): Promise<Analysed> {
  const look = await readLook(database, experiment, new Date(now()));
  const seen = await measureLook({ database }, look);
  return { input: seen.look, results: await inTurns(analysing(seen)) };
}
