/** revokeSession: ends one session, one's own or, for administrators, anybody's. */
import { isUuid, Mistakes, reason as readReason } from "../../platform/input.js";
import { notFound, unauthenticated } from "../../platform/problems.js";
import { write } from "../ledger/index.js";
import { type Caller, type Permit, permit, permitSelf, reaches, Role } from "../permissions/index.js";
import { SecurityEventKind } from "../security/index.js";
import { endSessions } from "./end-sessions.js";
import type { SessionInfo } from "./session.js";
import { findOpenSession } from "./session.store.js";
import type { AccountTools } from "./tools.js";
import { findUser } from "./user.store.js";

export interface RevokeSession {
  readonly id: string;
  readonly reason?: string | null | undefined;
}

type RevokeSessionTools = Pick<AccountTools, "database" | "committed" | "now" | "security">;

/**
 * Ends the session and gives it as it was. Throws UNAUTHENTICATED, BAD_USER_INPUT, what `permit` throws for `user:manage` where the session is not
 * the caller's own, and NOT_FOUND; users without the right get NOT_FOUND for foreign sessions too.
 */
export async function revokeSession(
  tools: RevokeSessionTools,
  caller: Caller,
  { id, reason }: RevokeSession,
): Promise<SessionInfo> {
  if (caller.identity.kind === "ANONYMOUS") throw unauthenticated(caller.identity.reason);
  const mistakes = new Mistakes();
  const why = readReason("input.reason", reason, mistakes);
  mistakes.throwIfAny();
  const at = new Date(tools.now());
  const found = isUuid(id) ? await findOpenSession(tools.database, id, at) : null;
  const isOwn = caller.identity.kind === "USER" && caller.identity.id === found?.userId;
  const proof = isOwn ? permitSelf(caller) : permitForeign(caller, id);
  if (found === null) throw notFound("Session", id);
  const { userId, ...session } = found;
  const email = await write(tools, proof, async (tx, record) => {
    const user = await findUser(tx, userId);
    const ended = user === null ? [] : await endSessions(tx, record, user, { only: session.id, at }, why);
    if (user === null || ended.length === 0) throw notFound("Session", id);
    return user.email;
  });
  const detail = { sessionId: session.id };
  tools.security.record({ kind: SecurityEventKind.SESSION_REVOKED, caller, subject: email, detail });
  return session;
}

/** To users who may not end the sessions of others those do not exist. */
function permitForeign(caller: Caller, id: string): Permit {
  const { identity } = caller;
  if (identity.kind === "USER" && !reaches(identity.role, Role.ADMIN)) throw notFound("Session", id);
  return permit(caller, "user:manage");
}
