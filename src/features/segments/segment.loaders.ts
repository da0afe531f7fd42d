/** What lists of segments show beside each segment: the lengths of its lists, and the segments that name it. */
import DataLoader from "dataloader";
import type { Database } from "../../platform/database/index.js";
import { countLists } from "./member.store.js";
import type { Segment, SegmentList, SegmentName } from "./segment.js";
import { readUsers } from "./segment.store.js";

interface Tools {
  readonly database: Database;
}

export type ListCounts = Readonly<Record<SegmentList, number>>;

/** How many members each list of a segment has. */
export function listCounts(tools: Tools): DataLoader<SegmentName, ListCounts, string> {
  return byProject(async (project, keys) => {
    const counts = new Map(keys.map((key) => [key, { INCLUDED: 0, EXCLUDED: 0 }]));
    for (const { segment, list, count } of await countLists(tools.database, project, keys)) {
      const known = counts.get(segment);
      if (known !== undefined && (list === "INCLUDED" || list === "EXCLUDED")) known[list] = count;
    }
    return (key) => counts.get(key) ?? { INCLUDED: 0, EXCLUDED: 0 };
  });
}

/** The segments that name a segment in their conditions, by key. */
export function segmentUsers(tools: Tools): DataLoader<SegmentName, readonly Segment[], string> {
  return byProject(async (project, keys) => {
    const users = await readUsers(tools.database, project, keys);
    return (key) => users.filter(({ used }) => used === key).map(({ segment }) => segment);
  });
}

/** A loader that reads one project at a time: `read` gives the answers for some segments of it. */
function byProject<V>(
  read: (project: string, keys: readonly string[]) => Promise<(key: string) => V>,
): DataLoader<SegmentName, V, string> {
  return new DataLoader(
    async (names: readonly SegmentName[]) => {
      const answers = new Map<string, (key: string) => V>();
      for (const project of new Set(names.map((name) => name.project))) {
        const keys = names.filter((name) => name.project === project).map(({ key }) => key);
        answers.set(project, await read(project, keys));
      }
      return names.map(({ project, key }) => answers.get(project)?.(key) ?? new Error("No answer."));
    },
    { cacheKeyFn: ({ project, key }) => `${project}/${key}` },
  );
}
