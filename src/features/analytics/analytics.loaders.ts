/** What lists of flags and of API keys show of their use, read for the whole list at once. */
import DataLoader from "dataloader";
import type { Database } from "../../platform/database/index.js";
import { type NameInProject, perProject } from "../projects/index.js";
import type { ClientVersion } from "./client-version.js";
import { listClientsOf } from "./client-version.store.js";
import { dayMs, hourMs } from "./counts.js";
import { countSince, type LastEvaluation, readLastEvaluations } from "./evaluation-hours.store.js";
import type { Spot } from "./where.js";

interface LoadingTools {
  readonly database: Database;
  /** Epoch milliseconds. */
  readonly now: () => number;
}

/** When a flag was last evaluated, in every environment in which it was. */
export function lastEvaluationsOf({
  database,
}: LoadingTools): DataLoader<NameInProject, readonly LastEvaluation[], string> {
  return perProject(
    async (project, keys) => readLastEvaluations(database, project, keys),
    ({ flag }) => flag,
    (last) => last,
  );
}

/** A flag in an environment, and how many days back. */
export interface CountWanted extends Spot {
  readonly days: number;
}

/** How often a flag was evaluated in the last days, to the hour. */
export function evaluationCounts({ database, now }: LoadingTools): DataLoader<CountWanted, number, string> {
  return new DataLoader(
    async (wanted: readonly CountWanted[]) => {
      const counts = new Map<string, number>();
      for (const own of grouped(wanted, ({ project, days }) => `${project}/${days}`).values()) {
        const [{ project, days } = { project: "", days: 0 }] = own;
        const environments = [...new Set(own.map(({ environment }) => environment))];
        const flags = [...new Set(own.map(({ flag }) => flag))];
        const since = new Date(Math.floor((now() - days * dayMs) / hourMs) * hourMs);
        for (const found of await countSince(database, { project, environments }, flags, since)) {
          counts.set(textOf({ ...found, days }), found.count);
        }
      }
      return wanted.map((one) => counts.get(textOf(one)) ?? 0);
    },
    { cacheKeyFn: textOf },
  );
}

/** Keys have no slash. */
function textOf({ project, environment, flag, days }: CountWanted): string {
  return `${project}/${environment}/${flag}/${days}`;
}

/** What asks with each API key, by the key's id; by name and version. */
export function clientsOfKey({ database }: LoadingTools): DataLoader<string, readonly ClientVersion[]> {
  return new DataLoader(async (ids: readonly string[]) => {
    const found = await listClientsOf(database, ids);
    return ids.map((id) => found.filter(({ apiKey }) => apiKey.id === id));
  });
}

function grouped<T>(items: readonly T[], keyOf: (item: T) => string): Map<string, T[]> {
  const groups = new Map<string, T[]>();
  for (const item of items) {
    const key = keyOf(item);
    const group = groups.get(key);
    if (group === undefined) groups.set(key, [item]);
    else group.push(item);
  }
  return groups;
}
