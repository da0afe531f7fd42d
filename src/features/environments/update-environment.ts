/** updateEnvironment: name, protection, what is asked of clients, and place in the list. */
import type { Transaction } from "../../platform/database/index.js";
import { Mistakes, name, reason } from "../../platform/input.js";
import { badField, conflict } from "../../platform/problems.js";
import { AuditSubject, checkVersion, differenceOf, type LedgerTools, write } from "../ledger/index.js";
import { type Caller, permit } from "../permissions/index.js";
import { lockProject } from "../projects/index.js";
import { hasProofSecret } from "./context-proof.store.js";
import type { Environment, EnvironmentSettings } from "./environment.js";
import { findEnvironment, lockEnvironment } from "./environment.queries.js";
import { countEnvironments, saveEnvironment, shiftEnvironments } from "./environment.store.js";

export interface UpdateEnvironment {
  readonly environment: string;
  readonly name?: string | null | undefined;
  readonly protected?: boolean | null | undefined;
  readonly requireExpectedVersion?: boolean | null | undefined;
  readonly requireContextProof?: boolean | null | undefined;
  /** From 0; the others move up or down. */
  readonly position?: number | null | undefined;
  readonly project?: string | null | undefined;
  readonly expectedVersion?: number | null | undefined;
  readonly reason?: string | null | undefined;
}

/** Throws NOT_FOUND, FORBIDDEN, BAD_USER_INPUT, CONFLICT and PRECONDITION_REQUIRED. An update that changes nothing leaves no trace. */
export async function updateEnvironment(
  tools: LedgerTools,
  caller: Caller,
  input: UpdateEnvironment,
): Promise<Environment> {
  const found = await findEnvironment(tools, caller, input.project, input.environment);
  const { project, key } = found;
  const proof = permit(caller, "environment:update", { project, environment: found });
  const { why, ...changes } = readInput(input);
  return write(tools, proof, async (tx, record) => {
    await lockProject(tx, project);
    const environment = await lockEnvironment(tx, project, key);
    const { version, requireExpectedVersion, requireContextProof, position } = environment;
    checkVersion("Environment", version, input.expectedVersion, requireExpectedVersion);
    const before: EnvironmentSettings = {
      name: environment.name,
      protected: environment.protected,
      requireExpectedVersion,
      requireContextProof,
      position,
    };
    const after = { ...before, ...changes };
    const difference = differenceOf(before, after);
    if (difference === null) return environment;
    if (difference.after.requireContextProof === true) await checkProofSecret(tx, environment);
    await makeRoom(tx, environment, after.position);
    const saved = await saveEnvironment(tx, environment, after);
    record({
      kind: "environment.updated",
      subjectType: AuditSubject.ENVIRONMENT,
      subject: key,
      project,
      environment: key,
      ...difference,
      reason: why,
    });
    return saved;
  });
}

function readInput(input: UpdateEnvironment) {
  const mistakes = new Mistakes();
  const read = {
    ...(input.name === undefined ? {} : { name: name("input.name", input.name, mistakes) }),
    ...given("protected", input.protected, mistakes),
    ...given("requireExpectedVersion", input.requireExpectedVersion, mistakes),
    ...given("requireContextProof", input.requireContextProof, mistakes),
    ...given("position", input.position, mistakes),
    why: reason("input.reason", input.reason, mistakes),
  };
  mistakes.throwIfAny();
  return read;
}

/** A member that may be left out but not cleared. */
function given<Name extends string, T>(
  member: Name,
  value: T | null | undefined,
  mistakes: Mistakes,
): { readonly [N in Name]?: T } {
  if (value === null) mistakes.add(`input.${member}`, "cannot be null.");
  return value === undefined || value === null ? {} : ({ [member]: value } as { [N in Name]: T });
}

/** Nobody locks their browsers out by accident. Throws CONFLICT where there is nothing yet to make a proof with. */
async function checkProofSecret(tx: Transaction, { id, key }: Environment): Promise<void> {
  if (await hasProofSecret(tx, id)) return;
  throw conflict(
    `Environment ${key} has no secret yet to make proofs with: make one with rotateContextProofSecret and give it to your backend, then require proofs.`,
  );
}

/** Moves those between the old and the new place by one. Throws BAD_USER_INPUT for a place outside the list. */
async function makeRoom(tx: Transaction, { project, position }: Environment, place: number): Promise<void> {
  if (place === position) return;
  const last = (await countEnvironments(tx, project)) - 1;
  if (place < 0 || place > last) {
    throw badField("input.position", `must be between 0 and ${last}, got ${place}.`);
  }
  if (place < position) await shiftEnvironments(tx, project, place, position - 1, 1);
  else await shiftEnvironments(tx, project, position + 1, place, -1);
}
