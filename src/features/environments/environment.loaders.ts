/** Environments by project and by name, for lists of what belongs to them. */
import DataLoader from "dataloader";
import type { Database } from "../../platform/database/index.js";
import type { Environment } from "./environment.js";
import { readEnvironments } from "./environment.store.js";

interface Tools {
  readonly database: Database;
}

/** The environments of a project, in the order of display. */
export function environmentsOfProject(tools: Tools): DataLoader<string, readonly Environment[]> {
  return new DataLoader(async (projects: readonly string[]) => {
    const found = await readEnvironments(tools.database, projects);
    return projects.map((project) => found.filter((environment) => environment.project === project));
  });
}

/** Names an environment of any project. */
export interface EnvironmentName {
  readonly project: string;
  readonly environment: string;
}

/** One environment; null when it was deleted meanwhile. Only for names that the caller was given by something it may see. */
export function environmentByName(tools: Tools): DataLoader<EnvironmentName, Environment | null, string> {
  return new DataLoader(
    async (names: readonly EnvironmentName[]) => {
      const found = await readEnvironments(tools.database, [...new Set(names.map((name) => name.project))]);
      const byName = new Map(found.map((it) => [nameOf({ project: it.project, environment: it.key }), it]));
      return names.map((name) => byName.get(nameOf(name)) ?? null);
    },
    { cacheKeyFn: nameOf },
  );
}

/** Keys have no slash. */
function nameOf({ project, environment }: EnvironmentName): string {
  return `${project}/${environment}`;
}
