/** Statements that look at the hours of flags for what is out of the ordinary, and keep what was found. */
import { and, count, eq, gte, inArray, lt, type SQL, sql } from "drizzle-orm";
import { type Database, rowsOf, type Transaction } from "../../platform/database/index.js";
import type { PageRequest } from "../../platform/graphql/page.js";
import { flagRows } from "../flags/index.js";
import { anomalies, evaluationHours as hours } from "./analytics.table.js";
import {
  type Anomaly,
  firstHourNeeded,
  hoursLookedAt,
  hoursPerWeek,
  type SpotHistory,
  weeksLookedAt,
} from "./anomaly.js";
import { hourMs } from "./counts.js";
import type { Where } from "./where.js";

/** Key of the advisory lock under which one instance at a time looks for anomalies. */
const anomalyLock = 0x4841_4c5e;

/** Takes the lock until the transaction ends; false: another instance has it. */
export async function isOnlyLooker(tx: Transaction): Promise<boolean> {
  const result = await tx.execute(sql`select pg_try_advisory_xact_lock(${anomalyLock}) as taken`);
  return rowsOf(result)[0]?.["taken"] === true;
}

/** What there is to judge the hour by, of each flag and environment with enough of a past; epoch milliseconds. Archived flags are left out. */
export async function readHistories(database: Database, hour: number): Promise<SpotHistory[]> {
  const ago = sql`((${hour}::int8 - (extract(epoch from ${hours.hour}) * 1000)::int8) / ${hourMs}::int8)::int4`;
  const result = await database.execute(sql`
    select spot.project, spot.environment, spot.flag, spot.counts from (
      select project, environment, flag, json_agg(json_build_array(ago, count)) as counts from (
        select ${hours.project}, ${hours.environment}, ${hours.flag}, ${ago} as ago, sum(${hours.count})::int8 as count
        from ${hours} where ${isLookedAt(hour)} group by 1, 2, 3, 4
      ) as hourly group by project, environment, flag
    ) as spot
    join ${flagRows} as flag on flag.project = spot.project and flag.key = spot.flag and not flag.archived
    where exists (
      select from ${hours} where ${hours.project} = spot.project and ${hours.environment} = spot.environment
        and ${hours.flag} = spot.flag and ${hours.hour} <= ${iso(firstHourNeeded(hour))}::timestamptz
    )`);
  return rowsOf(result).map((row) => ({
    ...{ project: String(row["project"]), environment: String(row["environment"]) },
    ...{
      flag: String(row["flag"]),
      counts: new Map(JSON.parse(String(row["counts"])) as [number, number][]),
    },
  }));
}

/** The hour and the one before it, and some hours of each of the weeks before. */
function isLookedAt(hour: number): SQL {
  const last = (hoursAgo: number, many: number): SQL => {
    const [from, to] = [hour - (hoursAgo + many - 1) * hourMs, hour - hoursAgo * hourMs].map(iso);
    return sql`${hours.hour} between ${from}::timestamptz and ${to}::timestamptz`;
  };
  const weeks = Array.from({ length: weeksLookedAt }, (_none, index) =>
    last((index + 1) * hoursPerWeek, hoursLookedAt),
  );
  return sql`(${sql.join([last(0, 2), ...weeks], sql` or `)})`;
}

/** Adds them, and gives those that are news: a flag that goes on as it was told of less than a day ago is not told of again. */
export async function addAnomalies(tx: Transaction, found: readonly Anomaly[]): Promise<Anomaly[]> {
  const list = JSON.stringify(found);
  const result = await tx.execute(sql`
    insert into ${anomalies} as kept (project, environment, flag, hour, direction, expected, observed, p_value)
    select project, environment, flag, hour, direction, expected, observed, "pValue"
    from json_to_recordset(${list}::text::json) as given(project text, environment text, flag text, hour timestamptz, direction text,
      expected float8, observed int8, "pValue" float8)
    where not exists (
      select from ${anomalies} as told where told.project = given.project and told.environment = given.environment
        and told.flag = given.flag and told.direction = given.direction
        and told.hour > given.hour - interval '24 hours' and told.hour <= given.hour
    )
    on conflict do nothing
    returning kept.project, kept.environment, kept.flag`);
  const news = new Set(rowsOf(result).map(nameOf));
  return found.filter((anomaly) => news.has(nameOf(anomaly)));
}

/** Keys have no slash. */
function nameOf(spot: object): string {
  const { project, environment, flag } = spot as Record<string, unknown>;
  return `${String(project)}/${String(environment)}/${String(flag)}`;
}

export async function deleteAnomalies(tx: Transaction, before: Date): Promise<void> {
  await tx.delete(anomalies).where(lt(anomalies.hour, before));
}

/** The latest first, then by environment and flag; the hour is in epoch seconds, below 0. */
const order = sql`-extract(epoch from ${anomalies.hour}), ${anomalies.environment} collate "C", ${anomalies.flag} collate "C"`;

/** From then on, in their order; one more than the page has, if there is one. */
export async function listAnomalies(
  database: Database,
  where: Where,
  from: Date,
  { cursor, limit }: PageRequest,
): Promise<Anomaly[]> {
  const [before = 0, environment = "", flag = ""] = cursor ?? [];
  const beyond = sql`(${order}) > (${Number(before)}::float8, ${String(environment)}::text, ${String(flag)}::text)`;
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

function iso(instant: number): string {
  return new Date(instant).toISOString();
}
