/** deleteHoldout: nobody is held out by it any more, of experiments that are started from now on. */
import { Mistakes, reason } from "../../../platform/input.js";
import { AuditSubject, checkVersion, type LedgerTools, write } from "../../ledger/index.js";
import { type Caller, permit } from "../../permissions/index.js";
import type { Holdout } from "./holdout.js";
import { findHoldout, lockHoldout } from "./holdout.queries.js";
import { removeHoldout } from "./holdout.store.js";
import type { HoldoutRef } from "./update-holdout.js";

/** Gives the holdout as it was. Throws NOT_FOUND, FORBIDDEN, CONFLICT and PRECONDITION_REQUIRED. */
export async function deleteHoldout(tools: LedgerTools, caller: Caller, input: HoldoutRef): Promise<Holdout> {
  const { holdout: found, environment } = await findHoldout(tools, caller, input);
  const { project } = found;
  const proof = permit(caller, "experiment:run", { project, environment });
  const mistakes = new Mistakes();
  const why = reason("input.reason", input.reason, mistakes);
  mistakes.throwIfAny();
  return write(tools, proof, async (tx, record) => {
    const holdout = await lockHoldout(tx, found);
    checkVersion("Holdout", holdout.version, input.expectedVersion, environment.requireExpectedVersion);
    await removeHoldout(tx, holdout);
    const { project: _project, ...before } = holdout;
    const about = { subject: holdout.key, project, environment: environment.key };
    const subjectType = AuditSubject.HOLDOUT;
    record({ kind: "holdout.deleted", subjectType, ...about, before, reason: why });
    return holdout;
  });
}
