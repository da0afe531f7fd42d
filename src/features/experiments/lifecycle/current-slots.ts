/** The slots that an experiment's split has, as the trial that measures it knows them. */
import type { Database } from "../../../platform/database/index.js";
import { readTrials, type TrialSlot } from "../../tracking/index.js";
import type { Experiment } from "../experiment.js";

/** For an experiment that was started. */
export async function readSlots(
  database: Database,
  experiment: Pick<Experiment, "id" | "project" | "environment">,
): Promise<readonly TrialSlot[]> {
  const { id } = experiment;
  const trial = (await readTrials(database, experiment, [id])).get(id);
  const epoch = trial?.epochs.at(-1);
  if (epoch === undefined) throw new Error(`There is no trial of experiment ${id}.`);
  return epoch.slots;
}
