/** Statements on experiments with their metrics. Whoever writes holds the project's lock. */
import { and, asc, desc, eq, gt, inArray, lt, ne, or, type SQL, sql } from "drizzle-orm";
import { type Database, rowsOf, type Transaction } from "../../platform/database/index.js";
import type { PageRequest } from "../../platform/graphql/page.js";
import {
  type Experiment,
  type ExperimentMetric,
  type ExperimentName,
  type ExperimentSettings,
  type ExperimentStatus,
  underWay,
} from "./experiment.js";
import { experimentMetrics, experiments } from "./experiment.table.js";

/** What becomes of an experiment. */
type Course = Pick<
  Experiment,
  "status" | "condition" | "traffic" | "epoch" | "startedAt" | "resumedAt" | "stoppedAt" | "conclusion"
>;

type Changes = Partial<ExperimentSettings & Course>;
type ExperimentRow = typeof experiments.$inferSelect;

/**
 * Lets changes of a project's experiments, layers and holdouts take turns until the transaction ends, so that what one looks at stays as it is. Taken
 * before every other lock.
 */
export async function lockExperiments(tx: Transaction, project: string): Promise<void> {
  await tx.execute(sql`select pg_advisory_xact_lock(hashtextextended(${`experiments ${project}`}, 0))`);
}

/** Whether this transaction is the one that does what is due; false: another does. Until it ends. */
export async function isTheOneToAct(tx: Transaction): Promise<boolean> {
  const result = await tx.execute(
    sql`select pg_try_advisory_xact_lock(hashtextextended('due experiments', 0)) as taken`,
  );
  return rowsOf(result)[0]?.["taken"] === true;
}

export async function readExperiment(database: Database, name: ExperimentName): Promise<Experiment | null> {
  const [experiment] = await readWhere(database, named(name));
  return experiment ?? null;
}

/** All of these flags, in all environments, the newest first. */
export async function listExperimentsOfFlags(
  database: Database,
  project: string,
  flags: readonly string[],
): Promise<Experiment[]> {
  if (flags.length === 0) return [];
  return readWhere(database, and(eq(experiments.project, project), inArray(experiments.flag, [...flags])), [
    desc(experiments.createdAt),
    desc(experiments.key),
  ]);
}

/** Those of an environment that are under way and others than `own`. */
export async function listOthersUnderWay(
  database: Database,
  { project, environment, key }: Pick<Experiment, "project" | "environment" | "key">,
): Promise<Experiment[]> {
  return readWhere(
    database,
    and(
      eq(experiments.project, project),
      eq(experiments.environment, environment),
      ne(experiments.key, key),
      inArray(experiments.status, [...underWay]),
    ),
  );
}

/** Those that name one of the layers, in whatever status. */
export async function listOfLayers(
  database: Database,
  project: string,
  layers: readonly string[],
): Promise<Experiment[]> {
  if (layers.length === 0) return [];
  return readWhere(database, and(eq(experiments.project, project), inArray(experiments.layer, [...layers])));
}

/** Of all projects. */
export async function listByStatus(
  database: Database,
  statuses: readonly ExperimentStatus[],
): Promise<Experiment[]> {
  return readWhere(database, inArray(experiments.status, [...statuses]), [
    asc(experiments.project),
    asc(experiments.key),
  ]);
}

export interface ExperimentCriteria {
  readonly project: string;
  readonly environment: string | null;
  readonly flag: string | null;
  readonly status: ExperimentStatus | null;
  /** Looked for in key, name and hypothesis. */
  readonly search: string | null;
}

/** One more than asked for, in the direction of the request. */
export async function pageExperiments(
  database: Database,
  criteria: ExperimentCriteria,
  { cursor, forward, limit }: PageRequest,
): Promise<Experiment[]> {
  const start = cursor === null ? undefined : String(cursor[0]);
  const beyond = start === undefined ? undefined : (forward ? gt : lt)(experiments.key, start);
  const order = (forward ? asc : desc)(experiments.key);
  return readWhere(database, and(matching(criteria), beyond), [order], limit + 1);
}

export async function countExperiments(database: Database, criteria: ExperimentCriteria): Promise<number> {
  return database.$count(experiments, matching(criteria));
}

function matching({ project, environment, flag, status, search }: ExperimentCriteria): SQL | undefined {
  const texts = [experiments.key, experiments.name, experiments.hypothesis];
  const found = texts.map((column) => sql`strpos(lower(${column}), lower(${search ?? ""})) > 0`);
  return and(
    eq(experiments.project, project),
    environment === null ? undefined : eq(experiments.environment, environment),
    flag === null ? undefined : eq(experiments.flag, flag),
    status === null ? undefined : eq(experiments.status, status),
    search === null ? undefined : or(...found),
  );
}

/** Fails with a unique violation when the key is taken, in whatever case. */
export async function insertExperiment(
  tx: Transaction,
  experiment: ExperimentName & Pick<Experiment, "environment" | "flag"> & ExperimentSettings,
): Promise<Experiment> {
  const [row] = await tx.insert(experiments).values(columnsOf(experiment)).returning();
  if (row === undefined) throw new Error("An insert returned no row.");
  await saveMetrics(tx, experiment, experiment.metrics);
  return toExperiment(row, experiment.metrics);
}

/** Writes what is given and raises the version. */
export async function saveExperiment(
  tx: Transaction,
  experiment: Experiment,
  changes: Changes,
): Promise<Experiment> {
  const [row] = await tx
    .update(experiments)
    .set({ ...columnsOf(changes), version: sql`${experiments.version} + 1`, updatedAt: sql`now()` })
    .where(named(experiment))
    .returning();
  if (row === undefined) throw new Error("A locked row was not there to update.");
  if (changes.metrics !== undefined) await saveMetrics(tx, experiment, changes.metrics);
  return toExperiment(row, changes.metrics ?? experiment.metrics);
}

/** With its metrics. */
export async function removeExperiment(tx: Transaction, name: ExperimentName): Promise<void> {
  await tx.delete(experiments).where(named(name));
}

async function saveMetrics(
  tx: Transaction,
  { project, key }: ExperimentName,
  metrics: readonly ExperimentMetric[],
): Promise<void> {
  const own = and(eq(experimentMetrics.project, project), eq(experimentMetrics.experiment, key));
  const kept = metrics.map(({ metric }) => metric);
  await tx
    .delete(experimentMetrics)
    .where(and(own, sql`${experimentMetrics.metric} <> all(${listOf(kept)})`));
  if (metrics.length === 0) return;
  await tx
    .insert(experimentMetrics)
    .values(metrics.map((metric, position) => ({ project, experiment: key, ...metric, position })))
    .onConflictDoUpdate({
      target: [experimentMetrics.project, experimentMetrics.experiment, experimentMetrics.metric],
      set: { role: sql`excluded.role`, margin: sql`excluded.margin`, position: sql`excluded.position` },
    });
}

function listOf(texts: readonly string[]): SQL {
  return sql`array(select jsonb_array_elements_text(${JSON.stringify(texts)}::text::jsonb))`;
}

async function readWhere(
  database: Database,
  condition: SQL | undefined,
  order: readonly SQL[] = [asc(experiments.key)],
  limit?: number,
): Promise<Experiment[]> {
  const query = database
    .select()
    .from(experiments)
    .where(condition)
    .orderBy(...order);
  const rows = await (limit === undefined ? query : query.limit(limit));
  return withMetrics(database, rows);
}

async function withMetrics(database: Database, rows: readonly ExperimentRow[]): Promise<Experiment[]> {
  if (rows.length === 0) return [];
  const found = await database
    .select()
    .from(experimentMetrics)
    .where(
      and(
        inArray(experimentMetrics.project, [...new Set(rows.map(({ project }) => project))]),
        inArray(experimentMetrics.experiment, [...new Set(rows.map(({ key }) => key))]),
      ),
    )
    .orderBy(asc(experimentMetrics.position));
  return rows.map((row) =>
    toExperiment(
      row,
      found
        .filter(({ project, experiment }) => project === row.project && experiment === row.key)
        .map(({ metric, role, margin }) => ({ metric, role, margin })),
    ),
  );
}

function toExperiment(row: ExperimentRow, metrics: readonly ExperimentMetric[]): Experiment {
  const { layer, layerLow, layerHigh, ...members } = row;
  const share =
    layer === null || layerLow === null || layerHigh === null
      ? null
      : { layer, low: layerLow, high: layerHigh };
  return { ...members, layer: share, metrics };
}

/** Members as columns; the metrics have a table of their own. */
function columnsOf<Members extends Changes>(given: Members) {
  const { layer, metrics: _metrics, slices, ...members } = given;
  return {
    ...members,
    ...(slices === undefined ? {} : { slices: [...slices] }),
    ...(layer === undefined
      ? {}
      : { layer: layer?.layer ?? null, layerLow: layer?.low ?? null, layerHigh: layer?.high ?? null }),
  };
}

function named({ project, key }: ExperimentName): SQL | undefined {
  return and(eq(experiments.project, project), eq(experiments.key, key));
}
