/** Finds the environment that a caller evaluates in, without I/O. */
import { badField, notFound } from "../../platform/problems.js";
import { type Action, type Caller, isEvaluationKey, permit, type Place } from "../permissions/index.js";
import { defaultProjectKey } from "../projects/index.js";
import type { LiveEnvironment, Snapshots } from "../snapshots/index.js";

/** Where to evaluate, as arguments say it. */
export interface PlaceArguments {
  readonly project?: string | null | undefined;
  readonly environment?: string | null | undefined;
}

/** Project and environment by key. */
export interface PlaceKeys {
  readonly project: string;
  readonly environment: string;
}

/**
 * Where the caller may do the action. CLIENT and SERVER keys fix both keys; for others the project is the key's own, else `default`, and the
 * environment must be named.
 * Throws UNAUTHENTICATED, FORBIDDEN, NOT_FOUND for what differs, is absent or invisible, and BAD_USER_INPUT for an environment that is not named.
 */
export function permitPlace(
  snapshots: Snapshots,
  caller: Caller,
  action: Action,
  args: PlaceArguments,
): PlaceKeys {
  const { identity } = caller;
  const own = identity.kind === "API_KEY" ? identity.project : null;
  const project = args.project ?? own ?? defaultProjectKey;
  permit(caller, action, { project });
  if (!snapshots.hasProject(project)) throw notFound("Project", project);
  const fixed = isEvaluationKey(identity) ? identity.environment : null;
  const environment = args.environment ?? fixed;
  if (environment === null) throw missingEnvironment(snapshots, project);
  const live = snapshots.find(project, environment);
  if (live === undefined) throw notFound("Environment", environment);
  permit(caller, action, { project, environment: { key: environment, protected: live.facts.protected } });
  return { project, environment };
}

/** The environment as it is now. Throws NOT_FOUND once it is gone. */
export function liveEnvironmentAt(
  snapshots: Snapshots,
  { project, environment }: PlaceKeys,
): LiveEnvironment {
  const live = snapshots.find(project, environment);
  if (live === undefined) throw notFound("Environment", environment);
  return live;
}

function missingEnvironment(snapshots: Snapshots, project: string): Error {
  const keys = snapshots.environmentKeys(project);
  const choice = keys.length === 0 ? `project ${project} has none` : `one of ${keys.join(", ")}`;
  return badField("environment", `must be given: ${choice}.`);
}

/** The place as permissions see it, where protection plays no part. */
export function placeOf({ project, environment }: PlaceKeys): Place {
  return { project, environment: { key: environment, protected: false } };
}
