/** The one shape of a database that the rooms know, whichever driver stands behind it. */
import type { ExtractTablesWithRelations } from "drizzle-orm";
import type { PgDatabase, PgQueryResultHKT, PgTransaction } from "drizzle-orm/pg-core";
import type { BreakerState } from "../breaker.js";

type NoSchema = Record<string, never>;

/** What stores take: PGlite, PostgreSQL, or a transaction on either. Tables live in the rooms. */
export type Database = PgDatabase<PgQueryResultHKT, NoSchema>;

/** What `database.transaction` hands out: a `Database` that can be rolled back. */
export type Transaction = PgTransaction<PgQueryResultHKT, NoSchema, ExtractTablesWithRelations<NoSchema>>;

export interface OpenDatabase {
  readonly database: Database;
  /** The same, by connections that are lent to nobody else: for the one that must not wait behind requests. */
  readonly reserved: Database;
  readonly kind: "pglite" | "postgresql";
  /** Whether it answered when it was opened. */
  readonly answered: boolean;
  /** Brings the tables up to date; harmless when they are. `folder` defaults to the package's `drizzle/`. */
  readonly migrate: (folder?: string) => Promise<void>;
  /** The database's clock in epoch milliseconds; rejects after `deadlineMs`. */
  readonly ping: (deadlineMs: number) => Promise<number>;
  /** Whether statements get through, or fail at once because it was found to be away. An embedded database is never away. */
  readonly breaker: () => BreakerState;
  /** Ends the connections; an embedded database gives its folder free. Safe to call twice. */
  readonly close: () => Promise<void>;
}

export interface DatabaseOptions {
  /** Told the text of every statement that the rooms run, with `$1` in the place of values. */
  readonly onStatement?: (statement: string) => void;
  /** Opens it also where it does not answer: see `OpenDatabase.answered`. */
  readonly mayBeAway?: boolean;
}
