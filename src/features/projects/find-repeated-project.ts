/** What a repeated change of a project is answered: the project as it is now, or as it was when it was deleted. */
import type { Database } from "../../platform/database/index.js";
import { asDeleted, type Repetition, sameOrGone } from "../ledger/index.js";
import type { Caller } from "../permissions/index.js";
import type { Project } from "./project.js";
import { getProject } from "./project.queries.js";

/** Throws NOT_FOUND and FORBIDDEN. */
export async function findRepeatedProject(
  tools: { readonly database: Database },
  caller: Caller,
  repetition: Repetition,
): Promise<Project> {
  const { change, input } = repetition;
  if (change?.kind === "project.deleted") return asDeleted(change) as Project;
  return sameOrGone(repetition, getProject(tools, caller, change?.subject ?? input.project ?? ""));
}
