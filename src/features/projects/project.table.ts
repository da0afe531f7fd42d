/** Projects as PostgreSQL keeps them. */
import { sql } from "drizzle-orm";
import { check, integer, pgTable, text, timestamp, uniqueIndex, uuid } from "drizzle-orm/pg-core";

export const projects = pgTable(
  "projects",
  {
    key: text().primaryKey(),
    id: uuid().notNull().unique().defaultRandom(),
    name: text().notNull(),
    description: text(),
    /** Regular expression (RE2 syntax) that keys of new flags must match. */
    flagKeyPattern: text("flag_key_pattern").notNull(),
    version: integer().notNull().default(1),
    createdAt: timestamp("created_at", { withTimezone: true }).notNull().defaultNow(),
    updatedAt: timestamp("updated_at", { withTimezone: true }).notNull().defaultNow(),
  },
  (table) => [
    uniqueIndex("projects_key_any_case").on(sql`lower(${table.key})`),
    check("projects_key_shape", sql`${table.key} ~ '^[A-Za-z0-9][A-Za-z0-9._-]{0,127}$'`),
  ],
);
