/** Flags, their variants, their settings per environment and what they refer to, as PostgreSQL keeps them. */
import { sql } from "drizzle-orm";
import {
  boolean,
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
import { users } from "../accounts/account.table.js";
import { environments } from "../environments/environment.table.js";
import { projects } from "../projects/project.table.js";
import { segments } from "../segments/segment.table.js";
import type { Prerequisite, Rule, Serve, Target } from "./flag.js";

export const flags = pgTable(
  "flags",
  {
    project: text()
      .notNull()
      .references(() => projects.key, { onDelete: "cascade" }),
    key: text().notNull(),
    id: uuid().notNull().unique().defaultRandom(),
    name: text().notNull(),
    description: text(),
    type: text().notNull(),
    kind: text().notNull(),
    tags: text().array().notNull().default([]),
    ownerId: uuid("owner_id").references(() => users.id, { onDelete: "set null" }),
    /** JSON Schema that every variant's value satisfies. */
    valueSchema: jsonb("value_schema"),
    clientVisible: boolean("client_visible").notNull().default(true),
    archived: boolean().notNull().default(false),
    version: integer().notNull().default(1),
    createdAt: timestamp("created_at", { withTimezone: true }).notNull().defaultNow(),
    updatedAt: timestamp("updated_at", { withTimezone: true }).notNull().defaultNow(),
  },
  (table) => [
    primaryKey({ columns: [table.project, table.key] }),
    uniqueIndex("flags_key_any_case").on(table.project, sql`lower(${table.key})`),
    index("flags_tags").using("gin", table.tags),
    check("flags_key_shape", sql`${table.key} ~ '^[A-Za-z0-9][A-Za-z0-9._-]{0,127}$'`),
    check("flags_type", sql`${table.type} in ('BOOLEAN', 'STRING', 'NUMBER', 'JSON')`),
    check(
      "flags_kind",
      sql`${table.kind} in ('RELEASE', 'EXPERIMENT', 'OPERATIONAL', 'KILL_SWITCH', 'PERMISSION', 'CONFIG')`,
    ),
  ],
);

export const variants = pgTable(
  "variants",
  {
    project: text().notNull(),
    flag: text().notNull(),
    key: text().notNull(),
    /** Order in the flag, from 0. */
    position: integer().notNull(),
    name: text(),
    description: text(),
    value: jsonb().notNull(),
  },
  (table) => [
    primaryKey({ columns: [table.project, table.flag, table.key] }),
    uniqueIndex("variants_key_any_case").on(table.project, table.flag, sql`lower(${table.key})`),
    foreignKey({
      columns: [table.project, table.flag],
      foreignColumns: [flags.project, flags.key],
      name: "variants_flag",
    }).onDelete("cascade"),
  ],
);

export const flagEnvironments = pgTable(
  "flag_environments",
  {
    project: text().notNull(),
    flag: text().notNull(),
    environment: text().notNull(),
    id: uuid().notNull().unique().defaultRandom(),
    enabled: boolean().notNull().default(false),
    offVariant: text("off_variant"),
    fallthrough: jsonb().$type<Serve>().notNull(),
    targets: jsonb().$type<readonly Target[]>().notNull(),
    rules: jsonb().$type<readonly Rule[]>().notNull(),
    prerequisites: jsonb().$type<readonly Prerequisite[]>().notNull(),
    /** Rises with every change that can alter the flag's answers here, its shared parts included. */
    version: integer().notNull().default(1),
    updatedAt: timestamp("updated_at", { withTimezone: true }).notNull().defaultNow(),
  },
  (table) => [
    primaryKey({ columns: [table.project, table.flag, table.environment] }),
    index("flag_environments_environment").on(table.project, table.environment),
    foreignKey({
      columns: [table.project, table.flag],
      foreignColumns: [flags.project, flags.key],
      name: "flag_environments_flag",
    }).onDelete("cascade"),
    foreignKey({
      columns: [table.project, table.environment],
      foreignColumns: [environments.project, environments.key],
      name: "flag_environments_environment",
    }).onDelete("cascade"),
    foreignKey({
      columns: [table.project, table.flag, table.offVariant],
      foreignColumns: [variants.project, variants.flag, variants.key],
      name: "flag_environments_off_variant",
    }),
  ],
);

/** Which flag refers to which segment in an environment; the foreign key refuses to delete what is in use. */
export const flagSegmentUses = pgTable(
  "flag_segment_uses",
  {
    project: text().notNull(),
    flag: text().notNull(),
    environment: text().notNull(),
    usesSegment: text("uses_segment").notNull(),
  },
  (table) => [
    primaryKey({ columns: [table.project, table.flag, table.environment, table.usesSegment] }),
    index("flag_segment_uses_used").on(table.project, table.usesSegment),
    foreignKey({
      columns: [table.project, table.flag, table.environment],
      foreignColumns: [flagEnvironments.project, flagEnvironments.flag, flagEnvironments.environment],
      name: "flag_segment_uses_user",
    }).onDelete("cascade"),
    foreignKey({
      columns: [table.project, table.usesSegment],
      foreignColumns: [segments.project, segments.key],
      name: "flag_segment_uses_used_segment",
    }),
  ],
);

/** Which flag refers to which other flag in an environment, as prerequisite or in a condition. */
export const flagFlagUses = pgTable(
  "flag_flag_uses",
  {
    project: text().notNull(),
    flag: text().notNull(),
    environment: text().notNull(),
    usesFlag: text("uses_flag").notNull(),
  },
  (table) => [
    primaryKey({ columns: [table.project, table.flag, table.environment, table.usesFlag] }),
    index("flag_flag_uses_used").on(table.project, table.usesFlag),
    foreignKey({
      columns: [table.project, table.flag, table.environment],
      foreignColumns: [flagEnvironments.project, flagEnvironments.flag, flagEnvironments.environment],
      name: "flag_flag_uses_user",
    }).onDelete("cascade"),
    foreignKey({
      columns: [table.project, table.usesFlag],
      foreignColumns: [flags.project, flags.key],
      name: "flag_flag_uses_used_flag",
    }),
  ],
);
