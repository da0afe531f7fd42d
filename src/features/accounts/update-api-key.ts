/** updateApiKey: name and expiry. */
import { Mistakes, name, reason } from "../../platform/input.js";
import type { Caller } from "../permissions/index.js";
import { type ApiKey, checkReach, readExpiry } from "./api-key.js";
import { saveApiKey } from "./api-key.store.js";
import { type ApiKeyRef, changeApiKey, findManagedKey } from "./change-api-key.js";
import type { ApiKeyTools } from "./create-api-key.js";

export interface UpdateApiKey extends ApiKeyRef {
  readonly name?: string | null | undefined;
  /** RFC 3339; null: never. */
  readonly expiresAt?: unknown;
}

/** Throws NOT_FOUND, FORBIDDEN also for a key with a role above the caller's, BAD_USER_INPUT, and CONFLICT for a revoked key. */
export async function updateApiKey(tools: ApiKeyTools, caller: Caller, input: UpdateApiKey): Promise<ApiKey> {
  const { apiKey, proof } = await findManagedKey(tools, caller, input.id);
  checkReach(caller, apiKey);
  const mistakes = new Mistakes();
  const changes = {
    ...(input.name === undefined ? {} : { name: name("input.name", input.name, mistakes) }),
    ...(input.expiresAt === undefined
      ? {}
      : { expiresAt: readExpiry("input.expiresAt", input.expiresAt, tools.now(), mistakes) }),
  };
  const why = reason("input.reason", input.reason, mistakes);
  mistakes.throwIfAny();
  return changeApiKey(tools, proof, apiKey.id, {
    kind: "api_key.updated",
    reason: why,
    change: async (tx, before) =>
      Object.keys(changes).length === 0 ? before : saveApiKey(tx, before.id, changes),
  });
}
