/** Statements on what was out of the ordinary: what flags are judged by, and what was found. */
import { and, count, eq, gte, inArray, lt, type SQL, sql } from "drizzle-orm";
import { type Database, rowsOf, type Transaction } from "../../platform/database/index.js";
import type { PageRequest } from "../../platform/graphql/page.js";
import { flagRows } from "../flags/index.js";
import { addHappenings, type NewHappening } from "../happenings/index.js";
import { anomalies, evaluationHours as hours } from "./analytics.table.js";
import {
  type Anomaly,
  describeAnomaly,
  headlineOf,
  type CountHistory,
  type StoredAnomaly,
} from "./anomaly.js";
import { readHistories } from "./history.store.js";
import type { Where } from "./where.js";

/** Key of the advisory lock under which one instance at a time looks for anomalies. */
const anomalyLock = 0x4841_4c5e;

/** Takes the lock until the transaction ends; false: another instance has it. */
export async function isOnlyLooker(tx: Transaction): Promise<boolean> {
  const result = await tx.execute(sql`select pg_try_advisory_xact_lock(${anomalyLock}) as taken`);
  return rowsOf(result)[0]?.["taken"] === true;
}

/** What there is to judge the hour by, of each flag and environment with enough of a past; epoch milliseconds. Archived flags are left out. */
export async function readFlagHistories(database: Database, hour: number): Promise<CountHistory[]> {
  const counts = sql`(select ${hours.project}, ${hours.environment}, ${hours.flag} as name, ${hours.hour}, ${hours.count} from ${hours})`;
  const judged = sql`(select project, key as name from ${flagRows} as flag where not archived)`;
  const found = await readHistories(database, hour, { counts, judged });
  return found.map(({ name, ...history }) => ({ ...history, flag: name, metric: null }));
}

/** Adds them, and gives those that are news, which are passed on: what goes on as it was told of less than a day ago is not told of again. */
export async function addAnomalies(tx: Transaction, found: readonly Anomaly[]): Promise<Anomaly[]> {
  if (found.length === 0) return [];
  const list = JSON.stringify(found);
  const result = await tx.execute(sql`
    insert into ${anomalies} as kept (project, environment, flag, metric, hour, direction, expected, observed, p_value)
    select project, environment, flag, metric, hour, direction, expected, observed, "pValue"
    from json_to_recordset(${list}::text::json) as given(project text, environment text, flag text, metric text, hour timestamptz,
      direction text, expected float8, observed float8, "pValue" float8)
    where not exists (
      select from ${anomalies} as told where told.project = given.project and told.environment = given.environment
        and told.flag is not distinct from given.flag and told.metric is not distinct from given.metric
        and told.direction = given.direction
        and told.hour > given.hour - interval '24 hours' and told.hour <= given.hour
    )
    on conflict do nothing
    returning kept.id, kept.project, kept.environment, kept.flag, kept.metric`);
  const ids = new Map(rowsOf(result).map((row) => [nameOf(row), String(row["id"])]));
  const news = found.flatMap((anomaly) => {
    const id = ids.get(nameOf(anomaly));
    return id === undefined ? [] : [{ ...anomaly, id }];
  });
  await addHappenings(tx, news.map(happeningOf));
  return news.map(({ id: _id, ...anomaly }) => anomaly);
}

function happeningOf({ id, ...anomaly }: StoredAnomaly): NewHappening {
  const { project, environment, hour, flag, metric, direction } = anomaly;
  return {
    ...{ at: hour, project, environment },
    details: { kind: "ANOMALY", anomaly: id, flag, metric, direction },
    summary: `${headlineOf(anomaly)} ${describeAnomaly(anomaly)}`,
  };
}

/** Keys have no slash. */
function nameOf(watched: object): string {
  const { project, environment, flag, metric } = watched as Record<string, unknown>;
  return [project, environment, flag ?? "", metric ?? ""].map(String).join("/");
}

export async function deleteAnomalies(tx: Transaction, before: Date): Promise<void> {
  await tx.delete(anomalies).where(lt(anomalies.hour, before));
}

/** The latest first, then by environment, flag and metric; the hour is in epoch seconds, below 0. */
const order = sql`-extract(epoch from ${anomalies.hour}), ${anomalies.environment} collate "C", coalesce(${anomalies.flag}, '') collate "C", coalesce(${anomalies.metric}, '') collate "C"`;

/** From then on, in their order; one more than the page has, if there is one. */
export async function listAnomalies(
  database: Database,
  where: Where,
  from: Date,
  { cursor, limit }: PageRequest,
): Promise<StoredAnomaly[]> {
  const [before = 0, environment = "", flag = "", metric = ""] = cursor ?? [];
  const beyond = sql`(${order}) > (${Number(before)}::float8, ${String(environment)}::text, ${String(flag)}::text, ${String(metric)}::text)`;
  return database
    .select()
    .from(anomalies)
    .where(and(fits(where, from), cursor === null ? undefined : beyond))
    .orderBy(order)
    .limit(limit + 1);
}

export async function countAnomalies(database: Database, where: Where, from: Date): Promise<number> {
  const [row] = await database.select({ total: count() }).from(anomalies).where(fits(where, from));
  return row?.total ?? 0;
}

function fits({ project, environments }: Where, from: Date): SQL | undefined {
  return and(
    ...[eq(anomalies.project, project), inArray(anomalies.environment, [...environments])],
    gte(anomalies.hour, from),
  );
}
