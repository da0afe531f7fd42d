/** revokeApiKey: for good, all its secrets at once. */
import { Mistakes, reason } from "../../platform/input.js";
import type { Caller } from "../permissions/index.js";
import { SecurityEventKind } from "../security/index.js";
import type { ApiKey } from "./api-key.js";
import { saveApiKey } from "./api-key.store.js";
import { type ApiKeyRef, changeApiKey, findManagedKey } from "./change-api-key.js";
import type { ApiKeyTools } from "./create-api-key.js";
import { recordKey } from "./record-key.js";

/** A key that was revoked already stays as it is. Throws NOT_FOUND, FORBIDDEN, and CONFLICT for a stale version. */
export async function revokeApiKey(tools: ApiKeyTools, caller: Caller, input: ApiKeyRef): Promise<ApiKey> {
  const { apiKey, proof } = await findManagedKey(tools, caller, input.id);
  const mistakes = new Mistakes();
  const why = reason("input.reason", input.reason, mistakes);
  mistakes.throwIfAny();
  let isNews = false;
  const revoked = await changeApiKey(tools, proof, apiKey.id, {
    kind: "api_key.revoked",
    expectedVersion: input.expectedVersion,
    reason: why,
    onceRevoked: "IT_STAYS",
    change: async (tx, { id }) => {
      isNews = true;
      return saveApiKey(tx, id, { revokedAt: new Date(tools.now()) });
    },
  });
  if (isNews) recordKey(tools, caller, SecurityEventKind.API_KEY_REVOKED, revoked);
  return revoked;
}
