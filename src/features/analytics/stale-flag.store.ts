/** Statements that find flags which have outlived their use. */
import { inArray, type SQL, sql } from "drizzle-orm";
import { type Database, rowsOf } from "../../platform/database/index.js";
import type { PageRequest } from "../../platform/graphql/page.js";
import { environmentRows } from "../environments/index.js";
import { flagEnvironmentRows, type FlagKind, flagRows } from "../flags/index.js";
import type { FlagHolder } from "../projects/index.js";
import { evaluationHours as hours } from "./analytics.table.js";
import { passingKinds, type StaleFacts, type Staleness } from "./stale-flag.js";
import type { Where } from "./where.js";

const milliseconds = (column: SQL): SQL => sql`(extract(epoch from ${column}) * 1000)::int8`;

/** The hours of the flag and environment of a row called `spot`. */
const ofSpot = sql`from ${hours} where ${hours.project} = spot.project and ${hours.environment} = spot.environment and ${hours.flag} = spot.flag`;

export interface StaleCriteria {
  readonly where: Where;
  /** Ends the time in which an evaluation or a change counts as long ago. */
  readonly before: Date;
  /** Where flags are under way, and therefore in use. */
  readonly held: readonly Pick<FlagHolder, "flag" | "environment">[];
}

/** Flags that are not archived, in each of the environments, by key and environment; one more than the page has, if there is one. */
export async function listStaleFlags(
  database: Database,
  criteria: StaleCriteria,
  { cursor, limit }: PageRequest,
): Promise<StaleFacts[]> {
  const { where, before } = criteria;
  if (where.environments.length === 0) return [];
  const [flag = "", environment = ""] = (cursor ?? []).map(String);
  const place = sql`spot.flag collate "C", spot.environment collate "C"`;
  const beyond = cursor === null ? sql`true` : sql`(${place}) > (${flag}::text, ${environment})`;
  const result = await database.execute(sql`
    select spot.project, spot.flag, spot.environment, spot.kind, spot.staleness, spot.variant,
      ${milliseconds(sql`spot.created_at`)} as created_at, ${milliseconds(sql`spot.counted_since`)} as counted_since,
      ${milliseconds(sql`spot.last_at`)} as last_at, sums.count, ${milliseconds(sql`other.last_at`)} as other_at
    from (
      select * from (${judged(criteria)}) as spot where staleness is not null and ${beyond} order by ${place} limit ${limit + 1}
    ) as spot
    left join lateral (
      select sum(${hours.count})::int8 as count ${ofSpot} and spot.staleness = 'ONE_SIDED' and ${isRecent(before)}
    ) as sums on true
    left join lateral (
      select ${hours.lastAt} as last_at ${ofSpot} and spot.staleness = 'ONE_SIDED' and ${hours.variant} <> spot.variant
      order by ${hours.hour} desc, ${hours.lastAt} desc limit 1
    ) as other on true
    order by ${place}`);
  return rowsOf(result).map((row) => toFacts(where.project, row));
}

export async function countStaleFlags(database: Database, criteria: StaleCriteria): Promise<number> {
  if (criteria.where.environments.length === 0) return 0;
  const result = await database.execute(
    sql`select count(*)::int4 as total from (${judged(criteria)}) as spot where staleness is not null`,
  );
  return Number(rowsOf(result)[0]?.["total"]);
}

/** What is said of each flag in each environment; null: nothing. Counting must have begun before what was not counted means anything. */
function judged({ where, before, held }: StaleCriteria): SQL {
  const long = before.toISOString();
  const isPassing = sql`spot.kind in (${sql.join(
    passingKinds.map((kind) => sql`${kind}`),
    sql`, `,
  )})`;
  const answersAlike = sql`not exists (select ${ofSpot} and ${isRecent(before)} and ${hours.variant} <> spot.variant)`;
  return sql`
    select spot.*, case
      when spot.last_at is null and spot.counted_since <= ${long} then 'NEVER_EVALUATED'
      when spot.last_at < ${long} then 'UNUSED'
      when ${isPassing} and spot.counted_since <= ${long} and spot.updated_at <= ${long} and ${answersAlike} then 'ONE_SIDED'
      when ${isPassing} and spot.created_at <= ${long} then 'OLD'
    end as staleness
    from (${spots(where)}) as spot where not ${isAmong(held)}`;
}

function isAmong(held: StaleCriteria["held"]): SQL {
  const places = JSON.stringify(held.map(({ flag, environment }) => ({ flag, environment })));
  return sql`exists (select from json_to_recordset(${places}::text::json) as held(flag text, environment text)
    where held.flag = spot.flag and held.environment = spot.environment)`;
}

/** An hour that began before then and ended after it is recent. */
function isRecent(before: Date): SQL {
  return sql`${hours.hour} > ${before.toISOString()}::timestamptz - interval '1 hour'`;
}

/** Each flag in each environment with its last evaluation. */
function spots({ project, environments: keys }: Where): SQL {
  return sql`
    select setting.*, newest.last_at, newest.variant from (
      select flag.project, flag.key as flag, place.key as environment, flag.kind, flag.created_at, own.updated_at,
        case when counting.began is not null then greatest(flag.created_at, place.created_at, counting.began) end as counted_since
      from ${flagEnvironmentRows} as own
      join ${flagRows} as flag on flag.project = own.project and flag.key = own.flag
      join ${environmentRows} as place on place.project = own.project and place.key = own.environment
      cross join (select min(${hours.hour}) as began from ${hours}) as counting
      where flag.project = ${project} and not flag.archived and ${inArray(sql`place.key`, [...keys])}
    ) as setting
    left join lateral (
      select ${hours.lastAt} as last_at, ${hours.variant} as variant from ${hours}
      where ${hours.project} = setting.project and ${hours.environment} = setting.environment and ${hours.flag} = setting.flag
      order by ${hours.hour} desc, ${hours.lastAt} desc limit 1
    ) as newest on true`;
}

function toFacts(project: string, row: Record<string, unknown>): StaleFacts {
  return {
    ...{ project, flag: String(row["flag"]), environment: String(row["environment"]) },
    ...{ kind: row["kind"] as FlagKind, staleness: row["staleness"] as Staleness },
    createdAt: new Date(Number(row["created_at"])),
    countedSince: dateOf(row["counted_since"]),
    lastEvaluatedAt: dateOf(row["last_at"]),
    variant: typeof row["variant"] === "string" ? row["variant"] : null,
    count: Number(row["count"] ?? 0),
    otherAt: dateOf(row["other_at"]),
  };
}

/** Of epoch milliseconds. */
function dateOf(value: unknown): Date | null {
  return value === null || value === undefined ? null : new Date(Number(value));
}
