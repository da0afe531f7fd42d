/** Statements on sessions and their refresh tokens. */
import { and, eq, gt, inArray, isNull, lte, ne, type SQL } from "drizzle-orm";
import type { Database, Transaction } from "../../platform/database/index.js";
import { refreshTokens, sessions } from "./account.table.js";

/** A sign-in or refresh as its session remembers it. */
export interface SessionUse {
  readonly lastUsedAt: Date;
  readonly expiresAt: Date;
  readonly ip: string | null;
  readonly userAgent: string | null;
}

export interface NewSession extends SessionUse {
  readonly userId: string;
  /** null: no second factor was shown. */
  readonly steppedUpUntil: Date | null;
}

/** Gives the session's id. */
export async function insertSession(tx: Transaction, session: NewSession): Promise<string> {
  const createdAt = session.lastUsedAt;
  const [row] = await tx
    .insert(sessions)
    .values({ ...session, createdAt })
    .returning({ id: sessions.id });
  if (row === undefined) throw new Error("An insert returned no row.");
  return row.id;
}

/**
 * Stores that the session was used; `steppedUpUntil` undefined leaves that as it is. Locks the session until the transaction ends, and gives
 * until when its second factor counts as fresh; undefined where the session has ended.
 */
export async function extendSession(
  tx: Transaction,
  id: string,
  use: SessionUse,
  steppedUpUntil?: Date | null,
): Promise<Date | null | undefined> {
  const [row] = await tx
    .update(sessions)
    .set({ ...use, ...(steppedUpUntil !== undefined && { steppedUpUntil }) })
    .where(and(eq(sessions.id, id), isNull(sessions.revokedAt)))
    .returning({ steppedUpUntil: sessions.steppedUpUntil });
  return row?.steppedUpUntil;
}

interface SessionRow {
  readonly id: string;
  readonly userId: string;
  readonly revokedAt: Date | null;
}

const sessionColumns = { id: sessions.id, userId: sessions.userId, revokedAt: sessions.revokedAt };

/** Locks the session until the transaction ends: its refresh tokens change under this lock only. */
export async function lockSession(tx: Transaction, id: string): Promise<SessionRow | null> {
  const [row] = await tx.select(sessionColumns).from(sessions).where(eq(sessions.id, id)).for("update");
  return row ?? null;
}

/** As `lockSession`, for the session that a refresh token hangs on. */
export async function lockSessionOfToken(tx: Transaction, hash: string): Promise<SessionRow | null> {
  const [row] = await tx
    .select(sessionColumns)
    .from(refreshTokens)
    .innerJoin(sessions, eq(sessions.id, refreshTokens.sessionId))
    .where(eq(refreshTokens.hash, hash))
    .for("update", { of: sessions });
  return row ?? null;
}

export interface RevokeSessions {
  readonly userId: string;
  /** This one alone. */
  readonly only?: string;
  /** All but this one. */
  readonly except?: string;
  readonly at: Date;
}

/** Ends sessions that have not ended yet, and gives their ids. */
export async function revokeSessions(
  tx: Transaction,
  { userId, only, except, at }: RevokeSessions,
): Promise<string[]> {
  const chosen: (SQL | undefined)[] = [
    only === undefined ? undefined : eq(sessions.id, only),
    except === undefined ? undefined : ne(sessions.id, except),
  ];
  const rows = await tx
    .update(sessions)
    .set({ revokedAt: at })
    .where(
      and(eq(sessions.userId, userId), isNull(sessions.revokedAt), gt(sessions.expiresAt, at), ...chosen),
    )
    .returning({ id: sessions.id });
  return rows.map(({ id }) => id);
}

/** Sessions revoked after `since`, of these users or of all. */
export async function listRevokedSessions(
  database: Database,
  userIds: readonly string[] | null,
  since: Date,
): Promise<string[]> {
  if (userIds?.length === 0) return [];
  const ofUsers = userIds === null ? undefined : inArray(sessions.userId, [...userIds]);
  const rows = await database
    .select({ id: sessions.id })
    .from(sessions)
    .where(and(gt(sessions.revokedAt, since), ofUsers));
  return rows.map(({ id }) => id);
}

/** Forgets sessions of the user that nobody can go on with. */
export async function deleteExpiredSessions(tx: Transaction, userId: string, at: Date): Promise<void> {
  await tx.delete(sessions).where(and(eq(sessions.userId, userId), lte(sessions.expiresAt, at)));
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

/** As it stands under the session's lock, which the caller holds. */
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

/** The caller holds the session's lock. */
export async function stampRefreshToken(tx: Transaction, hash: string, usedAt: Date): Promise<void> {
  await tx.update(refreshTokens).set({ usedAt }).where(eq(refreshTokens.hash, hash));
}

/** Forgets tokens of the session that are good for nothing any more, not even for telling that they were stolen. */
export async function deleteExpiredRefreshTokens(
  tx: Transaction,
  sessionId: string,
  at: Date,
): Promise<void> {
  await tx
    .delete(refreshTokens)
    .where(and(eq(refreshTokens.sessionId, sessionId), lte(refreshTokens.expiresAt, at)));
}

/** What the session's unused tokens were good for is over. The caller holds the session's lock. */
export async function retireRefreshTokens(tx: Transaction, sessionId: string, at: Date): Promise<void> {
  await tx
    .update(refreshTokens)
    .set({ usedAt: at, expiresAt: at })
    .where(and(eq(refreshTokens.sessionId, sessionId), isNull(refreshTokens.usedAt)));
}
