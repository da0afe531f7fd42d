/** regenerateRecoveryCodes: ten new ones, when few are left or somebody may have seen them. */
import type { Transaction } from "../../platform/database/index.js";
import { AuditSubject, write } from "../ledger/index.js";
import { type Caller, permitSelf } from "../permissions/index.js";
import { SecurityEventKind } from "../security/index.js";
import { makeRecoveryCodes, readRecoveryCode, recoveryCodeHash } from "./recovery-code.js";
import { replaceRecoveryCodes } from "./recovery-code.store.js";
import type { AccountTools } from "./tools.js";
import { type CodeInput, hasNoFactor, isProved, totpPurpose } from "./two-factor.js";
import { proveSecondFactor } from "./two-factor-code.js";
import { lockFactor } from "./two-factor.store.js";

/** The former codes work no more. Throws like `proveSecondFactor`. */
export async function regenerateRecoveryCodes(
  tools: AccountTools,
  caller: Caller,
  { code }: CodeInput,
): Promise<readonly string[]> {
  const self = await proveSecondFactor(tools, caller, code);
  const codes = await write(tools, permitSelf(caller), async (tx, record) => {
    const factor = await lockFactor(tx, self.id);
    if (!isProved(factor)) throw hasNoFactor();
    record({
      kind: "user.recovery_codes_replaced",
      subjectType: AuditSubject.USER,
      subject: self.id,
      after: { email: self.email },
    });
    return giveRecoveryCodes(tx, self.id, tools.cipher.decrypt(factor.secret, totpPurpose(self.id)));
  });
  tools.security.record({ kind: SecurityEventKind.RECOVERY_CODES_REPLACED, caller, subject: self.email });
  return codes;
}

/** New codes in the place of all that the user had. Only their hashes are stored. The caller holds the user's lock. */
export async function giveRecoveryCodes(
  tx: Transaction,
  userId: string,
  totpSecret: string,
): Promise<readonly string[]> {
  const codes = makeRecoveryCodes();
  const hashes = codes.map((code) => recoveryCodeHash(totpSecret, readRecoveryCode(code) ?? code));
  await replaceRecoveryCodes(tx, userId, hashes);
  return codes;
}
