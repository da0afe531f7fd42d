/** Signed positions of the ledger, by which the loss of its newest rows is noticed. */
import { bigint, integer, pgTable, text, timestamp } from "drizzle-orm/pg-core";

export const checkpoints = pgTable("ledger_checkpoints", {
  /** Of the row that it vouches for, and with it for all rows before. */
  seq: bigint({ mode: "number" }).primaryKey(),
  epoch: integer().notNull(),
  hash: text().notNull(),
  at: timestamp({ withTimezone: true }).notNull(),
  /** Which key signed it. */
  signer: text().notNull(),
  signature: text().notNull(),
});
