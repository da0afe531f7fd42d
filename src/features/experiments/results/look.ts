/** One look at an experiment, for which everything that its decisions rest on is read. */
import type { Database } from "../../../platform/database/index.js";
import { note } from "../../ledger/index.js";
import { findMetricsByKeys, readSums, readTrials } from "../../tracking/index.js";
import { type AnalysisInput, type MeasuredLook, measuring } from "../analysis/frame.js";
import { unitVarianceOf } from "../analysis/strata.js";
import type { Experiment } from "../experiment.js";
import { inTurns } from "./in-turns.js";
import { fixPlannedVariances, readPlannedVariances } from "./results.store.js";

/** For an experiment that was started. */
export async function readLook(
  database: Database,
  experiment: Experiment,
  now: Date,
): Promise<AnalysisInput> {
  const { id, project } = experiment;
  const sums = await readSums(database, id); // before the epochs, so that none of theirs is missing
  const trials = await readTrials(database, experiment, [id]);
  const keys = experiment.metrics.map(({ metric }) => metric);
  const metrics = await findMetricsByKeys(database, project, keys);
  const plannedVariances = await readPlannedVariances(database, experiment);
  return { experiment, now, metrics, epochs: trials.get(id)?.epochs ?? [], sums, plannedVariances };
}

/**
 * Measures a look, and fixes the variances that the intervals are tuned for, each at the first look at which something can be decided by its metric;
 * from then on no outcome changes them. It is measured with those that are fixed now.
 */
export async function measureLook(
  tools: { readonly database: Database },
  look: AnalysisInput,
): Promise<MeasuredLook> {
  const seen = await inTurns(measuring(look));
  const variances = variancesToFix(seen);
  if (variances.size === 0) return seen;
  const { experiment } = look;
  const plannedVariances = await note(tools, async (tx) => {
    await fixPlannedVariances(tx, experiment, variances);
    return readPlannedVariances(tx, experiment);
  });
  return inTurns(measuring({ ...look, plannedVariances }));
}

/** By metric, of those that have none and 30 outcomes in the control and in a treatment. */
function variancesToFix({ look, measured }: MeasuredLook): ReadonlyMap<string, number> {
  const found = measured.flatMap(({ metric, pairs }) => {
    if (look.plannedVariances.has(metric.key)) return [];
    if (!pairs.some(({ compared }) => compared.decision.ready)) return [];
    const variance = unitVarianceOf(pairs.flatMap(({ strata }) => strata.epochs));
    return variance > 0 && variance < Infinity ? [[metric.key, variance] as const] : [];
  });
  return new Map(found);
}
