/** Statements on sessions. */
import { and, count, desc, eq, gt, inArray, isNull, lte, ne, type SQL, sql } from "drizzle-orm";
import type { Database, Transaction } from "../../platform/database/index.js";
import { sessions } from "./account.table.js";
import type { SessionInfo } from "./session.js";

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
    .where(and(isOpenOf({ userId, at }), ...chosen))
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

interface OpenSessions {
  readonly userId: string;
  readonly at: Date;
}

const infoColumns = {
  id: sessions.id,
  createdAt: sessions.createdAt,
  lastUsedAt: sessions.lastUsedAt,
  expiresAt: sessions.expiresAt,
  ip: sessions.ip,
  userAgent: sessions.userAgent,
};

/** The session with that id if it has not ended at that time, and whose it is. */
export async function findOpenSession(
  database: Database,
  id: string,
  at: Date,
): Promise<(SessionInfo & { readonly userId: string }) | null> {
  const [row] = await database
    .select({ ...infoColumns, userId: sessions.userId })
    .from(sessions)
    .where(and(eq(sessions.id, id), isOpen(at)));
  return row ?? null;
}

/** The session with that id, ended or not, and whose it is; null once it was forgotten. */
export async function findSession(
  database: Database,
  id: string,
): Promise<(SessionInfo & { readonly userId: string }) | null> {
  const [row] = await database
    .select({ ...infoColumns, userId: sessions.userId })
    .from(sessions)
    .where(eq(sessions.id, id));
  return row ?? null;
}

/** Newest first, after the one made then (epoch milliseconds) with that id, at most `limit`. */
export async function listOpenSessions(
  database: Database,
  open: OpenSessions,
  after: { readonly createdAt: number; readonly id: string } | null,
  limit: number,
): Promise<SessionInfo[]> {
  const made = sql`trunc(extract(epoch from ${sessions.createdAt}) * 1000)`;
  const id = sql`${sessions.id}::text`;
  const beyond =
    after === null ? undefined : sql`(${made}, ${id}) < (${String(after.createdAt)}::numeric, ${after.id})`;
  return database
    .select(infoColumns)
    .from(sessions)
    .where(and(isOpenOf(open), beyond))
    .orderBy(desc(made), desc(id))
    .limit(limit);
}

export async function countOpenSessions(database: Database, open: OpenSessions): Promise<number> {
  const [row] = await database.select({ total: count() }).from(sessions).where(isOpenOf(open));
  return row?.total ?? 0;
}

function isOpenOf({ userId, at }: OpenSessions): SQL | undefined {
  return and(eq(sessions.userId, userId), isOpen(at));
}

function isOpen(at: Date): SQL | undefined {
  return and(isNull(sessions.revokedAt), gt(sessions.expiresAt, at));
}

/** Forgets all sessions of the user, and gives how many there were. Their tokens are refused because the user is. */
export async function deleteSessions(tx: Transaction, userId: string): Promise<number> {
  const rows = await tx.delete(sessions).where(eq(sessions.userId, userId)).returning({ id: sessions.id });
  return rows.length;
}

/** Forgets sessions of the user that nobody can go on with. */
export async function deleteExpiredSessions(tx: Transaction, userId: string, at: Date): Promise<void> {
  await tx.delete(sessions).where(and(eq(sessions.userId, userId), lte(sessions.expiresAt, at)));
}
