/** Statements that read how often flags were evaluated. */
import { and, eq, gte, inArray, lt, sql } from "drizzle-orm";
import { type Database, rowsOf } from "../../platform/database/index.js";
import { environmentRows } from "../environments/index.js";
import { evaluationHours } from "./analytics.table.js";
import type { Spot, Where } from "./where.js";

/** Answers that were alike, within one interval. */
export interface IntervalCount {
  /** Its beginning, epoch milliseconds. */
  readonly at: number;
  /** Empty: there was no value. */
  readonly variant: string;
  readonly reason: string;
  readonly count: number;
}

export interface Range {
  /** Epoch milliseconds; inclusive. */
  readonly from: number;
  /** Epoch milliseconds; exclusive. */
  readonly to: number;
  /** Length of an interval, milliseconds: whole hours that divide a day, or a day. */
  readonly step: number;
}

/** The hours of a flag that begin in the range, added up over environments and by interval. */
export async function sumByInterval(
  database: Database,
  { project, environments: keys }: Where,
  flag: string,
  { from, to, step }: Range,
): Promise<IntervalCount[]> {
  if (keys.length === 0) return [];
  const { hour, variant, reason, count } = evaluationHours;
  const at = sql<number>`floor(extract(epoch from ${hour}) * 1000 / ${step}::int8)::int8 * ${step}::int8`;
  return database
    .select({ at: at.as("at"), variant, reason, count: sql<number>`sum(${count})::int8` })
    .from(evaluationHours)
    .where(
      and(
        ...[eq(evaluationHours.project, project), inArray(evaluationHours.environment, [...keys])],
        ...[eq(evaluationHours.flag, flag), gte(hour, new Date(from)), lt(hour, new Date(to))],
      ),
    )
    .groupBy(sql`1`, variant, reason);
}

/** When a flag was last evaluated in an environment. */
export interface LastEvaluation extends Spot {
  /** Epoch milliseconds. */
  readonly lastAt: number;
}

/** Of these flags, in every environment in which they ever were. */
export async function readLastEvaluations(
  database: Database,
  project: string,
  flags: readonly string[],
): Promise<LastEvaluation[]> {
  const list = JSON.stringify(flags.map((flag) => ({ flag })));
  const result = await database.execute(sql`
    select given.flag, place.key as environment, (extract(epoch from newest.last_at) * 1000)::int8 as last_at
    from json_to_recordset(${list}::text::json) as given(flag text)
    join ${environmentRows} as place on place.project = ${project}
    cross join lateral (
      select last_at from ${evaluationHours}
      where ${evaluationHours.project} = ${project} and ${evaluationHours.environment} = place.key
        and ${evaluationHours.flag} = given.flag
      order by ${evaluationHours.hour} desc, ${evaluationHours.lastAt} desc limit 1
    ) as newest`);
  return rowsOf(result).map((row) => ({
    ...{ project, flag: String(row["flag"]), environment: String(row["environment"]) },
    lastAt: Number(row["last_at"]),
  }));
}

/** How often a flag was evaluated in an environment. */
export interface SpotCount extends Spot {
  readonly count: number;
}

/** In the hours that began then or later. Spots without any are left out. */
export async function countSince(
  database: Database,
  { project, environments: keys }: Where,
  flags: readonly string[],
  since: Date,
): Promise<SpotCount[]> {
  const { flag, environment, hour, count } = evaluationHours;
  return database
    .select({ project: evaluationHours.project, flag, environment, count: sql<number>`sum(${count})::int8` })
    .from(evaluationHours)
    .where(
      and(
        ...[eq(evaluationHours.project, project), inArray(environment, [...keys])],
        ...[inArray(flag, [...flags]), gte(hour, since)],
      ),
    )
    .groupBy(evaluationHours.project, flag, environment);
}
