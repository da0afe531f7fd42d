/** Finding projects, as far as the caller may know of them. */
import type { Database, Transaction } from "../../platform/database/index.js";
import { isKey } from "../../platform/input.js";
import { notFound } from "../../platform/problems.js";
import {
  type Caller,
  isEvaluationKey,
  isPermitted,
  permit,
  refuseUnready,
  seesProject,
} from "../permissions/index.js";
import { defaultProjectKey, type Project } from "./project.js";
import { holdProjectRow, lockProjectRow, readProject, readProjects } from "./project.store.js";

/**
 * The project that an argument means: absent, the API key's own, else `default`. Says nothing of what the caller may do there.
 * Throws like `refuseUnready`; NOT_FOUND alike for what does not exist and for what the caller may not see.
 */
export async function findProject(
  tools: { readonly database: Database },
  caller: Caller,
  key: string | null | undefined,
): Promise<Project> {
  const { identity } = caller;
  refuseUnready(caller);
  const own = identity.kind === "API_KEY" ? identity.project : null;
  const wanted = key ?? own ?? defaultProjectKey;
  if (!isKey(wanted) || !seesProject(identity, wanted)) throw notFound("Project", wanted);
  const project = await readProject(tools.database, wanted);
  if (project === null) throw notFound("Project", wanted);
  return project;
}

/** The project of that key. Throws like `findProject`, and FORBIDDEN for CLIENT and SERVER keys. */
export async function getProject(
  tools: { readonly database: Database },
  caller: Caller,
  key: string,
): Promise<Project> {
  const project = await findProject(tools, caller, key);
  permit(caller, "project:read", { project: project.key });
  return project;
}

/** The projects that the caller may see, in the order of their keys. */
export async function listProjects(
  tools: { readonly database: Database },
  caller: Caller,
): Promise<readonly Project[]> {
  refuseUnready(caller);
  if (isEvaluationKey(caller.identity)) permit(caller, "project:read");
  const projects = await readProjects(tools.database);
  return projects.filter(({ key }) => isPermitted(caller, "project:read", { project: key }));
}

/**
 * Locks a project until the transaction ends: for changes of what everything in it depends on, such as its set of environments.
 * Take it before any lock on things in the project. Throws NOT_FOUND when it was deleted meanwhile.
 */
export async function lockProject(tx: Transaction, key: string): Promise<Project> {
  const project = await lockProjectRow(tx, key);
  if (project === null) throw notFound("Project", key);
  return project;
}

/**
 * Keeps those who would lock the project waiting until the transaction ends: for changes that build on its set of environments, such as a new flag.
 * Throws NOT_FOUND when it was deleted meanwhile.
 */
export async function holdProject(tx: Transaction, key: string): Promise<Project> {
  const project = await holdProjectRow(tx, key);
  if (project === null) throw notFound("Project", key);
  return project;
}
