/** Statements on metrics, and on what has been measured by them. */
import { and, asc, desc, eq, gt, inArray, isNull, lt, or, type SQL, sql } from "drizzle-orm";
import type { Database, Transaction } from "../../platform/database/index.js";
import type { PageRequest } from "../../platform/graphql/page.js";
import type { Metric, MetricName, MetricSettings } from "./metric.js";
import { metricEvents, metrics } from "./metric.table.js";
import { trialMetrics, trials } from "./trial.table.js";

export async function readMetric(database: Database, name: MetricName): Promise<Metric | null> {
  const [metric] = await database.select().from(metrics).where(named(name));
  return metric ?? null;
}

/** Those that exist, archived ones too, in the order of their keys. */
export async function findMetricsByKeys(
  database: Database,
  project: string,
  keys: readonly string[],
): Promise<Metric[]> {
  if (keys.length === 0) return [];
  return database.select().from(metrics).where(among(project, keys)).orderBy(asc(metrics.key));
}

/** As `findMetricsByKeys`, locked until the transaction ends, in the order of their keys, so that nobody waits in a circle. */
export async function lockMetrics(
  tx: Transaction,
  project: string,
  keys: readonly string[],
): Promise<Metric[]> {
  if (keys.length === 0) return [];
  return tx.select().from(metrics).where(among(project, keys)).orderBy(asc(metrics.key)).for("update");
}

export interface MetricCriteria {
  readonly project: string;
  /** Looked for in key, name and description. */
  readonly search: string | null;
  /** Undefined: both. */
  readonly archived: boolean | undefined;
}

/** One more than asked for, in the direction of the request. */
export async function pageMetrics(
  database: Database,
  criteria: MetricCriteria,
  { cursor, forward, limit }: PageRequest,
): Promise<Metric[]> {
  const start = cursor === null ? undefined : String(cursor[0]);
  const beyond = start === undefined ? undefined : (forward ? gt : lt)(metrics.key, start);
  return database
    .select()
    .from(metrics)
    .where(and(matching(criteria), beyond))
    .orderBy((forward ? asc : desc)(metrics.key))
    .limit(limit + 1);
}

export async function countMetrics(database: Database, criteria: MetricCriteria): Promise<number> {
  return database.$count(metrics, matching(criteria));
}

function matching({ project, search, archived }: MetricCriteria): SQL | undefined {
  const found =
    search === null
      ? undefined
      : or(
          ...[metrics.key, metrics.name, metrics.description].map(
            (column) => sql`strpos(lower(${column}), lower(${search})) > 0`,
          ),
        );
  return and(
    eq(metrics.project, project),
    archived === undefined ? undefined : eq(metrics.archived, archived),
    found,
  );
}

/** Fails with a unique violation when the key is taken, in whatever case. */
export async function insertMetric(tx: Transaction, metric: MetricName & MetricSettings): Promise<Metric> {
  const [inserted] = await tx.insert(metrics).values(metric).returning();
  if (inserted === undefined) throw new Error("An insert returned no row.");
  return inserted;
}

/** Writes what differs and raises the version. The caller holds the lock. */
export async function saveMetric(
  tx: Transaction,
  name: MetricName,
  changes: Partial<MetricSettings & Pick<Metric, "archived">>,
): Promise<Metric> {
  const [saved] = await tx
    .update(metrics)
    .set({ ...changes, version: sql`${metrics.version} + 1`, updatedAt: sql`now()` })
    .where(named(name))
    .returning();
  if (saved === undefined) throw new Error("A locked row was not there to update.");
  return saved;
}

/** The ratios, archived ones left out, that a metric is part of, by key. */
export async function ratiosWith(
  database: Database,
  { project, key }: MetricName,
): Promise<{ readonly key: string }[]> {
  return database
    .select({ key: metrics.key })
    .from(metrics)
    .where(
      and(
        eq(metrics.project, project),
        eq(metrics.archived, false),
        or(eq(metrics.numerator, key), eq(metrics.denominator, key)),
      ),
    )
    .orderBy(asc(metrics.key));
}

/** Whether any event of the metric is kept. */
export async function isTracked(database: Database, { project, key }: MetricName): Promise<boolean> {
  const rows = await database
    .select({ one: sql`1` })
    .from(metricEvents)
    .where(and(eq(metricEvents.project, project), eq(metricEvents.metric, key)))
    .limit(1);
  return rows.length > 0;
}

/** Where something is split and measured. */
export interface MeasuringPlace {
  readonly flag: string;
  readonly environment: string;
}

/** Where trials measure the metric, or a ratio that it is part of; `running`: those alone that have not ended. */
export async function placesMeasuring(
  database: Database,
  { id, project, key }: Pick<Metric, "id" | "project" | "key">,
  running: boolean,
): Promise<MeasuringPlace[]> {
  return database
    .selectDistinct({ flag: trials.flag, environment: trials.environment })
    .from(trialMetrics)
    .innerJoin(trials, eq(trials.id, trialMetrics.trial))
    .where(
      and(
        or(eq(trialMetrics.metric, id), and(eq(trials.project, project), eq(trialMetrics.source, key))),
        running ? isNull(trials.endedAt) : undefined,
      ),
    )
    .orderBy(asc(trials.flag), asc(trials.environment));
}

function named({ project, key }: MetricName): SQL | undefined {
  return and(eq(metrics.project, project), eq(metrics.key, key));
}

function among(project: string, keys: readonly string[]): SQL | undefined {
  return and(eq(metrics.project, project), inArray(metrics.key, [...keys]));
}
