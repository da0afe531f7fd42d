/** Statements on lists of flags: filtered, in any order, page by page in both directions. */
import { and, arrayContains, count, eq, ilike, inArray, or, type SQL, sql } from "drizzle-orm";
import type { FlagType } from "../../evaluation/index.js";
import type { Database } from "../../platform/database/index.js";
import type { PageRequest } from "../../platform/graphql/page.js";
import type { Flag, FlagKind } from "./flag.js";
import { withVariants } from "./flag.store.js";
import { flagEnvironments, flags, flagSegmentUses } from "./flag.table.js";

/** Which flags of a project; members that are undefined ask for nothing, several must all hold. */
export interface FlagCriteria {
  /** Contained in key, name or description, whatever the case of the letters. */
  readonly search?: string | undefined;
  /** All of them. */
  readonly tags?: readonly string[] | undefined;
  /** Any of them. */
  readonly types?: readonly FlagType[] | undefined;
  /** Any of them. */
  readonly kinds?: readonly FlagKind[] | undefined;
  readonly archived?: boolean | undefined;
  /** Environment key. */
  readonly enabledIn?: string | undefined;
  readonly ownerId?: string | undefined;
  /** Segment key; named by the flag itself, in any environment. */
  readonly usesSegment?: string | undefined;
}

export const FlagOrderField = {
  KEY: "KEY",
  NAME: "NAME",
  CREATED_AT: "CREATED_AT",
  UPDATED_AT: "UPDATED_AT",
} as const;
export type FlagOrderField = (typeof FlagOrderField)[keyof typeof FlagOrderField];

export interface FlagOrder {
  readonly field: FlagOrderField;
  readonly descending: boolean;
}

/** A flag with the values by which it is sorted: that of the order's field, and the key in lower case, which breaks ties. */
export interface ListedFlag {
  readonly flag: Flag;
  readonly sortValues: readonly [string | number, string];
}

const lowerKey = sql<string>`lower(${flags.key}) collate "C"`;
const milliseconds = (column: SQL | typeof flags.createdAt | typeof flags.updatedAt) =>
  sql<number>`floor(extract(epoch from ${column}) * 1000)::int8`;

/** Text of all languages in one order on every database. Moments are whole milliseconds, so that a cursor holds them exactly. */
const sortExpressions: Record<FlagOrderField, SQL<string | number>> = {
  KEY: lowerKey,
  NAME: sql<string>`lower(${flags.name}) collate "C"`,
  CREATED_AT: milliseconds(flags.createdAt),
  UPDATED_AT: milliseconds(flags.updatedAt),
};

/** The flags of a page and one more, if there is one, in the direction of the request. */
export async function listFlags(
  database: Database,
  project: string,
  criteria: FlagCriteria,
  order: FlagOrder,
  page: PageRequest,
): Promise<ListedFlag[]> {
  const sort = sortExpressions[order.field];
  const ascending = order.descending !== page.forward;
  const direction = sql.raw(ascending ? "asc" : "desc");
  const rows = await database
    .select({ flag: flags, sort, lowerKey })
    .from(flags)
    .where(and(...conditionsOf(project, criteria), beyond(order.field, sort, ascending, page.cursor)))
    .orderBy(sql`${sort} ${direction}, ${lowerKey} ${direction}`)
    .limit(page.limit + 1);
  const found = await withVariants(
    database,
    project,
    rows.map((row) => row.flag),
  );
  return found.map((flag, index) => ({
    flag,
    sortValues: [rows[index]?.sort ?? "", rows[index]?.lowerKey ?? ""],
  }));
}

export async function countFlags(
  database: Database,
  project: string,
  criteria: FlagCriteria,
): Promise<number> {
  const [row] = await database
    .select({ total: count() })
    .from(flags)
    .where(and(...conditionsOf(project, criteria)));
  return row?.total ?? 0;
}

function beyond(
  field: FlagOrderField,
  sort: SQL,
  ascending: boolean,
  cursor: PageRequest["cursor"],
): SQL | undefined {
  if (cursor === null) return undefined;
  const [value, key] = cursor;
  const type = sql.raw(field === "KEY" || field === "NAME" ? "text" : "int8");
  const comparison = sql.raw(ascending ? ">" : "<");
  return sql`(${sort}, ${lowerKey}) ${comparison} (${value}::${type}, ${key}::text)`;
}

function conditionsOf(project: string, criteria: FlagCriteria): (SQL | undefined)[] {
  const { search, tags, types, kinds, archived, enabledIn, ownerId, usesSegment } = criteria;
  return [
    eq(flags.project, project),
    search === undefined ? undefined : containing(search),
    tags === undefined ? undefined : arrayContains(flags.tags, [...tags]),
    types === undefined ? undefined : inArray(flags.type, [...types]),
    kinds === undefined ? undefined : inArray(flags.kind, [...kinds]),
    archived === undefined ? undefined : eq(flags.archived, archived),
    ownerId === undefined ? undefined : eq(flags.ownerId, ownerId),
    enabledIn === undefined ? undefined : isEnabledIn(enabledIn),
    usesSegment === undefined ? undefined : namesSegment(usesSegment),
  ];
}

function containing(search: string): SQL | undefined {
  const pattern = `%${search.replaceAll(/[\\%_]/g, String.raw`\$&`)}%`;
  return or(ilike(flags.key, pattern), ilike(flags.name, pattern), ilike(flags.description, pattern));
}

function isEnabledIn(environment: string): SQL {
  return sql`exists (select 1 from ${flagEnvironments} where ${flagEnvironments.project} = ${flags.project}
    and ${flagEnvironments.flag} = ${flags.key} and ${flagEnvironments.environment} = ${environment} and ${flagEnvironments.enabled})`;
}

function namesSegment(segment: string): SQL {
  return sql`exists (select 1 from ${flagSegmentUses} where ${flagSegmentUses.project} = ${flags.project}
    and ${flagSegmentUses.flag} = ${flags.key} and ${flagSegmentUses.usesSegment} = ${segment})`;
}
