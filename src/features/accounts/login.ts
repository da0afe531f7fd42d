/** login: e-mail address, password and, where the account asks for it, a code of the second factor, for a session. */
import type { Transaction } from "../../platform/database/index.js";
import { Problem } from "../../platform/problems.js";
import { note } from "../ledger/index.js";
import type { Caller } from "../permissions/index.js";
import { SecurityEventKind } from "../security/index.js";
import { openSession } from "./open-session.js";
import type { Session } from "./session.js";
import type { AccountTools } from "./tools.js";
import { isProved, stepUpLifeMs } from "./two-factor.js";
import { recordTakenCode, takeCode, type TakenCode } from "./two-factor-code.js";
import { lockFactor } from "./two-factor.store.js";
import { type Credential, findCredential, findUser, lockCredential, stampLogin } from "./user.store.js";

export interface Login {
  readonly email: string;
  readonly password: string;
  /** A code of the second factor, or a recovery code; of no account without one. */
  readonly otp?: string | null | undefined;
}

type LoginTools = Pick<
  AccountTools,
  "database" | "now" | "passwords" | "accessTokens" | "cipher" | "secretKeys" | "security"
>;

/**
 * Open to everyone. A code that was shown counts as fresh for a time, as after `stepUp`.
 * Throws UNAUTHENTICATED (INVALID) in the same words and after the same time whether the user is unknown, inactive or the password wrong, and
 * in the same words where the code is; TWO_FACTOR_REQUIRED for the right password without a code; RATE_LIMITED when too many wait.
 */
export async function login(tools: LoginTools, caller: Caller, input: Login): Promise<Session> {
  const found = await findCredential(tools.database, input.email);
  const matches = await tools.passwords.verify(found?.passwordHash ?? null, input.password);
  const otp = input.otp?.trim() || null;
  const outcome =
    found !== null && matches
      ? await note(tools, async (tx) => enter(tools, tx, caller, found, otp))
      : "WRONG_PASSWORD";
  if (typeof outcome === "string") {
    recordRefusal(tools, caller, input.email, outcome);
    throw refusals[outcome](otp !== null);
  }
  const { session, taken } = outcome;
  const { email } = session.user;
  if (taken !== null) recordTakenCode(tools, caller, email, taken);
  tools.security.record({ kind: SecurityEventKind.SIGNED_IN, caller, subject: email });
  return session;
}

interface Entered {
  readonly session: Session;
  /** null: the account has no second factor. */
  readonly taken: TakenCode | null;
}

type Refusal = "WRONG_PASSWORD" | "CODE_MISSING" | "WRONG_CODE";

/** For whoever knew the password a moment ago. */
async function enter(
  tools: LoginTools,
  tx: Transaction,
  caller: Caller,
  found: Credential,
  otp: string | null,
): Promise<Entered | Refusal> {
  const current = await lockCredential(tx, found.userId);
  if (current === null || !current.active || current.passwordHash !== found.passwordHash) {
    return "WRONG_PASSWORD";
  }
  const factor = await lockFactor(tx, found.userId);
  const isAsked = isProved(factor);
  if (isAsked && otp === null) return "CODE_MISSING";
  const taken = isAsked && otp !== null ? await takeCode(tools, tx, found.userId, factor, otp) : null;
  if (isAsked && taken === null) return "WRONG_CODE";
  const now = tools.now();
  await stampLogin(tx, found.userId, new Date(now));
  const user = await findUser(tx, found.userId);
  if (user === null) return "WRONG_PASSWORD";
  const freshUntil = taken === null ? null : new Date(now + stepUpLifeMs);
  return { session: await openSession(tools, tx, caller, user, freshUntil), taken };
}

/** Whoever sent a code is not told whether it was that or the password. */
const refusals: Record<Refusal, (hasCode: boolean) => Problem> = {
  WRONG_PASSWORD: refusal,
  WRONG_CODE: refusal,
  CODE_MISSING: () =>
    new Problem(
      "TWO_FACTOR_REQUIRED",
      "This account asks for a code of its second factor: send it as `otp`.",
    ),
};

function refusal(hasCode: boolean): Problem {
  const what = hasCode
    ? "The e-mail address, the password or the code"
    : "The e-mail address or the password";
  return new Problem("UNAUTHENTICATED", `${what} is wrong.`, { reason: "INVALID" });
}

/** The password is proved where a code is missing: that is no failure. */
function recordRefusal({ security }: LoginTools, caller: Caller, email: string, refused: Refusal): void {
  if (refused === "CODE_MISSING") return;
  const kind =
    refused === "WRONG_CODE" ? SecurityEventKind.TWO_FACTOR_FAILED : SecurityEventKind.SIGN_IN_FAILED;
  security.record({ kind, caller, subject: email });
}
