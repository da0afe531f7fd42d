/** deleteProject: a project and everything in it. */
import { Mistakes, reason } from "../../platform/input.js";
import { quote } from "../../platform/problems.js";
import { AuditSubject, checkVersion, write } from "../ledger/index.js";
import { type Caller, permit } from "../permissions/index.js";
import type { ProjectTools } from "./create-project.js";
import { refuseHeld } from "./flag-holders.js";
import type { Project } from "./project.js";
import { findProject, lockProject } from "./project.queries.js";
import { removeProject } from "./project.store.js";

export interface ProjectRef {
  readonly project: string;
  readonly expectedVersion?: number | null | undefined;
  readonly reason?: string | null | undefined;
}

/** Gives the project as it was. Its environments, segments, flags and API keys go with it; the ledger keeps its history. Throws NOT_FOUND, FORBIDDEN, PRECONDITION_REQUIRED, and CONFLICT for a stale version and while something is under way in it. */
export async function deleteProject(
  tools: ProjectTools,
  caller: Caller,
  input: ProjectRef,
): Promise<Project> {
  const { key } = await findProject(tools, caller, input.project);
  const proof = permit(caller, "project:delete", { project: key });
  const mistakes = new Mistakes();
  const why = reason("input.reason", input.reason, mistakes);
  mistakes.throwIfAny();
  return write(tools, proof, async (tx, record) => {
    await tools.lockHolders(tx, key);
    const project = await lockProject(tx, key);
    const isDemanded = await tools.demandsVersion(tx, key);
    checkVersion("Project", project.version, input.expectedVersion, isDemanded);
    await refuseHeld(tools, tx, { project: key }, `Project ${quote(key)}`);
    await tools.emptyProject(tx, key);
    await removeProject(tx, key);
    record({
      kind: "project.deleted",
      subjectType: AuditSubject.PROJECT,
      subject: key,
      project: key,
      before: project,
      reason: why,
    });
    return project;
  });
}
