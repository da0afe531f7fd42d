/** Slows down whoever guesses passwords and codes, without ever shutting out the person whose account it is. */
import { createHash } from "node:crypto";
import type { BackOff, Limits } from "../../platform/limits/limits.js";
import type { Metrics } from "../../platform/metrics.js";
import { networkOf } from "../../platform/addresses.js";
import { Problem, rateLimited } from "../../platform/problems.js";
import type { Caller } from "../permissions/index.js";
import { SecurityEventKind, type SecurityLog } from "../security/index.js";
import { Turns } from "./turns.js";

/** Doors that are open to everyone. */
export type OpenDoor = "login" | "register" | "refresh";

/** UNDECIDED: nothing was shown to be wrong, such as a right password that still lacks its code. */
export type Verdict = "SUCCEEDED" | "FAILED" | "UNDECIDED";

export interface SignInLimits {
  /** Each address (of IPv6: each /64) may come so often a minute. Throws RATE_LIMITED. */
  readonly arrive: (caller: Caller, door: OpenDoor) => void;
  /**
   * Lets the account be tried with a password or code, unless it was tried wrongly too often: then throws RATE_LIMITED without trying. `email` is as
   * given, and may be nobody's. What `prove` throws is no failure, except BAD_USER_INPUT.
   */
  readonly attempt: <T>(
    caller: Caller,
    email: string,
    prove: () => Promise<T>,
    judge: (outcome: T) => Verdict,
  ) => Promise<T>;
}

export interface SignInLimitTools {
  readonly limits: Limits;
  readonly metrics: Pick<Metrics, "countRateLimited">;
  readonly security: SecurityLog;
}

/** From the fifth failure in a row on: 1 s, 2 s, 4 s … 15 min. */
const oneSource = { free: 4, firstMs: 1_000, longestMs: 900_000 };
/** From the twentieth failure in a row on, wherever they come from; short, since strangers can bring it about. */
const allSources = { free: 19, firstMs: 1_000, longestMs: 60_000 };
const longestEmail = 320; // no address is longer

/** `perMinute` sign-ins from each address, and as many of each other kind; 0: as many as come. */
export function createSignInLimits(tools: SignInLimitTools, perMinute: number): SignInLimits {
  const { limits, metrics, security } = tools;
  // Or whoever is right several times at once would be taken for somebody who guesses.
  const turns = new Turns(() => metrics.countRateLimited("queue"));
  const budgets: Record<OpenDoor, ReturnType<Limits["budget"]>> = {
    login: limits.budget("login", perMinute),
    register: limits.budget("register", perMinute),
    refresh: limits.budget("refresh", perMinute),
  };
  return {
    arrive: (caller, door) => {
      const wait = budgets[door].spend(networkOf(caller.ip));
      if (wait === 0) return;
      metrics.countRateLimited(door);
      const detail = { limit: "address", operation: door };
      security.record({ kind: SecurityEventKind.SIGN_IN_LIMITED, caller, detail });
      throw rateLimited("sign-ins from this address", wait);
    },
    attempt: async (caller, email, prove, judge) => {
      const sources = await sourcesOf(limits, caller, email);
      return turns.take(sources.device, async () => {
        const wait = await limits.attempt(sources.backOffs);
        if (wait > 0) throw refuseAccount(tools, caller, email, wait);
        return judged(prove, judge, async (verdict) => settle(limits, sources, verdict));
      });
    },
  };
}

function refuseAccount(tools: SignInLimitTools, caller: Caller, email: string, waitMs: number): Problem {
  tools.metrics.countRateLimited("account");
  const detail = { limit: "account" };
  tools.security.record({ kind: SecurityEventKind.SIGN_IN_LIMITED, caller, subject: email, detail });
  return rateLimited("failed attempts", waitMs);
}

async function settle(limits: Limits, { device, backOffs }: Sources, verdict: Verdict): Promise<void> {
  const keys = backOffs.map(({ key }) => key);
  if (verdict === "UNDECIDED") await limits.withdraw(keys);
  if (verdict !== "SUCCEEDED") return;
  await limits.succeed(keys);
  await limits.remember(device);
}

/** Settles as `prove` does; `end` is told the verdict first, whatever becomes of it. */
async function judged<T>(
  prove: () => Promise<T>,
  judge: (outcome: T) => Verdict,
  end: (verdict: Verdict) => Promise<void>,
): Promise<T> {
  let verdict: Verdict = "UNDECIDED";
  try {
    const outcome = await prove();
    verdict = judge(outcome);
    return outcome;
  } catch (error) {
    if (error instanceof Problem && error.code === "BAD_USER_INPUT") verdict = "FAILED";
    throw error;
  } finally {
    await end(verdict);
  }
}

interface Sources {
  /** This user agent at this address, for this account. */
  readonly device: string;
  readonly backOffs: readonly BackOff[];
}

/**
 * Strangers' failures wait in two places: for the account at this address, and, later and shorter, for the account as a whole, which many addresses
 * together run into. A device that once signed in waits for its own failures alone, so that nobody elsewhere can keep it out.
 */
async function sourcesOf(limits: Limits, caller: Caller, email: string): Promise<Sources> {
  const account = digest(folded(email));
  const network = networkOf(caller.ip);
  const device = `device:${digest(`${account} ${network} ${caller.userAgent ?? ""}`)}`;
  if (await limits.knows(device)) return { device, backOffs: [{ key: device, ...oneSource }] };
  const here = { key: `account:${account}:${network}`, ...oneSource };
  return { device, backOffs: [here, { key: `account:${account}`, ...allSources }] };
}

/** Spellings that the database takes for one address are one account here too; a few more being one does no harm. */
function folded(email: string): string {
  const cased = email.slice(0, longestEmail).normalize("NFKD").toLowerCase().toUpperCase().toLowerCase();
  return cased.replaceAll(/\p{Mark}/gu, "");
}

function digest(text: string): string {
  return createHash("sha256").update(text).digest("base64url").slice(0, 22);
}
