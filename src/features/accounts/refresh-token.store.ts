/** Statements on refresh tokens; they change under their session's lock only. */
import { and, eq, inArray, isNull, lt } from "drizzle-orm";
import type { Transaction } from "../../platform/database/index.js";
import { refreshTokens, sessions } from "./account.table.js";

interface LockedSession {
  readonly id: string;
  readonly userId: string;
  readonly revokedAt: Date | null;
}

/** Locks the session that the token hangs on until the transaction ends. */
export async function lockSessionOfToken(tx: Transaction, hash: string): Promise<LockedSession | null> {
  const [row] = await tx
    .select({ id: sessions.id, userId: sessions.userId, revokedAt: sessions.revokedAt })
    .from(refreshTokens)
    .innerJoin(sessions, eq(sessions.id, refreshTokens.sessionId))
    .where(eq(refreshTokens.hash, hash))
    .for("update", { of: sessions });
  return row ?? null;
}

export async function insertRefreshToken(
  tx: Transaction,
  token: { readonly hash: string; readonly sessionId: string; readonly expiresAt: Date },
): Promise<void> {
  await tx.insert(refreshTokens).values(token);
}

export interface StoredRefreshToken {
  readonly hash: string;
  readonly sessionId: string;
  readonly expiresAt: Date;
  /** Of the first use; null: it is good for one. */
  readonly usedAt: Date | null;
}

/** To be read once the session is locked: the statement that waited for the lock may have seen the token as it was before. */
export async function findRefreshToken(tx: Transaction, hash: string): Promise<StoredRefreshToken | null> {
  const [row] = await tx.select().from(refreshTokens).where(eq(refreshTokens.hash, hash));
  return row ?? null;
}

/** Which of these tokens, given by hash, is there and unused: one at most, as each token has one successor. */
export async function findUnusedRefreshToken(
  tx: Transaction,
  hashes: readonly string[],
): Promise<string | null> {
  const [row] = await tx
    .select({ hash: refreshTokens.hash })
    .from(refreshTokens)
    .where(and(inArray(refreshTokens.hash, [...hashes]), isNull(refreshTokens.usedAt)));
  return row?.hash ?? null;
}

export async function stampRefreshToken(tx: Transaction, hash: string, usedAt: Date): Promise<void> {
  await tx.update(refreshTokens).set({ usedAt }).where(eq(refreshTokens.hash, hash));
}

/** Forgets tokens of the session that were used before then. */
export async function deleteUsedRefreshTokens(
  tx: Transaction,
  sessionId: string,
  before: Date,
): Promise<void> {
  await tx
    .delete(refreshTokens)
    .where(and(eq(refreshTokens.sessionId, sessionId), lt(refreshTokens.usedAt, before)));
}

/** What the session's unused tokens were good for is over. */
export async function retireRefreshTokens(tx: Transaction, sessionId: string, at: Date): Promise<void> {
  await tx
    .update(refreshTokens)
    .set({ usedAt: at, expiresAt: at })
    .where(and(eq(refreshTokens.sessionId, sessionId), isNull(refreshTokens.usedAt)));
}
