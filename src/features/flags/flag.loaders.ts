/** What lists of flags lead to, read for the whole list at once. */
import DataLoader from "dataloader";
import type { Database } from "../../platform/database/index.js";
import { type Change, lastChanges, type SubjectKey } from "../ledger/index.js";
import type { Flag, FlagEnvironment } from "./flag.js";
import { listFlagEnvironments } from "./flag-environment.store.js";
import { findFlags } from "./flag.store.js";
import { type FlagUser, flagUsersOfFlags, flagUsersOfSegments } from "./flag-usage.store.js";

interface Tools {
  readonly database: Database;
}

/** Names a flag or a segment of any project. Only for names that the caller was given by something it may see. */
export interface Name {
  readonly project: string;
  readonly key: string;
}

/** A flag; null when it was deleted meanwhile. */
export function flagByName({ database }: Tools): DataLoader<Name, Flag | null, string> {
  return perProject(
    async (project, keys) => findFlags(database, project, keys),
    (flag) => flag.key,
    ([flag]) => flag ?? null,
  );
}

/** The settings of a flag in all environments, by environment key. */
export function settingsOfFlag({ database }: Tools): DataLoader<Name, readonly FlagEnvironment[], string> {
  return perProject(
    async (project, keys) => listFlagEnvironments(database, project, keys),
    (settings) => settings.flag,
    (settings) => settings,
  );
}

/** The flags that name a flag themselves. */
export function usersOfFlag({ database }: Tools): DataLoader<Name, readonly FlagUser[], string> {
  return perProject(
    async (project, keys) => flagUsersOfFlags(database, project, keys),
    (user) => user.used,
    (users) => users,
  );
}

/** The flags that name a segment themselves. */
export function usersOfSegment({ database }: Tools): DataLoader<Name, readonly FlagUser[], string> {
  return perProject(
    async (project, keys) => flagUsersOfSegments(database, project, keys),
    (user) => user.used,
    (users) => users,
  );
}

/** The newest change of a subject, or of what one environment sees of it; null where nothing is recorded. */
export function lastChangeOf({ database }: Tools): DataLoader<SubjectKey, Change | null, string> {
  return new DataLoader(async (keys: readonly SubjectKey[]) => lastChanges(database, keys), {
    cacheKeyFn: ({ project, subjectType, subject, environment }) =>
      JSON.stringify([project, subjectType, subject, environment]),
  });
}

/** One statement a project (nearly always one): rows are found by key and given to the names that asked. */
function perProject<Row, V>(
  read: (project: string, keys: readonly string[]) => Promise<readonly Row[]>,
  keyOf: (row: Row) => string,
  answer: (rows: readonly Row[]) => V,
): DataLoader<Name, V, string> {
  const textOf = ({ project, key }: Name) => `${project}/${key}`;
  const batch = async (names: readonly Name[]): Promise<V[]> => {
    const found = new Map<string, Row[]>(names.map((name) => [textOf(name), []]));
    for (const project of new Set(names.map((name) => name.project))) {
      const keys = names.filter((name) => name.project === project).map((name) => name.key);
      for (const row of await read(project, keys)) found.get(textOf({ project, key: keyOf(row) }))?.push(row);
    }
    return names.map((name) => answer(found.get(textOf(name)) ?? []));
  };
  return new DataLoader(batch, { cacheKeyFn: textOf });
}
