/** What lists of segments show beside each segment: the lengths of its lists, and the segments that name it. */
import type DataLoader from "dataloader";
import type { Database } from "../../platform/database/index.js";
import { perProject } from "../projects/index.js";
import { countLists } from "./member.store.js";
import type { Segment, SegmentList, SegmentName } from "./segment.js";
import { readUsers } from "./segment.store.js";

interface Tools {
  readonly database: Database;
}

export type ListCounts = Readonly<Record<SegmentList, number>>;

/** How many members each list of a segment has. */
export function listCounts({ database }: Tools): DataLoader<SegmentName, ListCounts, string> {
  return perProject(
    async (project, keys) => countLists(database, project, keys),
    ({ segment }) => segment,
    (counts) => {
      const countOf = (list: SegmentList) => counts.find((one) => one.list === list)?.count ?? 0;
      return { INCLUDED: countOf("INCLUDED"), EXCLUDED: countOf("EXCLUDED") };
    },
  );
}

/** The segments that name a segment in their conditions, by key. */
export function segmentUsers({ database }: Tools): DataLoader<SegmentName, readonly Segment[], string> {
  return perProject(
    async (project, keys) => readUsers(database, project, keys),
    ({ used }) => used,
    (users) => users.map(({ segment }) => segment),
  );
}
