/** Looks again at somebody who was let in earlier: roles change and credentials are revoked while a subscription lives. */
import type { Caller, Identity } from "../permissions/index.js";
import type { AccountTools } from "./tools.js";

/** The caller with today's rights; anonymous, with the reason, once the credential would no longer let anybody in. Asks memory alone. */
export function recognise(tools: Pick<AccountTools, "directory" | "now">, caller: Caller): Caller {
  const identity = today(tools, caller.identity);
  return identity === caller.identity ? caller : { ...caller, identity };
}

function today({ directory, now }: Pick<AccountTools, "directory" | "now">, identity: Identity): Identity {
  if (identity.kind === "USER") {
    const user = directory.user(identity.id);
    const gone = user === undefined || !user.active || directory.isRevoked(identity.sessionId);
    return gone ? revoked : { ...user.identity, sessionId: identity.sessionId };
  }
  if (identity.kind !== "API_KEY") return identity;
  const key = directory.keyById(identity.id);
  if (key === undefined || key.revoked) return revoked;
  return key.expiresAt <= now() ? { kind: "ANONYMOUS", reason: "EXPIRED" } : key.identity;
}

const revoked: Identity = { kind: "ANONYMOUS", reason: "REVOKED" };
