/** The one shape of a database that the rooms know, whichever driver stands behind it. */
import type { ExtractTablesWithRelations } from "drizzle-orm";
import type { PgDatabase, PgQueryResultHKT, PgTransaction } from "drizzle-orm/pg-core";

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
  /** Brings the tables up to date; harmless when they are. `folder` defaults to the package's `drizzle/`. */
  readonly migrate: (folder?: string) => Promise<void>;
  /** The database's clock in epoch milliseconds; rejects after `deadlineMs`. */
  readonly ping: (deadlineMs: number) => Promise<number>;
  /** Ends the connections; an embedded database gives its folder free. Safe to call twice. */
  readonly close: () => Promise<void>;
}

export interface DatabaseOptions {
  /** Told the text of every statement that the rooms run, with `$1` in the place of values. */
  readonly onStatement?: (statement: string) => void;
}
