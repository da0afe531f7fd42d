/** Takes a code of the second factor, or a recovery code in its place: once, whoever else tries it at the same moment. */
import type { Transaction } from "../../platform/database/index.js";
import { note } from "../ledger/index.js";
import { type Caller, refuseUnready, type UserIdentity } from "../permissions/index.js";
import { SecurityEventKind } from "../security/index.js";
import { readRecoveryCode, recoveryCodeHash } from "./recovery-code.js";
import { useRecoveryCode } from "./recovery-code.store.js";
import { signedInUser } from "./session.js";
import type { AccountTools } from "./tools.js";
import { readTotpCode, stepOfCode } from "./totp.js";
import { hasNoFactor, isProved, type ProvedFactor, totpPurpose, wrongCode } from "./two-factor.js";
import { lockFactor, stampFactor } from "./two-factor.store.js";

/** A code that was right and works no more; with a recovery code, how many of those are left. */
export type TakenCode = { readonly kind: "CODE" } | { readonly kind: "RECOVERY_CODE"; readonly left: number };

type CodeTools = Pick<AccountTools, "now" | "cipher">;

const maxCodeLength = 64; // as typed, with spaces and dashes

/** null where the code is wrong or was used before. The caller holds the user's lock. */
export async function takeCode(
  tools: CodeTools,
  tx: Transaction,
  userId: string,
  factor: ProvedFactor,
  typed: string,
): Promise<TakenCode | null> {
  if (typed.length > maxCodeLength) return null;
  const code = readTotpCode(typed);
  const secret = tools.cipher.decrypt(factor.secret, totpPurpose(userId));
  return code === null
    ? takeRecoveryCode(tools, tx, userId, { secret, typed })
    : takeTotp(tools, tx, userId, { factor, secret, code });
}

async function takeTotp(
  { now }: CodeTools,
  tx: Transaction,
  userId: string,
  { factor, secret, code }: { readonly factor: ProvedFactor; readonly secret: string; readonly code: string },
): Promise<TakenCode | null> {
  const lastStep = stepOfCode({ secret, code, now: now(), lastStep: factor.lastStep });
  if (lastStep === null) return null;
  await stampFactor(tx, userId, { ...factor, lastStep });
  return { kind: "CODE" };
}

async function takeRecoveryCode(
  { now }: CodeTools,
  tx: Transaction,
  userId: string,
  { secret, typed }: { readonly secret: string; readonly typed: string },
): Promise<TakenCode | null> {
  const code = readRecoveryCode(typed);
  if (code === null) return null;
  const left = await useRecoveryCode(tx, userId, recoveryCodeHash(secret, code), new Date(now()));
  return left === null ? null : { kind: "RECOVERY_CODE", left };
}

type ProofTools = CodeTools & Pick<AccountTools, "database" | "security" | "signIns">;

/**
 * The signed-in user, who has just shown a code. It is used up whatever the caller does next.
 * Throws UNAUTHENTICATED, FORBIDDEN for API keys, CONFLICT without a second factor, BAD_USER_INPUT for a wrong code, and
 * RATE_LIMITED after wrong attempts.
 */
export async function proveSecondFactor(
  tools: ProofTools,
  caller: Caller,
  code: string,
): Promise<UserIdentity> {
  refuseUnready(caller);
  const self = signedInUser(caller);
  const take = async (): Promise<TakenCode | null> =>
    note(tools, async (tx) => {
      const factor = await lockFactor(tx, self.id);
      if (!isProved(factor)) throw hasNoFactor();
      return takeCode(tools, tx, self.id, factor, code);
    });
  const taken = await tools.signIns.attempt(caller, self.email, take, (right) =>
    right === null ? "FAILED" : "SUCCEEDED",
  );
  if (taken === null) {
    tools.security.record({ kind: SecurityEventKind.TWO_FACTOR_FAILED, caller, subject: self.email });
    throw wrongCode();
  }
  recordTakenCode(tools, caller, self.email, taken);
  return self;
}

/** Recovery codes are few: whoever reads the security log sees one go. */
export function recordTakenCode(
  { security }: Pick<AccountTools, "security">,
  caller: Caller,
  email: string,
  taken: TakenCode,
): void {
  if (taken.kind !== "RECOVERY_CODE") return;
  const { left } = taken;
  security.record({
    kind: SecurityEventKind.RECOVERY_CODE_USED,
    caller,
    subject: email,
    detail: { left },
  });
}
