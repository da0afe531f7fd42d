/** What lists of flags lead to, read for the whole list at once. */
import DataLoader from "dataloader";
import type { Database } from "../../platform/database/index.js";
import { type Change, lastChanges, type SubjectKey } from "../ledger/index.js";
import { type NameInProject, perProject } from "../projects/index.js";
import type { Flag, FlagEnvironment } from "./flag.js";
import { listFlagEnvironments } from "./flag-environment.store.js";
import { findFlags } from "./flag.store.js";
import { type FlagUser, flagUsersOfFlags, flagUsersOfSegments } from "./flag-usage.store.js";

interface Tools {
  readonly database: Database;
}

/** A flag; null when it was deleted meanwhile. */
export function flagByName({ database }: Tools): DataLoader<NameInProject, Flag | null, string> {
  return perProject(
    async (project, keys) => findFlags(database, project, keys),
    (flag) => flag.key,
    ([flag]) => flag ?? null,
  );
}

/** The settings of a flag in all environments, by environment key. */
export function settingsOfFlag({
  database,
}: Tools): DataLoader<NameInProject, readonly FlagEnvironment[], string> {
  return perProject(
    async (project, keys) => listFlagEnvironments(database, project, keys),
    (settings) => settings.flag,
    (settings) => settings,
  );
}

/** The flags that name a flag themselves. */
export function usersOfFlag({ database }: Tools): DataLoader<NameInProject, readonly FlagUser[], string> {
  return perProject(
    async (project, keys) => flagUsersOfFlags(database, project, keys),
    (user) => user.used,
    (users) => users,
  );
}

/** The flags that name a segment themselves. */
export function usersOfSegment({ database }: Tools): DataLoader<NameInProject, readonly FlagUser[], string> {
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
