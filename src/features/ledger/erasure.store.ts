/** Statements that empty texts of the ledger: the only updates that it knows. The caller holds the ledger's lock. */
import { and, asc, eq, gt, inArray, isNotNull, like, lte, not, or, type SQL, sql } from "drizzle-orm";
import type { Database, Transaction } from "../../platform/database/index.js";
import type { Change } from "./change.js";
import { changes } from "./change.table.js";

const emptiedBody = { body: null, salt: null };
const emptiedPerson = { person: null, personSalt: null };

const explainsOthers = like(changes.kind, "ledger.%");

/** Empties the bodies of these rows, except those that explain others. `seqs` must not be empty. */
export async function emptyBodies(tx: Transaction, seqs: readonly number[]): Promise<void> {
  const hasBody = and(isNotNull(changes.body), not(explainsOthers));
  await tx
    .update(changes)
    .set(emptiedBody)
    .where(and(inArray(changes.seq, [...seqs]), hasBody));
}

/**
 * Empties the body of every row about the user, and who did it in every row that the user did: also before anybody knew them, as when they
 * registered. Who else did something to the user stays.
 */
export async function emptyUser(tx: Transaction, userId: string): Promise<void> {
  const did = and(eq(changes.actorKind, "USER"), eq(changes.actorId, userId));
  const about = and(eq(changes.subjectType, "USER"), eq(changes.subject, userId));
  const own = or(did, and(about, eq(changes.actorKind, "SYSTEM")));
  await tx
    .update(changes)
    .set(emptiedBody)
    .where(and(about, isNotNull(changes.body)));
  await tx
    .update(changes)
    .set(emptiedPerson)
    .where(and(own, isNotNull(changes.person)));
}

/** Empties the texts of the rows after `from` up to and with `upTo`, except what explains others; gives how many rows had something to empty. */
export async function emptyRange(tx: Transaction, from: number, upTo: number): Promise<number> {
  const people = inArray(changes.actorKind, ["USER", "API_KEY"]);
  const within = and(gt(changes.seq, from), lte(changes.seq, upTo));
  const explaining = await tx
    .update(changes)
    .set(emptiedPerson)
    .where(and(within, explainsOthers, people, isNotNull(changes.person)))
    .returning({ seq: changes.seq });
  const others = await tx
    .update(changes)
    .set({ ...emptiedBody, ...emptiedPerson })
    .where(and(within, not(explainsOthers), or(isNotNull(changes.body), isNotNull(changes.person))))
    .returning({ seq: changes.seq });
  return explaining.length + others.length;
}

/** Numbers and moments of the rows after `from`, oldest first, at most `limit`. */
export async function listMoments(
  database: Database,
  from: number,
  limit: number,
): Promise<{ readonly seq: number; readonly at: string }[]> {
  return database
    .select({ seq: changes.seq, at: changes.at })
    .from(changes)
    .where(gt(changes.seq, from))
    .orderBy(asc(changes.seq))
    .limit(limit);
}

/** The moment that many days ago by the database's clock: RFC 3339, UTC, six decimals. */
export async function momentAgo(tx: Transaction, days: number): Promise<string> {
  const moment: SQL<string> = sql`to_char((clock_timestamp() - make_interval(days => ${days}::int)) at time zone 'utc', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"')`;
  const [row] = await tx.select({ moment }).from(sql`(values (1)) as one`);
  if (row === undefined) throw new Error("A select without a condition gave no row.");
  return row.moment;
}

/** What is to be known of a row before its body is emptied. */
export interface Erasable extends Pick<Change, "seq" | "id" | "kind"> {
  /** Whether nothing is left to empty. */
  readonly isEmpty: boolean;
}

/** The rows with these identifiers, as far as there are any. */
export async function listErasable(tx: Transaction, ids: readonly string[]): Promise<Erasable[]> {
  const { seq, id, kind, body } = changes;
  return tx
    .select({ seq, id, kind, isEmpty: sql<boolean>`${body} is null` })
    .from(changes)
    .where(inArray(id, [...ids]));
}
