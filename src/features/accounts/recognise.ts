/** Looks again at somebody who was let in earlier: tokens expire, roles change and credentials are revoked while a subscription lives. */
import { type Caller, type Identity, isEvaluationKey } from "../permissions/index.js";
import { secondFactorOf } from "./authenticate.js";
import type { AccountTools } from "./tools.js";

type RecogniseTools = Pick<AccountTools, "directory" | "now" | "settings" | "isCutOff">;

/** The caller with today's rights; anonymous, with the reason, once the credential would no longer let anybody in. Asks memory alone. */
export function recognise(tools: RecogniseTools, caller: Caller): Caller {
  const identity = today(tools, caller.identity);
  return identity === caller.identity ? caller : { ...caller, identity };
}

function today(tools: RecogniseTools, identity: Identity): Identity {
  const { directory, now, isCutOff } = tools;
  if (identity.kind === "USER") {
    const { sessionId, expiresAt, steppedUpUntil } = identity;
    const user = directory.user(identity.id);
    if (user === undefined || !user.active || directory.isRevoked(sessionId)) return revoked;
    if (expiresAt <= now()) return expired;
    if (isCutOff()) return unverified;
    const secondFactor = secondFactorOf(tools, user, steppedUpUntil);
    return { ...user.identity, sessionId, expiresAt, steppedUpUntil, secondFactor };
  }
  if (identity.kind !== "API_KEY") return identity;
  const key = directory.keyById(identity.id);
  if (key === undefined || key.revoked) return revoked;
  if (key.expiresAt <= now()) return expired;
  return isCutOff() && !isEvaluationKey(key.identity) ? unverified : key.identity;
}

const revoked: Identity = { kind: "ANONYMOUS", reason: "REVOKED" };
const expired: Identity = { kind: "ANONYMOUS", reason: "EXPIRED" };
const unverified: Identity = { kind: "ANONYMOUS", reason: "UNVERIFIED" };
