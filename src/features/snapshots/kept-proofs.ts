/** The keys of context proofs on disk: encrypted, and of no use to whoever lacks SECRET_KEY. */
import { type Cipher, decryptOrNull } from "../../platform/cipher.js";
import type { Environment } from "../environments/index.js";
import { proofKeysOf, spellProofKeys } from "./proof-keys.js";
import type { ProofsAside } from "./kept-projects.js";

/** `until` is null for the present one. */
interface KeptSecret {
  readonly encrypted: string;
  readonly until: number | null;
}

/** What no key reads any longer is left out: then it proves nothing until the database was asked. */
export function encryptedProofs(cipher: Cipher): ProofsAside {
  return {
    keep: (keys, environment) =>
      spellProofKeys(keys).map(({ secret, until }): KeptSecret => ({
        encrypted: cipher.encrypt(secret, purposeOf(environment)),
        until: until === Infinity ? null : until,
      })),
    restore: (kept, environment) =>
      proofKeysOf(
        (kept as readonly KeptSecret[]).flatMap(({ encrypted, until }) => {
          const secret = decryptOrNull(cipher, encrypted, purposeOf(environment));
          return secret === null ? [] : [{ secret, until: until ?? Infinity }];
        }),
      ),
  };
}

function purposeOf({ id }: Environment): string {
  return `kept context proofs of environment ${id}`;
}
