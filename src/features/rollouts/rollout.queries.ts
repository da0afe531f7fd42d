/** Finding guarded rollouts, as far as the caller may know of them. */
import type { Database } from "../../platform/database/index.js";
import { makePage, type Page, type PageArguments, readPage } from "../../platform/graphql/page.js";
import { isKey, isUuid, Mistakes } from "../../platform/input.js";
import { notFound, quote } from "../../platform/problems.js";
import { type Caller, permit, refuseUnready, seesProject } from "../permissions/index.js";
import { findProject } from "../projects/index.js";
import type { GuardedRollout, RolloutStatus } from "./rollout.js";
import { countRollouts, pageRollouts, readRollout } from "./rollout.store.js";

interface Tools {
  readonly database: Database;
}

/** Throws UNAUTHENTICATED for strangers, FORBIDDEN without the role VIEWER, NOT_FOUND for what does not exist or may not be seen. */
export async function findRollout(tools: Tools, caller: Caller, id: string): Promise<GuardedRollout> {
  refuseUnready(caller);
  const rollout = isUuid(id) ? await readRollout(tools.database, id) : null;
  if (rollout === null || !seesProject(caller.identity, rollout.project))
    throw notFound("Guarded rollout", id);
  permit(caller, "rollout:read", { project: rollout.project });
  return rollout;
}

export interface RolloutQuery extends PageArguments {
  readonly project?: string | null | undefined;
  readonly environment?: string | null | undefined;
  readonly flagKey?: string | null | undefined;
  readonly status?: RolloutStatus | null | undefined;
}

/** A page of the project's rollouts, the newest first. Throws UNAUTHENTICATED, FORBIDDEN, NOT_FOUND for the project, and BAD_USER_INPUT. */
export async function listRollouts(
  tools: Tools,
  caller: Caller,
  query: RolloutQuery,
): Promise<Page<GuardedRollout>> {
  const { key: project } = await findProject(tools, caller, query.project);
  permit(caller, "rollout:read", { project });
  const mistakes = new Mistakes();
  for (const name of ["environment", "flagKey"] as const) {
    const key = query[name] ?? null;
    if (key !== null && !isKey(key)) mistakes.add(name, `must be a key, got ${quote(key)}.`);
  }
  mistakes.throwIfAny();
  const { environment = null, flagKey: flag = null, status = null } = query;
  const criteria = { project, environment, flag, status };
  const request = readPage("guardedRollouts", 2, query);
  const rows = await pageRollouts(tools.database, criteria, request);
  return makePage(
    "guardedRollouts",
    request,
    rows,
    ({ createdAt, id }) => [createdAt.toISOString(), id],
    (rollout) => rollout,
    async () => countRollouts(tools.database, criteria),
  );
}
