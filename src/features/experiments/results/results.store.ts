/** Statements on what results need of experiments: the variances that they are tuned for, and whether they changed. */
import { and, eq, inArray, isNotNull, isNull, type SQL } from "drizzle-orm";
import type { Database, Transaction } from "../../../platform/database/index.js";
import type { ExperimentName } from "../experiment.js";
import { experimentMetrics, experiments } from "../experiment.table.js";

/** By id; none of those that are no more. */
export async function readExperimentVersions(
  database: Database,
  ids: readonly string[],
): Promise<ReadonlyMap<string, number>> {
  const { id, version } = experiments;
  const rows = await database
    .select({ id, version })
    .from(experiments)
    .where(inArray(id, [...ids]));
  return new Map(rows.map((row) => [row.id, row.version]));
}

/** By key of the metric: the variance of one unit that intervals are tuned for. None for metrics of which too little was seen. */
export async function readPlannedVariances(
  database: Database,
  name: ExperimentName,
): Promise<ReadonlyMap<string, number>> {
  const { metric, plannedVariance } = experimentMetrics;
  const rows = await database
    .select({ metric, plannedVariance })
    .from(experimentMetrics)
    .where(and(of(name), isNotNull(plannedVariance)));
  return new Map(rows.map((row) => [row.metric, row.plannedVariance ?? 0]));
}

/** Where one was fixed before, that one stays. */
export async function fixPlannedVariances(
  tx: Transaction,
  name: ExperimentName,
  variances: ReadonlyMap<string, number>,
): Promise<void> {
  for (const [metric, plannedVariance] of variances) {
    await tx
      .update(experimentMetrics)
      .set({ plannedVariance })
      .where(and(of(name), eq(experimentMetrics.metric, metric), isNull(experimentMetrics.plannedVariance)));
  }
}

function of({ project, key }: ExperimentName): SQL | undefined {
  return and(eq(experimentMetrics.project, project), eq(experimentMetrics.experiment, key));
}
