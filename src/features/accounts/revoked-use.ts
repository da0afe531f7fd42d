/** Notices secrets of API keys that are used after they were revoked or replaced: somebody forgot one, or found one. */
import type { Caller } from "../permissions/index.js";
import { SecurityEventKind, type SecurityLog } from "../security/index.js";
import { hashApiKeySecret, isApiKeySecret } from "./api-key-secret.js";
import type { Directory } from "./directory.js";
import type { KnownKey } from "./known.js";

export interface RevokedUse {
  /** At once, and for each key and address at most once a minute. `credential` is what the caller sent. */
  notice(caller: Caller, credential: string | null): void;
}

interface RevokedUseTools {
  readonly directory: Directory;
  readonly security: SecurityLog;
  /** Epoch milliseconds. */
  readonly now: () => number;
}

const resolutionMs = 60_000;

/** Asks memory alone. */
export function createRevokedUse(tools: RevokedUseTools): RevokedUse {
  /** Key and address → when it was noticed; oldest first. */
  const noticed = new Map<string, number>();

  function isNews(use: string): boolean {
    const now = tools.now();
    for (const [old, at] of noticed) {
      if (now - at < resolutionMs) break;
      noticed.delete(old);
    }
    if (noticed.has(use)) return false;
    noticed.set(use, now);
    return true;
  }

  return {
    notice: (caller, credential) => {
      if (caller.identity.kind !== "ANONYMOUS" || credential === null || !isApiKeySecret(credential)) return;
      const hash = hashApiKeySecret(credential);
      const key = hash === null ? undefined : tools.directory.key(hash);
      const secret = key === undefined ? null : fateOf(tools, key);
      if (key === undefined || secret === null) return;
      const { id, name, project, environment } = key.identity;
      if (!isNews(`${id} ${caller.ip}`)) return;
      const detail = { apiKeyId: id, secret, project, environment };
      tools.security.record({ kind: SecurityEventKind.REVOKED_KEY_USED, caller, subject: name, detail });
    },
  };
}

/** What became of the secret that opened this; null where it was not taken away. */
function fateOf({ directory, now }: RevokedUseTools, key: KnownKey): "REVOKED" | "REPLACED" | null {
  if (key.revoked) return "REVOKED";
  return key !== directory.keyById(key.identity.id) && key.expiresAt <= now() ? "REPLACED" : null;
}
