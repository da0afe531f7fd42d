/** Verifying the ledger from within a server. */
import type { Database } from "../../platform/database/index.js";
import { list, Mistakes } from "../../platform/input.js";
import { quote } from "../../platform/problems.js";
import { type Caller, permit } from "../permissions/index.js";
import { type Checkpoint, readToken } from "./checkpoint.js";
import { createCheckpointKeys } from "./checkpoint-keys.js";
import { storedLedger } from "./stored-ledger.js";
import { type Verification, verifyLedger } from "./verify-ledger.js";

interface Tools {
  readonly database: Database;
  /** Newest first. */
  readonly secretKeys: readonly string[];
}

const maxTokens = 1_000;

/** Reads all of the ledger. `tokens`: checkpoints that were kept elsewhere. Needs ADMIN of the whole server. Throws BAD_USER_INPUT. */
export async function auditVerification(
  { database, secretKeys }: Tools,
  caller: Caller,
  tokens: readonly string[],
): Promise<Verification> {
  permit(caller, "audit:verify");
  const mistakes = new Mistakes();
  const checkpoints = readTokens("checkpoints", tokens, mistakes);
  mistakes.throwIfAny();
  const { publicKeys } = createCheckpointKeys(secretKeys);
  return verifyLedger(storedLedger(database), { publicKeys, checkpoints });
}

/** Tokens of checkpoints, at most 1 000. */
export function readTokens(path: string, tokens: readonly string[], mistakes: Mistakes): Checkpoint[] {
  return list(path, tokens, mistakes, { max: maxTokens }).flatMap((token, index) => {
    const checkpoint = readToken(token);
    if (checkpoint === null) {
      mistakes.add(`${path}[${index}]`, `must be a checkpoint as the log has it, got ${quote(token)}.`);
    }
    return checkpoint ?? [];
  });
}
