/** Segments as an evaluator sees them, members and all, in one statement. */
import { and, asc, eq, inArray, sql } from "drizzle-orm";
import type { Condition, Segment as SegmentDefinition } from "../../evaluation/index.js";
import type { Database } from "../../platform/database/index.js";
import { isTooDeep } from "../../platform/nesting.js";
import type { SegmentList } from "./segment.js";
import { segmentMembers, segments } from "./segment.table.js";

/** Evaluators call it malformed. */
const unreadable = {} as Condition;

/**
 * The definitions of the project's segments, or of those among `keys` that exist, in the order of their keys.
 * Each list comes as one JSON text that the database aggregates, in the order of the index: a million members cost a parse, not a million rows,
 * and equal lists are equal texts on every instance.
 */
export async function loadSegments(
  database: Database,
  project: string,
  keys: readonly string[] | null,
): Promise<SegmentDefinition[]> {
  if (keys?.length === 0) return [];
  const wanted = keys === null ? undefined : inArray(segments.key, [...keys]);
  const rows = await database
    .select({
      key: segments.key,
      when: segments.when,
      included: membersOf("INCLUDED"),
      excluded: membersOf("EXCLUDED"),
    })
    .from(segments)
    .where(and(eq(segments.project, project), wanted))
    .orderBy(asc(segments.key));
  return rows.map(({ key, when, included, excluded }) => ({
    key,
    included: parseList(included),
    excluded: parseList(excluded),
    ...(when === null ? {} : { when: isTooDeep(when) ? unreadable : when }),
  }));
}

/** Drizzle leaves the table's name off the columns of a select from one table, which the inner select would then take for its own: it is spelt out. */
function membersOf(list: SegmentList) {
  return sql<string | null>`(
    select json_agg(${segmentMembers.member} order by ${segmentMembers.member})::text from ${segmentMembers}
    where ${segmentMembers.project} = ${segments}.${sql.identifier("project")}
      and ${segmentMembers.segment} = ${segments}.${sql.identifier("key")}
      and ${segmentMembers.list} = ${list}
  )`;
}

function parseList(text: string | null): string[] {
  return text === null ? [] : (JSON.parse(text) as string[]);
}
