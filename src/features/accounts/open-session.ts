/** Hands out the tokens of a session. */
import type { Transaction } from "../../platform/database/index.js";
import { storable } from "../../platform/input.js";
import { unauthenticated } from "../../platform/problems.js";
import type { Caller } from "../permissions/index.js";
import { makeRefreshToken } from "./refresh-token.js";
import { insertRefreshToken, retireRefreshTokens } from "./refresh-token.store.js";
import { type Session, sessionLifeMs } from "./session.js";
import { deleteExpiredSessions, extendSession, insertSession, type SessionUse } from "./session.store.js";
import type { AccountTools } from "./tools.js";
import type { User } from "./user.js";

type SessionTools = Pick<AccountTools, "now" | "accessTokens">;

/** A new session for a user who has proved who they are. `steppedUpUntil`: until when the second factor that was shown counts as fresh. */
export async function openSession(
  tools: SessionTools,
  tx: Transaction,
  caller: Caller,
  user: User,
  steppedUpUntil: Date | null = null,
): Promise<Session> {
  const use = useOf(tools, caller);
  await deleteExpiredSessions(tx, user.id, use.lastUsedAt);
  const sessionId = await insertSession(tx, { userId: user.id, steppedUpUntil, ...use });
  const refreshToken = await newRefreshToken(tx, sessionId, use);
  return withAccessToken(tools, user, { sessionId, refreshToken, steppedUpUntil });
}

/**
 * New tokens for the session of a user who has proved once more who they are; the refresh token that they had is good for nothing afterwards.
 * Without `steppedUpUntil` the second factor stays as fresh as it was. Throws UNAUTHENTICATED (REVOKED) where the session has ended.
 */
export async function continueSession(
  tools: SessionTools,
  tx: Transaction,
  caller: Caller,
  user: User,
  sessionId: string,
  steppedUpUntil?: Date | null,
): Promise<Session> {
  const use = useOf(tools, caller);
  const fresh = await extendSession(tx, sessionId, use, steppedUpUntil);
  if (fresh === undefined) throw unauthenticated("REVOKED");
  await retireRefreshTokens(tx, sessionId, use.lastUsedAt);
  const refreshToken = await newRefreshToken(tx, sessionId, use);
  return withAccessToken(tools, user, { sessionId, refreshToken, steppedUpUntil: fresh });
}

/** A session that goes on by its refresh token: the next one is given, which is stored already. Throws like `continueSession`. */
export async function resumeSession(
  tools: SessionTools,
  tx: Transaction,
  caller: Caller,
  user: User,
  sessionId: string,
  refreshToken: string,
): Promise<Session> {
  const steppedUpUntil = await extendSession(tx, sessionId, useOf(tools, caller));
  if (steppedUpUntil === undefined) throw unauthenticated("REVOKED");
  return withAccessToken(tools, user, { sessionId, refreshToken, steppedUpUntil });
}

async function newRefreshToken(
  tx: Transaction,
  sessionId: string,
  { expiresAt }: SessionUse,
): Promise<string> {
  const { token, hash } = makeRefreshToken();
  await insertRefreshToken(tx, { hash, sessionId, expiresAt });
  return token;
}

interface Issued {
  readonly sessionId: string;
  readonly refreshToken: string;
  readonly steppedUpUntil: Date | null;
}

async function withAccessToken(
  tools: SessionTools,
  user: User,
  { sessionId, refreshToken, steppedUpUntil }: Issued,
): Promise<Session> {
  const until = steppedUpUntil?.getTime() ?? 0;
  const claims = { userId: user.id, sessionId, steppedUpUntil: until > tools.now() ? until : 0 };
  const { token, expiresAt } = await tools.accessTokens.sign(claims);
  return { accessToken: token, refreshToken, expiresAt, user };
}

const maxUserAgentLength = 300;

function useOf({ now }: Pick<SessionTools, "now">, { ip, userAgent }: Caller): SessionUse {
  return {
    lastUsedAt: new Date(now()),
    expiresAt: new Date(now() + sessionLifeMs),
    ip,
    userAgent: typeof userAgent === "string" ? storable(userAgent, maxUserAgentLength) : null,
  };
}
