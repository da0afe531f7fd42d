/** disableTwoFactor: the account asks for no code any more. */
import type { Transaction } from "../../platform/database/index.js";
import { conflict, unauthenticated } from "../../platform/problems.js";
import { AuditSubject, type ChangeKind, type RecordEntry, write } from "../ledger/index.js";
import { type Caller, permitSelf, refuseUnready } from "../permissions/index.js";
import { SecurityEventKind } from "../security/index.js";
import { endSessions } from "./end-sessions.js";
import { continueSession } from "./open-session.js";
import { deleteRecoveryCodes } from "./recovery-code.store.js";
import { type Session, signedInUser } from "./session.js";
import type { AccountTools } from "./tools.js";
import { type CodeInput, hasNoFactor, isProved, noFactor } from "./two-factor.js";
import { proveSecondFactor } from "./two-factor-code.js";
import { lockFactor, saveFactor } from "./two-factor.store.js";
import type { User } from "./user.js";
import { findUser } from "./user.store.js";

/**
 * Ends the user's other sessions; this one goes on with the tokens that are returned. Throws like `proveSecondFactor`, and CONFLICT while the
 * server asks everyone for a second factor.
 */
export async function disableTwoFactor(
  tools: AccountTools,
  caller: Caller,
  { code }: CodeInput,
): Promise<Session> {
  refuseUnready(caller);
  signedInUser(caller);
  if (tools.settings.current().requireTwoFactor) {
    throw conflict("This server asks everyone for a second factor: it cannot be turned off.");
  }
  const self = await proveSecondFactor(tools, caller, code);
  const session = await write(tools, permitSelf(caller), async (tx, record) => {
    if (!isProved(await lockFactor(tx, self.id))) throw hasNoFactor();
    const user = await turnOffTwoFactor(tx, record, self.id, "user.two_factor_disabled");
    await endSessions(tx, record, user, { except: self.sessionId, at: new Date(tools.now()) });
    return continueSession(tools, tx, caller, user, self.sessionId, null);
  });
  tools.security.record({ kind: SecurityEventKind.TWO_FACTOR_DISABLED, caller, subject: self.email });
  return session;
}

/** Takes secret and recovery codes away, and records it. The caller holds the user's lock. */
export async function turnOffTwoFactor(
  tx: Transaction,
  record: RecordEntry,
  userId: string,
  kind: ChangeKind,
  reason: string | null = null,
): Promise<User> {
  await saveFactor(tx, userId, noFactor);
  await deleteRecoveryCodes(tx, userId);
  const user = await findUser(tx, userId);
  if (user === null) throw unauthenticated("REVOKED");
  record({
    kind,
    subjectType: AuditSubject.USER,
    subject: user.id,
    before: { email: user.email, twoFactorEnabled: true },
    after: { email: user.email, twoFactorEnabled: false },
    reason,
  });
  return user;
}
