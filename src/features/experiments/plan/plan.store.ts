/** Statements that add up what units did in the past, for plans. */
import { sql, type SQL } from "drizzle-orm";
import { type Database, rowsOf } from "../../../platform/database/index.js";
import { guessEvents, metricEventRows, type MetricSource } from "../../tracking/index.js";
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
  const share = await shareToRead(database, limit);
  const { project, environment, sources, windowHours, from, to } = query;
  const { above, below } = partsOf(query);
  const isOwn = sql`metric in (${sql.join(
    sources.map(({ source }) => sql`${source}`),
    sql`, `,
  )})`;
  const [start, end] = [from.toISOString(), to.toISOString()];
  const result = await database.execute(sql`
    with seen as (
      select unit, metric, at, value, min(at) over (partition by unit) as first_at from ${metricEventRows} as event
      where project = ${project} and environment = ${environment} and day >= ${start.slice(0, 10)}::date
        and at >= ${start}::timestamptz and at < ${end}::timestamptz and ${isBelow(share)}
    ),
    did as (
      select min(first_at) as first_at, count(*) filter (where ${isOwn}) as events,
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

/** The share of all units with about so many events. */
async function shareToRead(database: Database, limit: number): Promise<number> {
  const events = await guessEvents(database);
  return events <= limit ? 1 : Math.ceil((limit / events) * bounds) / bounds;
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
