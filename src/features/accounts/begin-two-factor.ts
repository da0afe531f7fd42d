/** beginTwoFactor: a secret for one's authenticator app, for whoever shows the password; nothing asks for codes before a first one was shown. */
import { conflict } from "../../platform/problems.js";
import { AuditSubject, write } from "../ledger/index.js";
import { type Caller, permitSelf } from "../permissions/index.js";
import { provePassword } from "./prove-password.js";
import { signedInUser } from "./session.js";
import type { AccountTools } from "./tools.js";
import { makeTotpSecret, totpUri } from "./totp.js";
import { isProved, noFactor, totpPurpose } from "./two-factor.js";
import { lockFactor, stampFactor } from "./two-factor.store.js";

export interface BeginTwoFactor {
  /** The present one: a stolen token alone must not lock its owner out. */
  readonly password: string;
}

/** What an authenticator app needs; shown once. */
export interface TwoFactorEnrolment {
  /** base32. */
  readonly secret: string;
  /** `otpauth://…`, for a QR code. */
  readonly uri: string;
}

type BeginTools = Pick<AccountTools, "database" | "committed" | "cipher" | "passwords" | "signIns">;

/** Begins, or begins anew while nothing is confirmed. Throws like `provePassword`, and CONFLICT when it is on already. */
export async function beginTwoFactor(
  tools: BeginTools,
  caller: Caller,
  { password }: BeginTwoFactor,
): Promise<TwoFactorEnrolment> {
  const self = signedInUser(caller);
  const proved = await provePassword(tools, caller, { path: "input.password", typed: password });
  const secret = makeTotpSecret();
  const stored = tools.cipher.encrypt(secret, totpPurpose(self.id));
  await write(tools, permitSelf(caller), async (tx, record) => {
    await proved.lock(tx);
    if (isProved(await lockFactor(tx, self.id))) {
      throw conflict("The second factor is on already: turn it off with disableTwoFactor first.");
    }
    await stampFactor(tx, self.id, { ...noFactor, secret: stored });
    record({
      kind: "user.two_factor_begun",
      subjectType: AuditSubject.USER,
      subject: self.id,
      after: { email: self.email },
    });
  });
  return { secret, uri: totpUri(secret, self.email) };
}
