/** refresh: a refresh token, once, for the next tokens of its session; a token that turns up again later was stolen, and ends the session. */
import type { Transaction } from "../../platform/database/index.js";
import { unauthenticated, type UnauthenticatedReason } from "../../platform/problems.js";
import { note, write } from "../ledger/index.js";
import { type Caller, permitSelf } from "../permissions/index.js";
import { SecurityEventKind } from "../security/index.js";
import { endSessions } from "./end-sessions.js";
import { resumeSession } from "./open-session.js";
import { hashRefreshToken, type RefreshToken, successorsOf } from "./refresh-token.js";
import { type Session, sessionLifeMs } from "./session.js";
import {
  deleteUsedRefreshTokens,
  findRefreshToken,
  findUnusedRefreshToken,
  insertRefreshToken,
  lockSessionOfToken,
  type StoredRefreshToken,
  stampRefreshToken,
} from "./refresh-token.store.js";
import type { AccountTools } from "./tools.js";
import { findUser } from "./user.store.js";

export interface Refresh {
  readonly refreshToken: string;
}

type RefreshTools = Pick<
  AccountTools,
  "database" | "committed" | "now" | "accessTokens" | "secretKeys" | "security" | "signIns"
>;

/** Parallel tabs and lost answers: so long the same token gives the same successor, unless that was used. */
const repeatWithinMs = 60_000;

/** Somebody presented a token whose time was over: two have it, and one of them should not. */
interface Reuse {
  readonly reusedIn: { readonly sessionId: string; readonly userId: string };
}

/**
 * Open to everyone. Throws UNAUTHENTICATED: INVALID, EXPIRED, or REVOKED for a session that has ended, as it does with a token that was used before
 * (unless it is but repeated); RATE_LIMITED from an address that comes too often.
 */
export async function refresh(
  tools: RefreshTools,
  caller: Caller,
  { refreshToken }: Refresh,
): Promise<Session> {
  tools.signIns.arrive(caller, "refresh");
  const outcome = await note(tools, async (tx) => exchange(tools, tx, caller, refreshToken));
  if (typeof outcome === "string") throw unauthenticated(outcome);
  if (!("reusedIn" in outcome)) return outcome;
  await endReused(tools, caller, outcome);
  throw unauthenticated("REVOKED");
}

async function exchange(
  tools: RefreshTools,
  tx: Transaction,
  caller: Caller,
  token: string,
): Promise<Session | UnauthenticatedReason | Reuse> {
  const hash = hashRefreshToken(token);
  const session = await lockSessionOfToken(tx, hash);
  const stored = session === null ? null : await findRefreshToken(tx, hash);
  if (session === null || stored === null) return "INVALID";
  if (session.revokedAt !== null) return "REVOKED";
  if (stored.expiresAt.getTime() <= tools.now()) return stored.usedAt === null ? "EXPIRED" : "REVOKED";
  const user = await findUser(tx, session.userId);
  if (user?.active !== true) return "REVOKED";
  const successors = successorsOf(tools.secretKeys, token);
  const next =
    stored.usedAt === null
      ? await firstUse(tools, tx, stored, successors)
      : await repeatedUse(tools, tx, stored.usedAt, successors);
  if (next === null) return { reusedIn: { sessionId: session.id, userId: session.userId } };
  return resumeSession(tools, tx, caller, user, session.id, next);
}

async function firstUse(
  { now }: RefreshTools,
  tx: Transaction,
  { hash, sessionId }: StoredRefreshToken,
  [newest]: readonly RefreshToken[],
): Promise<string> {
  if (newest === undefined) throw new Error("There is no secret key to derive a token with.");
  const usedAt = new Date(now());
  await deleteUsedRefreshTokens(tx, sessionId, new Date(now() - sessionLifeMs)); // they have expired since
  await stampRefreshToken(tx, hash, usedAt);
  const expiresAt = new Date(now() + sessionLifeMs);
  await insertRefreshToken(tx, { hash: newest.hash, sessionId, expiresAt });
  return newest.token;
}

/** The first use may have been answered under a key that is not the newest any more. */
async function repeatedUse(
  { now }: RefreshTools,
  tx: Transaction,
  usedAt: Date,
  successors: readonly RefreshToken[],
): Promise<string | null> {
  if (now() - usedAt.getTime() > repeatWithinMs) return null;
  const hashes = successors.map(({ hash }) => hash);
  const unused = await findUnusedRefreshToken(tx, hashes);
  return successors.find(({ hash }) => hash === unused)?.token ?? null;
}

/** Whoever of the two goes on has to sign in again. */
async function endReused(tools: RefreshTools, caller: Caller, { reusedIn }: Reuse): Promise<void> {
  const { sessionId, userId } = reusedIn;
  const ended = await write(tools, permitSelf(caller), async (tx, record) => {
    const user = await findUser(tx, userId);
    if (user === null) return null;
    const at = new Date(tools.now());
    const sessions = await endSessions(
      tx,
      record,
      user,
      { only: sessionId, at },
      "A refresh token was reused.",
    );
    return sessions.length === 0 ? null : user;
  });
  if (ended === null) return;
  tools.security.record({
    kind: SecurityEventKind.TOKEN_REUSED,
    caller,
    subject: ended.email,
    detail: { sessionId },
  });
}
