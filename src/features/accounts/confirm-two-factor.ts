/** confirmTwoFactor: a first code proves that the app has the secret; from then on the account asks for one. */
import { conflict, unauthenticated } from "../../platform/problems.js";
import { AuditSubject, write } from "../ledger/index.js";
import { type Caller, permitSelf, type UserIdentity } from "../permissions/index.js";
import { SecurityEventKind } from "../security/index.js";
import { endSessions } from "./end-sessions.js";
import { continueSession } from "./open-session.js";
import { giveRecoveryCodes } from "./regenerate-recovery-codes.js";
import { type Session, signedInUser } from "./session.js";
import type { AccountTools } from "./tools.js";
import { readTotpCode, stepOfCode } from "./totp.js";
import {
  type CodeInput,
  isProved,
  stepUpLifeMs,
  type StoredFactor,
  totpPurpose,
  wrongCode,
} from "./two-factor.js";
import { lockFactor, saveFactor } from "./two-factor.store.js";
import { findUser } from "./user.store.js";

/** A second factor that is on. */
export interface TwoFactorConfirmation {
  readonly session: Session;
  /** Shown once. */
  readonly recoveryCodes: readonly string[];
}

/**
 * Ends the user's other sessions; this one goes on with the tokens that are returned, stepped up. Throws UNAUTHENTICATED, FORBIDDEN for API
 * keys, CONFLICT where it is on already or was not begun, BAD_USER_INPUT for a wrong code, and RATE_LIMITED after wrong attempts.
 */
export async function confirmTwoFactor(
  tools: AccountTools,
  caller: Caller,
  { code }: CodeInput,
): Promise<TwoFactorConfirmation> {
  const self = signedInUser(caller);
  const confirmation = await tools.signIns.attempt(
    caller,
    self.email,
    async () => turnOn(tools, caller, self, code),
    () => "SUCCEEDED",
  );
  tools.security.record({ kind: SecurityEventKind.TWO_FACTOR_ENABLED, caller, subject: self.email });
  return confirmation;
}

async function turnOn(
  tools: AccountTools,
  caller: Caller,
  self: UserIdentity,
  code: string,
): Promise<TwoFactorConfirmation> {
  return write(tools, permitSelf(caller), async (tx, record) => {
    const at = new Date(tools.now());
    const factor = await lockFactor(tx, self.id);
    if (factor === null) throw unauthenticated("REVOKED");
    const { secret, lastStep } = proved(tools, self.id, factor, code);
    await saveFactor(tx, self.id, { secret: factor.secret, since: at, lastStep });
    const recoveryCodes = await giveRecoveryCodes(tx, self.id, secret);
    const user = await findUser(tx, self.id);
    if (user === null) throw unauthenticated("REVOKED");
    record({
      kind: "user.two_factor_enabled",
      subjectType: AuditSubject.USER,
      subject: user.id,
      before: { email: user.email, twoFactorEnabled: false },
      after: { email: user.email, twoFactorEnabled: true },
    });
    await endSessions(tx, record, user, { except: self.sessionId, at });
    const freshUntil = new Date(at.getTime() + stepUpLifeMs);
    const session = await continueSession(tools, tx, caller, user, self.sessionId, freshUntil);
    return { session, recoveryCodes };
  });
}

/** The secret in the clear, and the step of the code that proves it. */
function proved(
  { now, cipher }: Pick<AccountTools, "now" | "cipher">,
  userId: string,
  factor: StoredFactor,
  typed: string,
): { readonly secret: string; readonly lastStep: number } {
  if (isProved(factor)) throw conflict("The second factor is on already.");
  if (factor.secret === null) throw conflict("There is nothing to confirm: call beginTwoFactor first.");
  const secret = cipher.decrypt(factor.secret, totpPurpose(userId));
  const code = readTotpCode(typed);
  const lastStep = code === null ? null : stepOfCode({ secret, code, now: now(), lastStep: null });
  if (lastStep === null) throw wrongCode();
  return { secret, lastStep };
}
