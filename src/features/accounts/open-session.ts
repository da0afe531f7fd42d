/** Hands out the tokens of a session. */
import type { Transaction } from "../../platform/database/index.js";
import { makeRefreshToken } from "./refresh-token.js";
import { type Session, sessionLifeMs } from "./session.js";
import { deleteExpiredSessions, extendSession, insertRefreshToken, insertSession } from "./session.store.js";
import type { AccountTools } from "./tools.js";
import type { User } from "./user.js";

type SessionTools = Pick<AccountTools, "now" | "accessTokens">;

/** A new session for a user who has proved who they are. */
export async function openSession(tools: SessionTools, tx: Transaction, user: User): Promise<Session> {
  const now = tools.now();
  await deleteExpiredSessions(tx, user.id, new Date(now));
  const sessionId = await insertSession(tx, user.id, new Date(now + sessionLifeMs));
  return issueTokens(tools, tx, user, sessionId);
}

/** New tokens for a session that goes on, and lasts its full life from now. */
export async function continueSession(
  tools: SessionTools,
  tx: Transaction,
  user: User,
  sessionId: string,
): Promise<Session> {
  await extendSession(tx, sessionId, new Date(tools.now() + sessionLifeMs));
  return issueTokens(tools, tx, user, sessionId);
}

async function issueTokens(
  tools: SessionTools,
  tx: Transaction,
  user: User,
  sessionId: string,
): Promise<Session> {
  const { token: refreshToken, hash } = makeRefreshToken();
  await insertRefreshToken(tx, { hash, sessionId, expiresAt: new Date(tools.now() + sessionLifeMs) });
  const { token: accessToken, expiresAt } = await tools.accessTokens.sign({ userId: user.id, sessionId });
  return { accessToken, refreshToken, expiresAt, user };
}
