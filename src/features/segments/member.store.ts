/** Statements on member lists. Lists travel as one JSON parameter, however long they are. */
import { and, asc, desc, eq, gt, inArray, lt, type SQL, sql } from "drizzle-orm";
import { type Database, rowsOf, type Transaction } from "../../platform/database/index.js";
import type { PageRequest } from "../../platform/graphql/page.js";
import type { SegmentList, SegmentName } from "./segment.js";
import { segmentMembers } from "./segment.table.js";

/** One of the two lists of a segment. */
export interface MemberList extends SegmentName {
  readonly list: SegmentList;
}

/** Adds members; gives those that were not there before, in order. */
export async function addMembers(
  tx: Transaction,
  { project, key, list }: MemberList,
  members: readonly string[],
): Promise<string[]> {
  if (members.length === 0) return [];
  const result = await tx.execute(sql`
    insert into ${segmentMembers} (project, segment, list, member)
    select ${project}, ${key}, ${list}, ${elements(members)}
    on conflict do nothing
    returning member`);
  return membersOf(result);
}

/** Removes members; gives those that were there, in order. */
export async function removeMembers(
  tx: Transaction,
  place: MemberList,
  members: readonly string[],
): Promise<string[]> {
  if (members.length === 0) return [];
  const result = await tx.execute(sql`
    delete from ${segmentMembers}
    where ${listed(place)} and ${isOneOf(members)}
    returning member`);
  return membersOf(result);
}

/** How many of these are on the list. */
export async function countPresent(
  database: Database,
  place: MemberList,
  members: readonly string[],
): Promise<number> {
  if (members.length === 0) return 0;
  return database.$count(segmentMembers, and(listed(place), isOneOf(members)));
}

/** An array, so that each member is looked up in the index; a subquery would be joined with the whole list. */
function isOneOf(members: readonly string[]): SQL {
  return sql`${segmentMembers.member} = any(array(select ${elements(members)}))`;
}

function elements(members: readonly string[]): SQL {
  return sql`jsonb_array_elements_text(${JSON.stringify(members)}::text::jsonb)`;
}

function membersOf(result: unknown): string[] {
  return rowsOf(result)
    .map((row) => String(row["member"]))
    .sort();
}

/** At most `limit` members, in order. */
export async function readMembers(database: Database, place: MemberList, limit: number): Promise<string[]> {
  const rows = await database
    .select({ member: segmentMembers.member })
    .from(segmentMembers)
    .where(listed(place))
    .orderBy(asc(segmentMembers.member))
    .limit(limit);
  return rows.map(({ member }) => member);
}

/** One more than asked for, in the direction of the request. */
export async function pageMembers(
  database: Database,
  place: MemberList,
  search: string | null,
  { cursor, forward, limit }: PageRequest,
): Promise<string[]> {
  const { member } = segmentMembers;
  const beyond = cursor === null ? undefined : (forward ? gt : lt)(member, String(cursor[0]));
  const rows = await database
    .select({ member })
    .from(segmentMembers)
    .where(and(listed(place), containing(search), beyond))
    .orderBy((forward ? asc : desc)(member))
    .limit(limit + 1);
  return rows.map((row) => row.member);
}

export async function countMembers(
  database: Database,
  place: MemberList,
  search: string | null = null,
): Promise<number> {
  return database.$count(segmentMembers, and(listed(place), containing(search)));
}

function listed({ project, key, list }: MemberList): SQL | undefined {
  const { project: ofProject, segment, list: ofList } = segmentMembers;
  return and(eq(ofProject, project), eq(segment, key), eq(ofList, list));
}

function containing(search: string | null): SQL | undefined {
  return search === null ? undefined : sql`strpos(lower(${segmentMembers.member}), lower(${search})) > 0`;
}

/** The lengths of the lists of some segments of one project; a list that is empty is left out. */
export async function countLists(
  database: Database,
  project: string,
  keys: readonly string[],
): Promise<{ readonly segment: string; readonly list: string; readonly count: number }[]> {
  const { segment, list } = segmentMembers;
  return database
    .select({ segment, list, count: sql<number>`count(*)::int` })
    .from(segmentMembers)
    .where(and(eq(segmentMembers.project, project), inArray(segment, [...keys])))
    .groupBy(segment, list);
}
