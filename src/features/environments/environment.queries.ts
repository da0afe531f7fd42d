/** Finding environments, as far as the caller may know of them. */
import type { Database, Transaction } from "../../platform/database/index.js";
import { isKey } from "../../platform/input.js";
import { notFound } from "../../platform/problems.js";
import { type Caller, isEvaluationKey, permit } from "../permissions/index.js";
import { findProject } from "../projects/index.js";
import type { Environment } from "./environment.js";
import { lockEnvironmentRow, readEnvironment, readEnvironments } from "./environment.store.js";

interface Tools {
  readonly database: Database;
}

/**
 * The environment of that key in the project that `findProject` finds. Says nothing of what the caller may do there.
 * Throws UNAUTHENTICATED for strangers; NOT_FOUND alike for what does not exist and for what the caller may not see.
 */
export async function findEnvironment(
  tools: Tools,
  caller: Caller,
  projectKey: string | null | undefined,
  key: string,
): Promise<Environment> {
  const { identity } = caller;
  const project = await findProject(tools, caller, projectKey);
  const hidden = isEvaluationKey(identity) && identity.environment !== key;
  const environment = isKey(key) && !hidden ? await readEnvironment(tools.database, project.key, key) : null;
  if (environment === null) throw notFound("Environment", key);
  return environment;
}

/** The environment of that key. Throws like `findEnvironment`, and FORBIDDEN for CLIENT and SERVER keys. */
export async function getEnvironment(
  tools: Tools,
  caller: Caller,
  projectKey: string | null | undefined,
  key: string,
): Promise<Environment> {
  const environment = await findEnvironment(tools, caller, projectKey, key);
  permit(caller, "environment:read", { project: environment.project, environment });
  return environment;
}

/** The environments of a project, in the order of display. Throws like `findProject`, and FORBIDDEN for CLIENT and SERVER keys. */
export async function listEnvironments(
  tools: Tools,
  caller: Caller,
  projectKey: string | null | undefined,
): Promise<readonly Environment[]> {
  const project = await findProject(tools, caller, projectKey);
  permit(caller, "environment:read", { project: project.key });
  return environmentsOf(tools.database, project.key);
}

/** All environments of a project, in the order of display: for rooms that have asked for permission themselves. */
export async function environmentsOf(database: Database, project: string): Promise<readonly Environment[]> {
  return readEnvironments(database, [project]);
}

/** Locks an environment until the transaction ends. Throws NOT_FOUND when it was deleted meanwhile. */
export async function lockEnvironment(tx: Transaction, project: string, key: string): Promise<Environment> {
  const environment = isKey(key) ? await lockEnvironmentRow(tx, project, key) : null;
  if (environment === null) throw notFound("Environment", key);
  return environment;
}
