/** login: e-mail address, password and, where the account asks for it, a code of the second factor, for a session. */
import type { Transaction } from "../../platform/database/index.js";
import type { LoginOutcome } from "../../platform/metrics.js";
import { networkOf } from "../../platform/addresses.js";
import { Problem } from "../../platform/problems.js";
import { note } from "../ledger/index.js";
import type { Caller } from "../permissions/index.js";
import { SecurityEventKind } from "../security/index.js";
import { openSession } from "./open-session.js";
import type { Session } from "./session.js";
import type { Verdict } from "./sign-in-limits.js";
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
  "database" | "now" | "passwords" | "accessTokens" | "cipher" | "security" | "signIns" | "metrics"
>;

/**
 * Open to everyone. A code that was shown counts as fresh for a time, as after `stepUp`.
 * Throws UNAUTHENTICATED (INVALID) in the same words and after the same time whether the user is unknown, inactive or the password wrong, and
 * in the same words where the code is; TWO_FACTOR_REQUIRED for the right password without a code; RATE_LIMITED from an address that comes too often, for an
 * account after wrong attempts, and when too many wait.
 */
export async function login(tools: LoginTools, caller: Caller, input: Login): Promise<Session> {
  try {
    const session = await signIn(tools, caller, input);
    tools.metrics.countLogin("success");
    return session;
  } catch (error) {
    tools.metrics.countLogin(outcomeOf(error));
    throw error;
  }
}

async function signIn(tools: LoginTools, caller: Caller, input: Login): Promise<Session> {
  tools.signIns.arrive(caller, "login");
  const otp = input.otp?.trim() || null;
  const prove = async (): Promise<Entered | Refusal> => proveLogin(tools, caller, input, otp);
  const outcome = await tools.signIns.attempt(caller, input.email, prove, verdictOn);
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

function outcomeOf(error: unknown): LoginOutcome {
  if (!(error instanceof Problem)) return "error";
  if (error.code === "UNAUTHENTICATED") return "failure";
  if (error.code === "TWO_FACTOR_REQUIRED") return "second_factor";
  return error.code === "RATE_LIMITED" ? "limited" : "error";
}

interface Entered {
  readonly session: Session;
  /** null: the account has no second factor. */
  readonly taken: TakenCode | null;
}

type Refusal = "WRONG_PASSWORD" | "CODE_MISSING" | "WRONG_CODE";

function verdictOn(outcome: Entered | Refusal): Verdict {
  if (typeof outcome !== "string") return "SUCCEEDED";
  return outcome === "CODE_MISSING" ? "UNDECIDED" : "FAILED";
}

async function proveLogin(
  tools: LoginTools,
  caller: Caller,
  { email, password }: Login,
  otp: string | null,
): Promise<Entered | Refusal> {
  const found = await findCredential(tools.database, email);
  const hash = found?.passwordHash ?? null;
  const matches = await tools.passwords.verify(hash, password, networkOf(caller.ip));
  if (found === null || !matches) return "WRONG_PASSWORD";
  return note(tools, async (tx) => enter(tools, tx, caller, found, otp));
}

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
