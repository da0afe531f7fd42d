/** What the security log says of an API key that was made, rotated or revoked. */
import type { Caller } from "../permissions/index.js";
import type { SecurityEventKind, SecurityLog } from "../security/index.js";
import type { ApiKey } from "./api-key.js";

/** Of the secret it says no more than the prefix by which people recognise it. */
export function recordKey(
  { security }: { readonly security: SecurityLog },
  caller: Caller,
  kind: SecurityEventKind,
  apiKey: ApiKey,
): void {
  const { id, kind: keyKind, project, environment, role, prefix, expiresAt } = apiKey;
  const detail = { apiKeyId: id, keyKind, project, environment, role, prefix, expiresAt };
  security.record({ kind, caller, subject: apiKey.name, detail });
}
