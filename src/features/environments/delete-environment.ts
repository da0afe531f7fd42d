/** deleteEnvironment: an environment with the settings of all flags in it. */
import { Mistakes, reason } from "../../platform/input.js";
import { quote } from "../../platform/problems.js";
import { AuditSubject, checkVersion, type LedgerTools, write } from "../ledger/index.js";
import { type Caller, permit } from "../permissions/index.js";
import { type HolderTools, lockProject, refuseHeld } from "../projects/index.js";
import type { Environment } from "./environment.js";
import { findEnvironment, lockEnvironment } from "./environment.queries.js";
import { closeGap, removeEnvironment } from "./environment.store.js";

export interface EnvironmentRef {
  readonly environment: string;
  readonly project?: string | null | undefined;
  readonly expectedVersion?: number | null | undefined;
  readonly reason?: string | null | undefined;
}

/** Gives the environment as it was. Its flag settings and API keys go with it. Throws NOT_FOUND, FORBIDDEN, PRECONDITION_REQUIRED, and CONFLICT for a stale version and while something is under way in it. */
export async function deleteEnvironment(
  tools: LedgerTools & HolderTools,
  caller: Caller,
  input: EnvironmentRef,
): Promise<Environment> {
  const found = await findEnvironment(tools, caller, input.project, input.environment);
  const { project, key } = found;
  const proof = permit(caller, "environment:delete", { project, environment: found });
  const mistakes = new Mistakes();
  const why = reason("input.reason", input.reason, mistakes);
  mistakes.throwIfAny();
  return write(tools, proof, async (tx, record) => {
    await tools.lockHolders(tx, project);
    await lockProject(tx, project);
    const environment = await lockEnvironment(tx, project, key);
    const { version, requireExpectedVersion } = environment;
    checkVersion("Environment", version, input.expectedVersion, requireExpectedVersion);
    await refuseHeld(tools, tx, { project, environment: key }, `Environment ${quote(key)}`);
    await removeEnvironment(tx, project, key);
    await closeGap(tx, project, environment.position);
    record({
      kind: "environment.deleted",
      subjectType: AuditSubject.ENVIRONMENT,
      subject: key,
      project,
      environment: key,
      before: environment,
      reason: why,
    });
    return environment;
  });
}
