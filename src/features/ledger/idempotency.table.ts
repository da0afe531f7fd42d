/** What was asked for under which idempotency key, so that a repetition changes nothing. */
import { bigint, index, pgTable, primaryKey, text, timestamp } from "drizzle-orm/pg-core";

export const idempotencyKeys = pgTable(
  "idempotency_keys",
  {
    /** Kind and id of who asked: keys of different callers are different keys. */
    actor: text().notNull(),
    key: text().notNull(),
    operation: text().notNull(),
    /** HMAC-SHA-256 of the canonical input, hex. */
    inputHash: text("input_hash").notNull(),
    /** The first row of the ledger that came of it; null: nothing had to be changed. */
    seq: bigint({ mode: "number" }),
    createdAt: timestamp("created_at", { withTimezone: true }).notNull().defaultNow(),
  },
  (table) => [
    primaryKey({ columns: [table.actor, table.key] }),
    index("idempotency_keys_created_at").on(table.createdAt),
  ],
);
