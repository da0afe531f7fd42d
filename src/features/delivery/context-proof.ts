/** Whether whoever holds a CLIENT key may ask about a targeting key: browsers are given a proof by their own backend. Pure. */
import { createHmac, timingSafeEqual } from "node:crypto";
import { Problem } from "../../platform/problems.js";
import type { ProofKeys } from "../snapshots/index.js";
import type { CheckedContext } from "./context-input.js";

/** Whether `proof` is HMAC-SHA256 of the targeting key under a key that counts at `now`. A context without a targeting key names nobody and needs none. */
export function isProved(
  keys: ProofKeys,
  { targetingKey }: Pick<CheckedContext, "targetingKey">,
  proof: string | null,
  now: number,
): boolean {
  if (targetingKey === null) return true;
  const given = proof === null ? null : digestOf(proof);
  if (given === null) return false;
  return keys.some(({ key, until }) => {
    if (until <= now) return false;
    return timingSafeEqual(createHmac("sha256", key).update(targetingKey).digest(), given);
  });
}

/** The 32 bytes that a proof spells as hex or base64url; null for what is neither. */
function digestOf(proof: string): Buffer | null {
  if (/^[\da-f]{64}$/i.test(proof)) return Buffer.from(proof, "hex");
  if (/^[\w-]{43}=?$/.test(proof)) return Buffer.from(proof, "base64url");
  return null;
}

/** FORBIDDEN, in the same words whether the proof is absent, mistaken or another's. */
export function unproved(): Problem {
  const message =
    "This environment asks for context.proof: HMAC-SHA256 of the targetingKey, made by your backend with the environment's proof secret.";
  return new Problem("FORBIDDEN", message, {
    fields: [{ path: "context.proof", message: "must be the proof of context.targetingKey." }],
  });
}
