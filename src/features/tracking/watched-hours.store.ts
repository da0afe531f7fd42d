/** Statements on what metrics were like by the hour: counted once an hour is over, and read to judge one. Moments are epoch milliseconds. */
import { eq, lt, type SQL, sql } from "drizzle-orm";
import { type Database, rowsOf, type Transaction } from "../../platform/database/index.js";
import { type CountHistory, readHistories } from "../analytics/index.js";
import { metricEvents, metrics } from "./metric.table.js";
import { dayAt } from "./partition.js";
import { type RateHistory, rateHoursNeeded } from "./rate-anomaly.js";
import { exposures, trialMetrics, trials } from "./trial.table.js";
import type { WatchedKind } from "./watched-hours.js";
import { metricHours, rateHours, watchMarks } from "./watched-hours.table.js";

/** Key of the advisory lock under which one instance at a time watches over metrics. */
const watchLock = 0x4841_4c60;

const hourMs = 3_600_000;
const dayMs = 24 * hourMs;

/** Takes the lock until the transaction ends; false: another instance has it. */
export async function isOnlyWatcher(tx: Transaction): Promise<boolean> {
  const result = await tx.execute(sql`select pg_try_advisory_xact_lock(${watchLock}) as taken`);
  return rowsOf(result)[0]?.["taken"] === true;
}

/** The beginning of the last hour that is counted; null: none ever was. */
export async function readMark(tx: Transaction, what: WatchedKind): Promise<number | null> {
  const [row] = await tx.select({ hour: watchMarks.hour }).from(watchMarks).where(eq(watchMarks.what, what));
  return row?.hour.getTime() ?? null;
}

export async function writeMark(tx: Transaction, what: WatchedKind, counted: number): Promise<void> {
  const hour = new Date(counted);
  const row = tx.insert(watchMarks).values({ what, hour });
  await row.onConflictDoUpdate({ target: watchMarks.what, set: { hour } });
}

/**
 * Counts the events that came in within the hour, of each metric that there is. What is told more than a day late is left out: it says nothing of the hour in
 * which it comes.
 */
export async function countEvents(tx: Transaction, hour: number): Promise<void> {
  const days = sql`one.day between ${dayAt(hour - dayMs)}::date and ${dayAt(hour + 2 * dayMs)}::date`;
  await tx.execute(sql`
    insert into ${metricHours} (project, environment, metric, hour, count)
    select m.project, counted.environment, m.key, ${stamp(hour)}, counted.count
    from ${metrics} as m cross join lateral (
      select one.environment, count(*) as count from ${metricEvents} as one
      where one.project = m.project and one.metric = m.key and ${days}
        and one.received_at >= ${stamp(hour)} and one.received_at < ${stamp(hour + hourMs)}
        and one.at >= one.received_at - interval '1 day'
      group by one.environment
    ) as counted
    on conflict do nothing`);
}

/**
 * Counts the units that running trials exposed first within the hour, and those with an event within an hour of it, by the metrics that the trials measure.
 * A planner that does not know yet how much there is would read all units of a trial, and all events; so the hour's units come first, and each of them
 * is looked up by itself (`offset 0`).
 */
export async function countRates(tx: Transaction, hour: number): Promise<void> {
  const days = sql`e.day between ${dayAt(hour)}::date and ${dayAt(hour + 2 * hourMs)}::date`;
  await tx.execute(sql`
    with recent as materialized (
      select trial, unit, first_at from ${exposures} where first_at >= ${stamp(hour)} and first_at < ${stamp(hour + hourMs)}
    ),
    exposed as materialized (
      select x.trial, x.unit, x.first_at, t.project, t.environment
      from recent as x join ${trials} as t on t.id = x.trial and t.ended_at is null
    ),
    doers as (
      select x.trial, done.metric, count(*) as units from exposed as x cross join lateral (
        select distinct e.metric from ${metricEvents} as e
        where e.project = x.project and e.environment = x.environment and e.unit = x.unit and ${days}
          and e.at >= x.first_at and e.at < x.first_at + interval '1 hour' offset 0
      ) as done group by x.trial, done.metric
    )
    insert into ${rateHours} (trial, metric, hour, units, did)
    select total.trial, m.source, ${stamp(hour)}, total.units, coalesce(d.units, 0)
    from (select trial, count(*) as units from exposed group by trial) as total
      join (select distinct trial, source from ${trialMetrics}) as m on m.trial = total.trial
      left join doers as d on d.trial = total.trial and d.metric = m.source
    on conflict do nothing`);
}

/** What there is to judge the hour by, of each metric and environment with enough of a past. Archived metrics are left out. */
export async function readMetricHistories(database: Database, hour: number): Promise<CountHistory[]> {
  const counts = sql`(select project, environment, metric as name, hour, count from ${metricHours})`;
  const judged = sql`(select project, key as name from ${metrics} where not archived)`;
  const found = await readHistories(database, hour, { counts, judged });
  return found.map(({ name, ...history }) => ({ ...history, flag: null, metric: name }));
}

/** What there is to judge the hour by, of the trials that run. Archived metrics are left out. */
export async function readRateHistories(database: Database, hour: number): Promise<RateHistory[]> {
  const earliest = stamp(hour - (rateHoursNeeded - 1) * hourMs);
  const ago = sql`((${hour}::int8 - (extract(epoch from r.hour) * 1000)::int8) / ${hourMs}::int8)::int4`;
  const result = await database.execute(sql`
    select project, environment, flag, metric, json_agg(json_build_array(age, units, did)) as hours from (
      select t.project, t.environment, t.flag, r.metric, ${ago} as age, sum(r.units)::int8 as units, sum(r.did)::int8 as did
      from ${rateHours} as r join ${trials} as t on t.id = r.trial and t.ended_at is null
        join ${metrics} as m on m.project = t.project and m.key = r.metric and not m.archived
      where r.hour between ${earliest} and ${stamp(hour)} group by 1, 2, 3, 4, 5
    ) as hourly group by project, environment, flag, metric`);
  return rowsOf(result).map((row) => {
    const hours = JSON.parse(String(row["hours"])) as [age: number, units: number, did: number][];
    return {
      ...{ project: String(row["project"]), environment: String(row["environment"]) },
      ...{ flag: String(row["flag"]), metric: String(row["metric"]) },
      hours: new Map(hours.map(([age, units, did]) => [age, { units, did }])),
    };
  });
}

export async function deleteWatchedHours(tx: Transaction, before: Date): Promise<void> {
  for (const table of [metricHours, rateHours]) await tx.delete(table).where(lt(table.hour, before));
}

function stamp(moment: number): SQL {
  return sql`${new Date(moment).toISOString()}::timestamptz`;
}
