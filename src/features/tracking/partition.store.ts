/** Statements on the parts of the table of events, and on events that nothing is measured by. */
import { sql } from "drizzle-orm";
import { type Database, rowsOf, type Transaction } from "../../platform/database/index.js";
import { metricEvents, metrics } from "./metric.table.js";
import { dayAfter, dayOfPartition, partitionOf } from "./partition.js";

/** Key of the advisory lock under which they are made and dropped. */
const partitionLock = 0x4841_4c5d;

/** Until the transaction ends nobody else makes or drops any, and none of its statements waits for long. */
export async function lockPartitions(tx: Transaction): Promise<void> {
  await tx.execute(sql`set local lock_timeout = '3s'`);
  await tx.execute(sql`select pg_advisory_xact_lock(${partitionLock})`);
}

/** Epoch milliseconds. */
export async function readDatabaseTime(database: Database): Promise<number> {
  const read = await database.execute(
    sql`select (extract(epoch from clock_timestamp()) * 1000)::float8 as now`,
  );
  return Number(rowsOf(read)[0]?.["now"]);
}

/** The days that there are, in their order. */
export async function listDays(database: Database): Promise<readonly string[]> {
  const found = await database.execute(
    sql`select c.relname as name from pg_inherits i join pg_class c on c.oid = i.inhrelid
      where i.inhparent = ${"metric_events"}::regclass order by c.relname`,
  );
  return rowsOf(found)
    .map((row) => dayOfPartition(String(row["name"])))
    .filter((day) => day !== null);
}

/**
 * `day` is of the house's own making; a statement of this kind takes no parameters. Attached and not made in its place, it neither keeps events
 * waiting nor holds them while it waits for who changes environments, which could be whoever deletes one with its events.
 */
export async function makeDay(tx: Transaction, day: string): Promise<void> {
  const name = sql.identifier(partitionOf(day));
  const bounds = sql.raw(`from ('${day}') to ('${dayAfter(day)}')`);
  await tx.execute(sql`create table ${name} (like ${metricEvents} including defaults)`);
  await tx.execute(sql`alter table ${metricEvents} attach partition ${name} for values ${bounds}`);
}

/** With all events of the day. What they came to is in the sums. */
export async function dropDay(tx: Transaction, day: string): Promise<void> {
  await tx.execute(sql`drop table ${sql.identifier(partitionOf(day))}`);
}

/**
 * Deletes events from before `received` whose metric does not exist; gives how many. `firstDay`: no event of an earlier day can be among them.
 * Rows that somebody holds are passed over, until the next time: whoever deletes an environment is not to wait in a circle.
 */
export async function deleteUnknownEvents(
  tx: Transaction,
  received: Date,
  firstDay: string,
): Promise<number> {
  const recent = sql`day >= ${firstDay}::date`;
  const deleted = await tx.execute(sql`
    with recursive names as (
      (select project, metric from ${metricEvents} where ${recent} order by project, metric limit 1)
      union all
      select next.project, next.metric from names, lateral (
        select e.project, e.metric from ${metricEvents} as e
        where ${recent} and (e.project, e.metric) > (names.project, names.metric) order by e.project, e.metric limit 1
      ) as next
    ),
    unknown as (
      select project, metric from names
      where not exists (select from ${metrics} as m where m.project = names.project and m.key = names.metric)
    ),
    old as materialized (
      select e.day, e.project, e.environment, e.event_id from ${metricEvents} as e join unknown as u using (project, metric)
      where ${recent} and e.received_at < ${received.toISOString()}::timestamptz
      for update of e skip locked
    ),
    gone as (
      delete from ${metricEvents} as e using old
      where (e.day, e.project, e.environment, e.event_id) = (old.day, old.project, old.environment, old.event_id)
      returning 1
    )
    select count(*) as total from gone`);
  return Number(rowsOf(deleted)[0]?.["total"]);
}
