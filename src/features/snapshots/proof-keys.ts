/** What proofs of targeting keys are made with in an environment, until when. Pure. */
import { createSecretKey, type KeyObject } from "node:crypto";
import type { ProofSecret } from "../environments/index.js";

/** A secret in a form that no log can print. */
interface ProofKey {
  readonly key: KeyObject;
  /** Epoch milliseconds. */
  readonly until: number;
}

/** What proofs are made with in one environment; replaced, never changed. */
export type ProofKeys = readonly ProofKey[];

export function proofKeysOf(secrets: readonly ProofSecret[]): ProofKeys {
  return secrets.map(({ secret, until }) => ({ key: createSecretKey(secret, "utf8"), until }));
}

/** The secrets behind the keys. */
export function spellProofKeys(keys: ProofKeys): readonly ProofSecret[] {
  return keys.map(({ key, until }) => ({ secret: key.export().toString("utf8"), until }));
}

/** The next instant, after `now`, at which one of the keys stops to count. Epoch milliseconds. */
export function nextExpiry(keys: ProofKeys, now: number): number | undefined {
  const ahead = keys.map(({ until }) => until).filter((until) => until > now && until < Infinity);
  return ahead.length === 0 ? undefined : Math.min(...ahead);
}
