/** The secret behind the proofs of an environment: what it looks like, and what it is bound to. */
import { randomBytes } from "node:crypto";

const secretBytes = 32; // 256 bits

/** Base64url, 43 characters. The key of the HMAC is this text, not the bytes behind it, so that nobody has to decode it. */
export function makeProofSecret(): string {
  return randomBytes(secretBytes).toString("base64url");
}

/** What the cipher binds an environment's secrets to. */
export function proofPurpose(environmentId: string): string {
  return `context proofs of environment ${environmentId}`;
}

/** A secret that proofs may be made with, and until when: epoch milliseconds, Infinity for the present one. */
export interface ProofSecret {
  readonly secret: string;
  readonly until: number;
}
