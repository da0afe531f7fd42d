/** updateHoldout: whom experiments that are started from now on leave alone. */
import { Mistakes, reason } from "../../../platform/input.js";
import { AuditSubject, checkVersion, differenceOf, type LedgerTools, write } from "../../ledger/index.js";
import { type Caller, permit } from "../../permissions/index.js";
import { type ChangeInput, type NamesInput, readNames } from "../change-input.js";
import { readHeld } from "./create-holdout.js";
import { readAttribute } from "../experiment-input.js";
import { type Holdout, type HoldoutSettings, settingsOf } from "./holdout.js";
import { findHoldout, type HoldoutKeys, lockHoldout } from "./holdout.queries.js";
import { saveHoldout } from "./holdout.store.js";

export interface HoldoutRef extends HoldoutKeys, ChangeInput {}

/** What is absent stays; null clears the description. */
export interface UpdateHoldout extends HoldoutRef, NamesInput {
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

function readChanges(input: UpdateHoldout, mistakes: Mistakes): Partial<HoldoutSettings> {
  const { attribute, percent } = input;
  for (const member of ["attribute", "percent"] as const) {
    if (input[member] === null) mistakes.add(`input.${member}`, "must not be null.");
  }
  return {
    ...readNames(input, mistakes),
    ...(attribute === undefined || attribute === null
      ? {}
      : { attribute: readAttribute("input.attribute", attribute, mistakes) }),
    ...(percent === undefined || percent === null
      ? {}
      : { weight: readHeld("input.percent", percent, mistakes) }),
  };
}
