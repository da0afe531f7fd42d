/** What all changes of a user's settings have in common: who may, the last ADMIN, the ledger, the user's sessions. */
import { conflict, notFound } from "../../platform/problems.js";
import { Mistakes, reason as readReason } from "../../platform/input.js";
import { AuditSubject, type ChangeKind, differenceOf, write } from "../ledger/index.js";
import { type Caller, permit } from "../permissions/index.js";
import { endSessions } from "./end-sessions.js";
import type { AccountTools } from "./tools.js";
import { isAdmin, settingsOf, type User, type UserSettings } from "./user.js";
import { lockAdmins, lockUserByEmail, saveUser } from "./user.store.js";

/** Names a user. */
export interface UserRef {
  readonly email: string;
  readonly reason?: string | null | undefined;
}

export type ChangeUserTools = Pick<AccountTools, "database" | "committed" | "now">;

interface Plan {
  readonly kind: ChangeKind;
  /** The settings to be; pure, may throw a Problem. */
  readonly change: (user: User) => Partial<UserSettings>;
  /** Whether the user has to sign in again if anything changed. */
  readonly endsSessions: boolean;
}

/**
 * Changes a user; a change that changes nothing leaves no trace. Needs ADMIN of the whole server.
 * Throws NOT_FOUND, what `saveUser` throws, and CONFLICT when no active ADMIN would be left.
 */
export async function changeUser(
  tools: ChangeUserTools,
  caller: Caller,
  { email, reason }: UserRef,
  plan: Plan,
): Promise<User> {
  const proof = permit(caller, "user:manage");
  const mistakes = new Mistakes();
  const why = readReason("input.reason", reason, mistakes);
  mistakes.throwIfAny();
  return write(tools, proof, async (tx, record) => {
    const admins = await lockAdmins(tx);
    const user = await lockUserByEmail(tx, email);
    if (user === null) throw notFound("User", email);
    const before = settingsOf(user);
    const after = { ...before, ...plan.change(user) };
    const difference = differenceOf(before, after);
    if (difference === null) return user;
    if (isAdmin(user) && !isAdmin(after) && admins.length === 1) {
      throw conflict(`User ${user.email} is the last active ADMIN of the server: make another one first.`);
    }
    const saved = await saveUser(tx, user, after);
    record({
      kind: plan.kind,
      subjectType: AuditSubject.USER,
      subject: user.id,
      before: { email: before.email, ...difference.before },
      after: { email: after.email, ...difference.after },
      reason: why,
    });
    if (plan.endsSessions) await endSessions(tx, record, saved, { at: new Date(tools.now()) }, why);
    return saved;
  });
}
