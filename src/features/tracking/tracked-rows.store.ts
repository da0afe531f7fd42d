/** What statements of later rooms may read of events and exposures: subqueries, to stand after `from`, and about how much they give. */
import { sql } from "drizzle-orm";
import { type Database, rowsOf } from "../../platform/database/index.js";
import { metricEvents as events } from "./metric.table.js";
import { exposures, trials } from "./trial.table.js";

/** Columns: day, project, environment, unit, metric, at, value. */
export const metricEventRows = sql`(select ${events.day}, ${events.project}, ${events.environment}, ${events.unit}, ${events.metric}, ${events.at}, ${events.value} from ${events})`;

/** Columns: project, environment, unit, first_at. A unit comes once for each trial that it is in. */
export const exposureRows = sql`(select ${trials.project}, ${trials.environment}, ${exposures.unit}, ${exposures.firstAt}
  from ${exposures} join ${trials} on ${trials.id} = ${exposures.trial})`;

/** About how many exposures are kept of all environments, as PostgreSQL guesses. */
export async function guessExposures(database: Database): Promise<number> {
  const result = await database.execute(
    sql`select greatest(reltuples, 0)::float8 as exposures from pg_class where oid = ${"exposures"}::regclass`,
  );
  return Number(rowsOf(result)[0]?.["exposures"]);
}

/** About how many events are kept of all environments, as PostgreSQL guesses. */
export async function guessEvents(database: Database): Promise<number> {
  const result = await database.execute(sql`
    select coalesce(sum(greatest(c.reltuples, 0)), 0)::float8 as events from pg_inherits i join pg_class c on c.oid = i.inhrelid
    where i.inhparent = ${"metric_events"}::regclass`);
  return Number(rowsOf(result)[0]?.["events"]);
}
