/** updateApiKey: name and expiry. */
import { Mistakes, name, reason } from "../../platform/input.js";
import { differenceOf } from "../ledger/index.js";
import type { Caller } from "../permissions/index.js";
import { type ApiKey, checkReach, readExpiry } from "./api-key.js";
import { saveApiKey } from "./api-key.store.js";
import { type ApiKeyRef, changeApiKey, findManagedKey } from "./change-api-key.js";
import { type ApiKeyTools, expiryOf } from "./create-api-key.js";

export interface UpdateApiKey extends ApiKeyRef {
  readonly name?: string | null | undefined;
  /** RFC 3339; null: never. */
  readonly expiresAt?: unknown;
}

/** Throws NOT_FOUND, FORBIDDEN also for what `checkReach` refuses, BAD_USER_INPUT, and CONFLICT for a revoked key. */
export async function updateApiKey(tools: ApiKeyTools, caller: Caller, input: UpdateApiKey): Promise<ApiKey> {
  const { apiKey, proof } = await findManagedKey(tools, caller, input.id);
  const mistakes = new Mistakes();
  const changes = {
    ...(input.name === undefined ? {} : { name: name("input.name", input.name, mistakes) }),
    ...(input.expiresAt === undefined
      ? {}
      : { expiresAt: readExpiry("input.expiresAt", input.expiresAt, tools.now(), mistakes) }),
  };
  const why = reason("input.reason", input.reason, mistakes);
  mistakes.throwIfAny();
  const until = changes.expiresAt === undefined ? null : expiryOf(tools, caller);
  checkReach(caller, until, { ...apiKey, ...changes });
  return changeApiKey(tools, proof, apiKey.id, {
    kind: "api_key.updated",
    expectedVersion: input.expectedVersion,
    reason: why,
    change: async (tx, before) => {
      const { name: oldName, expiresAt } = before;
      const old = { name: oldName, expiresAt };
      return differenceOf(old, { ...old, ...changes }) === null ? before : saveApiKey(tx, before.id, changes);
    },
  });
}
