/** What a repeated change of an environment is answered: the environment as it is now, or as it was when it was deleted. */
import type { Database } from "../../platform/database/index.js";
import { asDeleted, type Repetition, sameOrGone } from "../ledger/index.js";
import { type Caller, permit } from "../permissions/index.js";
import type { Environment } from "./environment.js";
import { getEnvironment } from "./environment.queries.js";

/** Throws NOT_FOUND and FORBIDDEN. */
export async function findRepeatedEnvironment(
  tools: { readonly database: Database },
  caller: Caller,
  repetition: Repetition,
): Promise<Environment> {
  const { change, input } = repetition;
  if (change?.kind === "environment.deleted") {
    permit(caller, "environment:read", { project: change.project ?? "" });
    return asDeleted(change) as Environment;
  }
  const project = change?.project ?? input.project;
  const key = change?.subject ?? input.environment ?? "";
  return sameOrGone(repetition, getEnvironment(tools, caller, project, key));
}
