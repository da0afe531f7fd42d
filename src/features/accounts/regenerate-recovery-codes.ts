/** regenerateRecoveryCodes: ten new ones, when few are left or somebody may have seen them. */
import type { Transaction } from "../../platform/database/index.js";
import { AuditSubject, write } from "../ledger/index.js";
import { type Caller, permitSelf } from "../permissions/index.js";
import { SecurityEventKind } from "../security/index.js";
import { makeRecoveryCodes, readRecoveryCode, recoveryCodeHashes } from "./recovery-code.js";
import { replaceRecoveryCodes } from "./recovery-code.store.js";
import type { AccountTools } from "./tools.js";
import { type CodeInput, hasNoFactor, isProved } from "./two-factor.js";
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
    if (!isProved(await lockFactor(tx, self.id))) throw hasNoFactor();
    record({
      kind: "user.recovery_codes_replaced",
      subjectType: AuditSubject.USER,
      subject: self.id,
      after: { email: self.email },
    });
    return giveRecoveryCodes(tools, tx, self.id);
  });
  tools.security.record({ kind: SecurityEventKind.RECOVERY_CODES_REPLACED, caller, subject: self.email });
  return codes;
}

/** New codes in the place of all that the user had. Only their hashes are stored. The caller holds the user's lock. */
export async function giveRecoveryCodes(
  { secretKeys }: Pick<AccountTools, "secretKeys">,
  tx: Transaction,
  userId: string,
): Promise<readonly string[]> {
  const codes = makeRecoveryCodes();
  const hashes = codes.flatMap((code) =>
    recoveryCodeHashes(secretKeys.slice(0, 1), userId, readRecoveryCode(code) ?? code),
  );
  await replaceRecoveryCodes(tx, userId, hashes);
  return codes;
}
