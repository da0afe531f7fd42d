/** rotateApiKey: the same key under a new secret, while the old one still works for a time. */
import { Mistakes, reason } from "../../platform/input.js";
import { conflict } from "../../platform/problems.js";
import type { Caller } from "../permissions/index.js";
import { SecurityEventKind } from "../security/index.js";
import { checkReach, type CreatedApiKey } from "./api-key.js";
import { makeApiKeySecret } from "./api-key-secret.js";
import { replaceSecret } from "./api-key.store.js";
import { type ApiKeyRef, changeApiKey, findManagedKey } from "./change-api-key.js";
import { type ApiKeyTools, expiryOf } from "./create-api-key.js";
import { recordKey } from "./record-key.js";

export interface RotateApiKey extends ApiKeyRef {
  /** How long the old secret still works; a day when absent. */
  readonly overlapSeconds?: number | null | undefined;
}

export const defaultOverlapSeconds = 86_400; // a day
const maxOverlapSeconds = 30 * 86_400;
const longAgo = new Date(0); // by the clock of every instance

/**
 * Of secrets from earlier rotations only the last one goes on working.
 * Throws NOT_FOUND, FORBIDDEN also for what `checkReach` refuses, BAD_USER_INPUT, and CONFLICT for a revoked or expired key.
 */
export async function rotateApiKey(
  tools: ApiKeyTools,
  caller: Caller,
  input: RotateApiKey,
): Promise<CreatedApiKey> {
  const { apiKey: found, proof } = await findManagedKey(tools, caller, input.id);
  checkReach(caller, expiryOf(tools, caller), found);
  const mistakes = new Mistakes();
  const overlap = input.overlapSeconds ?? defaultOverlapSeconds;
  if (!(Number.isInteger(overlap) && overlap >= 0 && overlap <= maxOverlapSeconds)) {
    mistakes.add("input.overlapSeconds", `must be between 0 and ${maxOverlapSeconds}, got ${overlap}.`);
  }
  const why = reason("input.reason", input.reason, mistakes);
  mistakes.throwIfAny();
  const { secret, ...next } = makeApiKeySecret(found.kind, found.environment ?? found.project);
  const now = tools.now();
  const previousExpiresAt = overlap === 0 ? longAgo : new Date(now + overlap * 1_000);
  const apiKey = await changeApiKey(tools, proof, found.id, {
    kind: "api_key.rotated",
    expectedVersion: input.expectedVersion,
    reason: why,
    says: { previousExpiresAt: overlap === 0 ? null : previousExpiresAt },
    change: async (tx, { id, name, expiresAt }) => {
      if (expiresAt !== null && expiresAt.getTime() <= now) {
        throw conflict(`API key ${name} has expired: give it a later expiresAt first.`);
      }
      return replaceSecret(tx, id, next, previousExpiresAt);
    },
  });
  recordKey(tools, caller, SecurityEventKind.API_KEY_ROTATED, apiKey);
  return { apiKey, secret };
}
