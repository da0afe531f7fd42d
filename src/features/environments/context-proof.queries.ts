/** The secrets of proofs as evaluation needs them: decrypted, and only of environments that ask for proofs. */
import { type Cipher, decryptOrNull } from "../../platform/cipher.js";
import type { Database } from "../../platform/database/index.js";
import { type ProofSecret, proofPurpose } from "./context-proof.js";
import { readProofSecrets, type StoredProofSecrets } from "./context-proof.store.js";

/** What counts in one environment. */
export interface EnvironmentProofs {
  /** Present and previous; none where nobody made any yet or no key reads them: then nothing is a proof. */
  readonly secrets: readonly ProofSecret[];
  /** How many could not be decrypted. */
  readonly unreadable: number;
}

/** Environment id → its secrets; environments that ask for no proofs are left out. */
export async function proofsOf(
  database: Database,
  cipher: Cipher,
  project: string,
): Promise<ReadonlyMap<string, EnvironmentProofs>> {
  const stored = await readProofSecrets(database, project);
  return new Map(stored.map((one) => [one.id, decrypted(cipher, one)]));
}

function decrypted(
  cipher: Cipher,
  { id, current, previous, previousExpiresAt }: StoredProofSecrets,
): EnvironmentProofs {
  const candidates = [
    { stored: current, until: Infinity },
    { stored: previous, until: previousExpiresAt?.getTime() ?? 0 },
  ];
  const secrets: ProofSecret[] = [];
  let unreadable = 0;
  for (const { stored, until } of candidates) {
    if (stored === null) continue;
    const secret = decryptOrNull(cipher, stored, proofPurpose(id));
    if (secret === null) unreadable += 1;
    else secrets.push({ secret, until });
  }
  return { secrets, unreadable };
}
