/** Statements that add up what units did in the past, for plans. */
import { sql, type SQL } from "drizzle-orm";
import { type Database, rowsOf } from "../../../platform/database/index.js";
import {
  exposureRows,
  guessEvents,
  guessExposures,
  metricEventRows,
  type MetricSource,
} from "../../tracking/index.js";
import type { PastSums } from "./past.js";

/** Which events are looked at, and what of them counts. */
export interface PastQuery {
  readonly project: string;
  readonly environment: string;
  readonly sources: readonly MetricSource[];
  /** Hours after a unit's first event of any kind for which its events count; null: all of them. */
  readonly windowHours: number | null;
  readonly from: Date;
  readonly to: Date;
}

const mostEvents = 1_000_000;

/**
 * Where there are more than `limit` events altogether, as PostgreSQL guesses, those of a share of the units are added up: units are hashes, so
 * that those below a bound are as good as any.
 */
export async function sumPast(database: Database, query: PastQuery, limit = mostEvents): Promise<PastSums> {
  const share = shareOf(limit, await guessEvents(database));
  const seen = sql`
    select unit, metric, at, value, min(at) over (partition by unit) as first_at from ${eventsOf(query, share)}`;
  return sumUnits(database, query, seen, share);
}

/**
 * As `sumPast`, of the units that were exposed to a trial meanwhile, whether they did anything or not: what they did before the first time does not
 * count.
 */
export async function sumExposed(
  database: Database,
  query: PastQuery,
  limit = mostEvents,
): Promise<PastSums> {
  const share = shareOf(limit, (await guessEvents(database)) + (await guessExposures(database)));
  const { project, environment, from, to } = query;
  const exposed = sql`
    select unit, null::text as metric, null::timestamptz as at, null::numeric as value, first_at as exposed_at
    from ${exposureRows} as exposure where project = ${project} and environment = ${environment} and ${isBelow(share)}
      and first_at >= ${from.toISOString()}::timestamptz and first_at < ${to.toISOString()}::timestamptz`;
  const did = sql`select unit, metric, at, value, null::timestamptz from ${eventsOf(query, share, isOwn(query))}`;
  const seen = sql`
    select * from (
      select unit, metric, at, value, min(exposed_at) over (partition by unit) as first_at
      from (${exposed} union all ${did}) as either
    ) as placed where first_at is not null and (at is null or at >= first_at)`;
  return sumUnits(database, query, seen, share);
}

function eventsOf({ project, environment, from, to }: PastQuery, share: number, which = sql`true`): SQL {
  const [start, end] = [from.toISOString(), to.toISOString()];
  return sql`(
    select unit, metric, at, value from ${metricEventRows} as event
    where project = ${project} and environment = ${environment} and day >= ${start.slice(0, 10)}::date
      and at >= ${start}::timestamptz and at < ${end}::timestamptz and ${isBelow(share)} and ${which}
  ) as event`;
}

function isOwn({ sources }: PastQuery): SQL {
  return sql`metric in (${sql.join(
    sources.map(({ source }) => sql`${source}`),
    sql`, `,
  )})`;
}

/** `seen`: each event with its unit and when that came first; a unit may come without an event, with nulls. */
async function sumUnits(database: Database, query: PastQuery, seen: SQL, share: number): Promise<PastSums> {
  const { windowHours } = query;
  const { above, below } = partsOf(query);
  const result = await database.execute(sql`
    with seen as (${seen}),
    did as (
      select min(first_at) as first_at, count(*) filter (where ${isOwn(query)}) as events,
        ${figureOf(above, windowHours)} as y, ${figureOf(below, windowHours)} as d
      from seen group by unit
    )
    select count(*) as n, count(*) filter (where y <> 0) as nonzero, sum(events) as events, sum(y) as y, sum(y * y) as yy,
      sum(d) as d, sum(d * d) as dd, sum(y * d) as yd, (extract(epoch from min(first_at)) * 1000)::int8 as first_at
    from did`);
  return { ...toSums(rowsOf(result)[0] ?? {}), share };
}

/** A mean has the sum of its values above the line, and their number below it. */
function partsOf({ sources }: PastQuery): {
  readonly above: MetricSource | undefined;
  readonly below: MetricSource | undefined;
} {
  const above = sources.find(({ part }) => !part.startsWith("DENOMINATOR"));
  const below = sources.find(({ part }) => part.startsWith("DENOMINATOR"));
  if (above?.part !== "MEAN") return { above, below };
  return { above, below: { ...above, part: "DENOMINATOR_COUNT" } };
}

/** What one unit has of it. */
function figureOf(part: MetricSource | undefined, windowHours: number | null): SQL {
  if (part === undefined) return sql`0`;
  const isWithin =
    windowHours === null ? sql`true` : sql`at < first_at + ${windowHours}::int * interval '1 hour'`;
  const counted = sql`filter (where metric = ${part.source} and ${isWithin})`;
  const addsValues = part.part === "SUM" || part.part === "MEAN" || part.part === "DENOMINATOR_SUM";
  const figure = addsValues ? sql`coalesce(sum(value) ${counted}, 0)` : sql`count(*) ${counted}`;
  return part.cap === null ? figure : sql`least(${figure}, ${String(part.cap)}::numeric)`;
}

/** The share of all units that has about so many of the rows. */
function shareOf(limit: number, rows: number): number {
  return rows <= limit ? 1 : Math.ceil((limit / rows) * bounds) / bounds;
}

/** Of the first two bytes. */
const bounds = 0x1_0000;

function isBelow(share: number): SQL {
  if (share === 1) return sql`true`;
  return sql`unit < decode(${(share * bounds).toString(16).padStart(4, "0")}, 'hex')`;
}

function toSums(row: Readonly<Record<string, unknown>>): Omit<PastSums, "share"> {
  const number = (name: string): number => Number(row[name] ?? 0);
  const firstAt = row["first_at"] ?? null;
  return {
    ...{ n: number("n"), nonzero: number("nonzero"), events: number("events") },
    ...{ sum: number("y"), sumSquares: number("yy"), denominatorSum: number("d") },
    ...{ denominatorSumSquares: number("dd"), productSum: number("yd") },
    firstAt: firstAt === null ? null : new Date(Number(firstAt)),
  };
}
