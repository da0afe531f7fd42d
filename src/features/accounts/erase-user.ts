/** eraseUser: forgets for good who somebody was, and keeps that something was done, and when. */
import { randomBytes } from "node:crypto";
import { networkOf } from "../../platform/addresses.js";
import type { Transaction } from "../../platform/database/index.js";
import { Mistakes, reason } from "../../platform/input.js";
import { conflict, notFound } from "../../platform/problems.js";
import { AuditSubject, checkVersion, eraseUserTexts, write } from "../ledger/index.js";
import { type Caller, permit } from "../permissions/index.js";
import { erasePerson, SecurityEventKind } from "../security/index.js";
import { renameCreator } from "./api-key.store.js";
import type { UserRef } from "./change-user.js";
import { deleteRecoveryCodes } from "./recovery-code.store.js";
import { deleteSessions } from "./session.store.js";
import type { AccountTools } from "./tools.js";
import { erasedEmail, isAdmin, isErased, type User } from "./user.js";
import { lockAdmins, lockUserByEmail, saveErased } from "./user.store.js";

type EraseUserTools = Pick<AccountTools, "database" | "committed" | "passwords" | "security">;

/**
 * The account stays, without anything by which to know whose it was; API keys that the user made go on working. Needs ADMIN of the whole server.
 * Throws NOT_FOUND, RATE_LIMITED when too many passwords wait, and CONFLICT for a stale version, for oneself and for the last active ADMIN.
 */
export async function eraseUser(tools: EraseUserTools, caller: Caller, input: UserRef): Promise<User> {
  const proof = permit(caller, "user:manage");
  const mistakes = new Mistakes();
  const why = reason("input.reason", input.reason, mistakes);
  mistakes.throwIfAny();
  const unknown = await tools.passwords.hash(randomBytes(48).toString("base64"), networkOf(caller.ip));
  await tools.security.flush(); // what waits to be written would name the user afterwards
  const { user, sessions } = await write(tools, proof, async (tx, record) => {
    const admins = await lockAdmins(tx);
    const found = await lockUserByEmail(tx, input.email);
    if (found === null) throw notFound("User", input.email);
    checkVersion("User", found.version, input.expectedVersion);
    if (isErased(found)) return { user: found, sessions: 0 };
    refuse(caller, found, admins);
    const erased = await forget(tx, found, unknown);
    record({
      kind: "user.erased",
      subjectType: AuditSubject.USER,
      subject: found.id,
      after: { email: erased.user.email },
      reason: why,
    });
    await eraseUserTexts(tx, record, found.id);
    return erased;
  });
  if (sessions > 0) {
    const detail = { sessions, because: "user.erased" };
    tools.security.record({ kind: SecurityEventKind.SESSION_REVOKED, caller, subject: user.email, detail });
  }
  return user;
}

function refuse({ identity }: Caller, user: User, admins: readonly string[]): void {
  if (identity.kind === "USER" && identity.id === user.id) {
    throw conflict("Nobody erases themselves: the record of it would name them. Let another ADMIN do it.");
  }
  if (isAdmin(user) && admins.length === 1) {
    throw conflict(`User ${user.email} is the last active ADMIN of the server: make another one first.`);
  }
}

async function forget(
  tx: Transaction,
  user: User,
  passwordHash: string,
): Promise<{ readonly user: User; readonly sessions: number }> {
  const { id, email } = user;
  const newEmail = erasedEmail(id);
  const sessions = await deleteSessions(tx, id);
  await deleteRecoveryCodes(tx, id);
  await renameCreator(tx, id, newEmail);
  await erasePerson(tx, { id, email, newEmail });
  return { user: await saveErased(tx, user, newEmail, passwordHash), sessions };
}
