/** changePassword: one's own, by proving the present one. */
import { Mistakes } from "../../platform/input.js";
import { networkOf } from "../../platform/addresses.js";
import { AuditSubject, write } from "../ledger/index.js";
import { type Caller, permitSelf } from "../permissions/index.js";
import { SecurityEventKind } from "../security/index.js";
import { endSessions } from "./end-sessions.js";
import { continueSession } from "./open-session.js";
import { newPassword } from "./password.js";
import { provePassword } from "./prove-password.js";
import { type Session, signedInUser } from "./session.js";
import type { AccountTools } from "./tools.js";
import { savePassword } from "./user.store.js";

export interface ChangePassword {
  readonly currentPassword: string;
  readonly newPassword: string;
}

/**
 * Ends the user's other sessions; this one goes on with the tokens that are returned.
 * Throws UNAUTHENTICATED, FORBIDDEN for API keys, BAD_USER_INPUT (also for a wrong present password), and RATE_LIMITED after
 * wrong attempts and when too many wait.
 */
export async function changePassword(
  tools: AccountTools,
  caller: Caller,
  input: ChangePassword,
): Promise<Session> {
  const self = signedInUser(caller);
  const mistakes = new Mistakes();
  const password = newPassword("input.newPassword", input.newPassword, mistakes);
  mistakes.throwIfAny();
  const present = { path: "input.currentPassword", typed: input.currentPassword };
  const proved = await provePassword(tools, caller, present);
  const passwordHash = await tools.passwords.hash(password, networkOf(caller.ip));
  const session = await write(tools, permitSelf(caller), async (tx, record) => {
    await proved.lock(tx);
    const user = await savePassword(tx, self.id, passwordHash);
    record({
      kind: "user.password_changed",
      subjectType: AuditSubject.USER,
      subject: user.id,
      after: { email: user.email },
    });
    await endSessions(tx, record, user, { except: self.sessionId, at: new Date(tools.now()) });
    return continueSession(tools, tx, caller, user, self.sessionId);
  });
  tools.security.record({ kind: SecurityEventKind.PASSWORD_CHANGED, caller, subject: session.user.email });
  return session;
}
