/** resetPassword: an administrator sets one for somebody who lost theirs. */
import { Mistakes, reason } from "../../platform/input.js";
import { networkOf } from "../../platform/addresses.js";
import { notFound } from "../../platform/problems.js";
import { AuditSubject, checkVersion, write } from "../ledger/index.js";
import { type Caller, permit } from "../permissions/index.js";
import { SecurityEventKind } from "../security/index.js";
import type { UserRef } from "./change-user.js";
import { endSessions } from "./end-sessions.js";
import { newPassword } from "./password.js";
import type { AccountTools } from "./tools.js";
import { refuseErased, type User } from "./user.js";
import { lockUserByEmail, savePassword } from "./user.store.js";

export interface ResetPassword extends UserRef {
  readonly newPassword: string;
}

type ResetPasswordTools = Pick<AccountTools, "database" | "committed" | "now" | "passwords" | "security">;

/** Ends the user's sessions. Needs ADMIN of the whole server. Throws NOT_FOUND, BAD_USER_INPUT, CONFLICT, and RATE_LIMITED when too many wait. */
export async function resetPassword(
  tools: ResetPasswordTools,
  caller: Caller,
  input: ResetPassword,
): Promise<User> {
  const proof = permit(caller, "user:manage");
  const mistakes = new Mistakes();
  const password = newPassword("input.newPassword", input.newPassword, mistakes);
  const why = reason("input.reason", input.reason, mistakes);
  mistakes.throwIfAny();
  const passwordHash = await tools.passwords.hash(password, networkOf(caller.ip));
  const user = await write(tools, proof, async (tx, record) => {
    const locked = await lockUserByEmail(tx, input.email);
    if (locked === null) throw notFound("User", input.email);
    checkVersion("User", locked.version, input.expectedVersion);
    refuseErased(locked);
    const saved = await savePassword(tx, locked.id, passwordHash);
    record({
      kind: "user.password_reset",
      subjectType: AuditSubject.USER,
      subject: saved.id,
      after: { email: saved.email },
      reason: why,
    });
    await endSessions(tx, record, saved, { at: new Date(tools.now()) }, why);
    return saved;
  });
  tools.security.record({ kind: SecurityEventKind.PASSWORD_CHANGED, caller, subject: user.email });
  return user;
}
