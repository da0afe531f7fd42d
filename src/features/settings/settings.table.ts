/** The server's settings as PostgreSQL keeps them: one row. */
import { sql } from "drizzle-orm";
import { boolean, check, integer, pgTable, timestamp } from "drizzle-orm/pg-core";

export const serverSettings = pgTable(
  "server_settings",
  {
    /** Always 1. */
    id: integer().primaryKey().default(1),
    /** Whether every user needs a second factor. */
    requireTwoFactor: boolean("require_two_factor").notNull().default(false),
    /** After how many days the bodies of the audit log are emptied; null: never. */
    auditRetentionDays: integer("audit_retention_days"),
    version: integer().notNull().default(1),
    updatedAt: timestamp("updated_at", { withTimezone: true }).notNull().defaultNow(),
  },
  (table) => [check("server_settings_one_row", sql`${table.id} = 1`)],
);
