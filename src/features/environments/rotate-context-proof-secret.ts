/** rotateContextProofSecret: a new secret behind the proofs of an environment, while the one before still counts for a time. */
import type { Cipher } from "../../platform/cipher.js";
import { Mistakes, reason } from "../../platform/input.js";
import { AuditSubject, checkVersion, type LedgerTools, write } from "../ledger/index.js";
import { type Caller, permit } from "../permissions/index.js";
import { makeProofSecret, proofPurpose } from "./context-proof.js";
import { replaceProofSecret } from "./context-proof.store.js";
import type { EnvironmentRef } from "./delete-environment.js";
import type { Environment } from "./environment.js";
import { findEnvironment, lockEnvironment } from "./environment.queries.js";

export interface RotateContextProofSecret extends EnvironmentRef {
  /** How long proofs of the secret before still count; a day when absent. */
  readonly overlapSeconds?: number | null | undefined;
}

/** An environment with its new secret, which is shown this once. */
export interface ContextProofSecret {
  readonly environment: Environment;
  readonly secret: string;
}

export interface ContextProofTools extends LedgerTools {
  readonly cipher: Cipher;
  /** Epoch milliseconds. */
  readonly now: () => number;
}

export const defaultProofOverlapSeconds = 86_400; // a day
const maxOverlapSeconds = 30 * 86_400;

/**
 * Of secrets from earlier rotations only the last one goes on counting.
 * Throws NOT_FOUND, FORBIDDEN, BAD_USER_INPUT, CONFLICT and PRECONDITION_REQUIRED.
 */
export async function rotateContextProofSecret(
  tools: ContextProofTools,
  caller: Caller,
  input: RotateContextProofSecret,
): Promise<ContextProofSecret> {
  const found = await findEnvironment(tools, caller, input.project, input.environment);
  const { project, key } = found;
  const proof = permit(caller, "environment:update", { project, environment: found });
  const { overlap, why } = readInput(input);
  const secret = makeProofSecret();
  const environment = await write(tools, proof, async (tx, record) => {
    const { id, version, requireExpectedVersion } = await lockEnvironment(tx, project, key);
    checkVersion("Environment", version, input.expectedVersion, requireExpectedVersion);
    const stored = tools.cipher.encrypt(secret, proofPurpose(id));
    const previousUntil = overlap === 0 ? null : new Date(tools.now() + overlap * 1_000);
    const previousExpiresAt = await replaceProofSecret(tx, id, stored, previousUntil);
    record({
      kind: "environment.context_proof_secret_rotated",
      subjectType: AuditSubject.ENVIRONMENT,
      subject: key,
      project,
      environment: key,
      after: { previousExpiresAt },
      reason: why,
    });
    return lockEnvironment(tx, project, key);
  });
  return { environment, secret };
}

function readInput(input: RotateContextProofSecret) {
  const mistakes = new Mistakes();
  const overlap = input.overlapSeconds ?? defaultProofOverlapSeconds;
  if (!(Number.isInteger(overlap) && overlap >= 0 && overlap <= maxOverlapSeconds)) {
    mistakes.add("input.overlapSeconds", `must be between 0 and ${maxOverlapSeconds}, got ${overlap}.`);
  }
  const why = reason("input.reason", input.reason, mistakes);
  mistakes.throwIfAny();
  return { overlap, why };
}
