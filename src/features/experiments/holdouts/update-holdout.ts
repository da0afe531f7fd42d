/** updateHoldout and deleteHoldout: whom experiments that are started from now on leave alone. */
import { description, Mistakes, name, reason } from "../../../platform/input.js";
import { AuditSubject, checkVersion, differenceOf, type LedgerTools, write } from "../../ledger/index.js";
import { type Caller, permit } from "../../permissions/index.js";
import { readHeld } from "./create-holdout.js";
import { readAttribute } from "../experiment-input.js";
import { type Holdout, type HoldoutSettings, settingsOf } from "./holdout.js";
import { findHoldout, type HoldoutKeys, lockHoldout } from "./holdout.queries.js";
import { removeHoldout, saveHoldout } from "./holdout.store.js";

export interface HoldoutRef extends HoldoutKeys {
  readonly expectedVersion?: number | null | undefined;
  readonly reason?: string | null | undefined;
}

/** What is absent stays; null clears the description. */
export interface UpdateHoldout extends HoldoutRef {
  readonly name?: string | null | undefined;
  readonly description?: string | null | undefined;
  readonly attribute?: string | null | undefined;
  readonly percent?: number | null | undefined;
}

/** Throws NOT_FOUND, FORBIDDEN, BAD_USER_INPUT, CONFLICT and PRECONDITION_REQUIRED. An update that changes nothing leaves no trace. */
export async function updateHoldout(
  tools: LedgerTools,
  caller: Caller,
  input: UpdateHoldout,
): Promise<Holdout> {
  const { holdout: found, environment } = await findHoldout(tools, caller, input);
  const { project } = found;
  const proof = permit(caller, "experiment:run", { project, environment });
  const mistakes = new Mistakes();
  const changes = readChanges(input, mistakes);
  const why = reason("input.reason", input.reason, mistakes);
  mistakes.throwIfAny();
  return write(tools, proof, async (tx, record) => {
    const holdout = await lockHoldout(tx, found);
    checkVersion("Holdout", holdout.version, input.expectedVersion, environment.requireExpectedVersion);
    const difference = differenceOf(settingsOf(holdout), { ...settingsOf(holdout), ...changes });
    if (difference === null) return holdout;
    const about = { subject: holdout.key, project, environment: environment.key };
    const subjectType = AuditSubject.HOLDOUT;
    record({ kind: "holdout.updated", subjectType, ...about, ...difference, reason: why });
    return saveHoldout(tx, holdout, difference.after);
  });
}

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

function readChanges(input: UpdateHoldout, mistakes: Mistakes): Partial<HoldoutSettings> {
  const { attribute, percent } = input;
  for (const member of ["attribute", "percent"] as const) {
    if (input[member] === null) mistakes.add(`input.${member}`, "must not be null.");
  }
  return {
    ...(input.name === undefined ? {} : { name: name("input.name", input.name, mistakes) }),
    ...(input.description === undefined
      ? {}
      : { description: description("input.description", input.description, mistakes) }),
    ...(attribute === undefined || attribute === null
      ? {}
      : { attribute: readAttribute("input.attribute", attribute, mistakes) }),
    ...(percent === undefined || percent === null
      ? {}
      : { weight: readHeld("input.percent", percent, mistakes) }),
  };
}
