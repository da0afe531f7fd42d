/** Segments and their member lists as PostgreSQL keeps them. */
import { sql } from "drizzle-orm";
import {
  check,
  foreignKey,
  index,
  integer,
  jsonb,
  pgTable,
  primaryKey,
  text,
  timestamp,
  uniqueIndex,
  uuid,
} from "drizzle-orm/pg-core";
import type { Condition } from "../../evaluation/index.js";
import { projects } from "../projects/project.table.js";

export const segments = pgTable(
  "segments",
  {
    project: text()
      .notNull()
      .references(() => projects.key, { onDelete: "cascade" }),
    key: text().notNull(),
    id: uuid().notNull().unique().defaultRandom(),
    name: text().notNull(),
    description: text(),
    /** Whoever is on neither list belongs to the segment when this holds; null: nobody else. */
    when: jsonb().$type<Condition>(),
    version: integer().notNull().default(1),
    createdAt: timestamp("created_at", { withTimezone: true }).notNull().defaultNow(),
    updatedAt: timestamp("updated_at", { withTimezone: true }).notNull().defaultNow(),
  },
  (table) => [
    primaryKey({ columns: [table.project, table.key] }),
    uniqueIndex("segments_key_any_case").on(table.project, sql`lower(${table.key})`),
    check("segments_key_shape", sql`${table.key} ~ '^[A-Za-z0-9][A-Za-z0-9._-]{0,127}$'`),
  ],
);

export const segmentMembers = pgTable(
  "segment_members",
  {
    project: text().notNull(),
    segment: text().notNull(),
    /** INCLUDED or EXCLUDED. */
    list: text().notNull(),
    /** A targeting key. */
    member: text().notNull(),
  },
  (table) => [
    primaryKey({ columns: [table.project, table.segment, table.list, table.member] }),
    foreignKey({
      columns: [table.project, table.segment],
      foreignColumns: [segments.project, segments.key],
      name: "segment_members_segment",
    }).onDelete("cascade"),
    check("segment_members_list", sql`${table.list} in ('INCLUDED', 'EXCLUDED')`),
  ],
);

/** Which segment names which in its condition; the foreign key refuses to delete what is in use. */
export const segmentUses = pgTable(
  "segment_uses",
  {
    project: text().notNull(),
    segment: text().notNull(),
    usesSegment: text("uses_segment").notNull(),
  },
  (table) => [
    primaryKey({ columns: [table.project, table.segment, table.usesSegment] }),
    index("segment_uses_used").on(table.project, table.usesSegment),
    foreignKey({
      columns: [table.project, table.segment],
      foreignColumns: [segments.project, segments.key],
      name: "segment_uses_user",
    }).onDelete("cascade"),
    foreignKey({
      columns: [table.project, table.usesSegment],
      foreignColumns: [segments.project, segments.key],
      name: "segment_uses_used_segment",
    }),
  ],
);
