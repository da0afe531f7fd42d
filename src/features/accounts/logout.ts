/** logout and logoutEverywhere: end the session one is in, or all of one's sessions. */
import { write } from "../ledger/index.js";
import { type Caller, permitSelf } from "../permissions/index.js";
import { SecurityEventKind } from "../security/index.js";
import { endSessions } from "./end-sessions.js";
import { signedInUser } from "./session.js";
import type { AccountTools } from "./tools.js";
import { lockCredential } from "./user.store.js";

type LogoutTools = Pick<AccountTools, "database" | "committed" | "now" | "security">;

/** Ends the caller's session. Throws UNAUTHENTICATED, and FORBIDDEN for API keys. */
export async function logout(tools: LogoutTools, caller: Caller): Promise<boolean> {
  return end(tools, caller, { only: signedInUser(caller).sessionId });
}

/** Ends all sessions of the caller. Throws UNAUTHENTICATED, and FORBIDDEN for API keys. */
export async function logoutEverywhere(tools: LogoutTools, caller: Caller): Promise<boolean> {
  return end(tools, caller, {});
}

async function end(tools: LogoutTools, caller: Caller, chosen: { readonly only?: string }): Promise<boolean> {
  const user = signedInUser(caller);
  const ended = await write(tools, permitSelf(caller), async (tx, record) => {
    await lockCredential(tx, user.id);
    return endSessions(tx, record, user, { ...chosen, at: new Date(tools.now()) });
  });
  const detail = { sessions: ended.length };
  tools.security.record({ kind: SecurityEventKind.SIGNED_OUT, caller, subject: user.email, detail });
  return true;
}
