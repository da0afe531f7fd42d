/** What all changes of a user's settings have in common: who may, the last ADMIN, the ledger, the user's sessions. */
import { conflict, notFound } from "../../platform/problems.js";
import { Mistakes, reason as readReason } from "../../platform/input.js";
import {
  AuditSubject,
  type ChangeKind,
  checkVersion,
  type Difference,
  differenceOf,
  write,
} from "../ledger/index.js";
import { type Caller, permit } from "../permissions/index.js";
import { SecurityEventKind } from "../security/index.js";
import { endSessions } from "./end-sessions.js";
import type { AccountTools } from "./tools.js";
import { isAdmin, refuseErased, settingsOf, type User, type UserSettings } from "./user.js";
import { lockAdmins, lockUserByEmail, saveUser } from "./user.store.js";

/** Names a user. */
export interface UserRef {
  readonly email: string;
  /** User.version that the change builds on. */
  readonly expectedVersion?: number | null | undefined;
  readonly reason?: string | null | undefined;
}

export type ChangeUserTools = Pick<AccountTools, "database" | "committed" | "now" | "security">;

interface Plan {
  readonly kind: ChangeKind;
  /** The settings to be; pure, may throw a Problem. */
  readonly change: (user: User) => Partial<UserSettings>;
  /** Whether the user has to sign in again if anything changed. */
  readonly endsSessions: boolean;
}

/**
 * Changes a user; a change that changes nothing leaves no trace. Needs ADMIN of the whole server.
 * Throws NOT_FOUND, what `saveUser` throws, and CONFLICT for a stale version and when no active ADMIN would be left.
 */
export async function changeUser(
  tools: ChangeUserTools,
  caller: Caller,
  { email, expectedVersion, reason }: UserRef,
  plan: Plan,
): Promise<User> {
  const proof = permit(caller, "user:manage");
  const mistakes = new Mistakes();
  const why = readReason("input.reason", reason, mistakes);
  mistakes.throwIfAny();
  const { user: changed, notice } = await write(tools, proof, async (tx, record) => {
    const admins = await lockAdmins(tx);
    const user = await lockUserByEmail(tx, email);
    if (user === null) throw notFound("User", email);
    checkVersion("User", user.version, expectedVersion);
    refuseErased(user);
    const before = settingsOf(user);
    const after = { ...before, ...plan.change(user) };
    const difference = differenceOf(before, after);
    if (difference === null) return { user, notice: null };
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
    const at = new Date(tools.now());
    const ended = plan.endsSessions ? await endSessions(tx, record, saved, { at }, why) : [];
    return { user: saved, notice: noticeOf(plan, difference, ended.length) };
  });
  if (notice !== null) tools.security.record({ ...notice, caller, subject: changed.email });
  return changed;
}

interface Notice {
  readonly kind: SecurityEventKind;
  readonly detail: Readonly<Record<string, unknown>>;
}

/** What the security log says of a change; null where it took nobody's access and gave none. */
function noticeOf(
  { kind }: Plan,
  { before, after }: Difference<UserSettings>,
  endedSessions: number,
): Notice | null {
  if (after.role !== undefined || after.projectRoles !== undefined) {
    return { kind: SecurityEventKind.ROLE_CHANGED, detail: { before, after } };
  }
  if (endedSessions === 0) return null;
  return { kind: SecurityEventKind.SESSION_REVOKED, detail: { sessions: endedSessions, because: kind } };
}
