/** The servers that run on this database, as each says of itself every few seconds. */
import { bigint, integer, pgTable, text, timestamp, uuid } from "drizzle-orm/pg-core";

export const instances = pgTable("instances", {
  /** New at each start. */
  id: uuid().primaryKey(),
  version: text().notNull(),
  /** Condition operators that its evaluator knows: a new one is written only once every live instance knows it. */
  operators: text().array().notNull(),
  epoch: integer().notNull(),
  /** Up to where it has taken in the ledger. */
  seq: bigint({ mode: "number" }).notNull(),
  startedAt: timestamp("started_at", { withTimezone: true }).notNull(),
  seenAt: timestamp("seen_at", { withTimezone: true }).notNull().defaultNow(),
});
