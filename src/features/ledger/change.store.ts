/** Statements on the ledger's table: append under the lock, and reads in order. */
import { and, asc, eq, gt, lte, type SQL, sql } from "drizzle-orm";
import type { Database, Transaction } from "../../platform/database/index.js";
import type { Change, Position } from "./change.js";
import { changes } from "./change.table.js";

/** Key of the advisory lock under which rows are appended. */
const ledgerLock = 0x4841_4c59;

/** The newest row's position and the database's clock, read under the lock, in a statement of its own so that it sees what committed before. */
export interface Head {
  readonly position: Position | null;
  /** RFC 3339, UTC, six decimals. */
  readonly clock: string;
}

/** Takes the ledger's lock until the transaction ends. Rows are appended last, so that commit order is sequence order. */
export async function lockLedger(tx: Transaction): Promise<void> {
  await tx.execute(sql`select pg_advisory_xact_lock(${ledgerLock})`);
}

const clock = sql<string>`to_char(clock_timestamp() at time zone 'utc', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"')`;

/** Reads the newest position and the clock. Callers that append hold the lock. */
export async function readHead(tx: Transaction): Promise<Head> {
  const newest = sql`select max(seq) from ${changes}`;
  const [row] = await tx
    .select({ clock, epoch: changes.epoch, seq: changes.seq, hash: changes.hash })
    .from(sql`(values (1)) as one`)
    .leftJoin(changes, sql`${changes.seq} = (${newest})`);
  if (row === undefined) throw new Error("A select without a condition gave no row.");
  const { epoch, seq, hash } = row;
  const position = epoch === null || seq === null || hash === null ? null : { epoch, seq, hash };
  return { position, clock: row.clock };
}

/** Adds sealed rows. */
export async function insertChanges(tx: Transaction, rows: readonly Change[]): Promise<void> {
  await tx.insert(changes).values([...rows]);
}

/** The row with this sequence number. */
export async function findChangeAt(database: Database, seq: number): Promise<Change | null> {
  return one(database, eq(changes.seq, seq));
}

/** The row with this identifier. */
export async function findChange(database: Database, id: string): Promise<Change | null> {
  return one(database, eq(changes.id, id));
}

async function one(database: Database, condition: SQL): Promise<Change | null> {
  const [row] = await database.select().from(changes).where(condition).limit(1);
  return row === undefined ? null : (row as Change);
}

/** Rows after `seq` up to and with `until`, oldest first, at most `limit`. */
export async function listChangesAfter(
  database: Database,
  seq: number,
  until: number,
  limit: number,
): Promise<Change[]> {
  const rows = await database
    .select()
    .from(changes)
    .where(and(gt(changes.seq, seq), lte(changes.seq, until)))
    .orderBy(asc(changes.seq))
    .limit(limit);
  return rows as Change[];
}
