/** What happened by itself, in the order in which it became so. No foreign keys: what was deleted since happened all the same, and keys would deadlock with deletes. */
import { bigint, index, jsonb, pgTable, text, timestamp } from "drizzle-orm/pg-core";
import type { HappeningDetails } from "./happening.js";

export const happenings = pgTable(
  "happenings",
  {
    /** Commit order, because rows are added last and under a lock; there may be gaps. */
    seq: bigint({ mode: "number" }).primaryKey().generatedAlwaysAsIdentity(),
    at: timestamp({ withTimezone: true }).notNull(),
    project: text().notNull(),
    environment: text().notNull(),
    details: jsonb().$type<HappeningDetails>().notNull(),
    /** In plain sentences. */
    summary: text().notNull(),
  },
  (table) => [index("happenings_at").on(table.at)],
);
