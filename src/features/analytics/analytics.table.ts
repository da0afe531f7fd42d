/** How often flags were asked for, and by whom, as PostgreSQL keeps it. */
import { sql } from "drizzle-orm";
import {
  bigint,
  check,
  doublePrecision,
  foreignKey,
  index,
  pgTable,
  primaryKey,
  text,
  timestamp,
  uuid,
} from "drizzle-orm/pg-core";
import { apiKeys } from "../accounts/account.table.js";
import { environments } from "../environments/environment.table.js";
import { flags } from "../flags/flag.table.js";
import type { AnomalyDirection } from "./anomaly.js";

/** Answers of flags that exist, hour by hour. */
export const evaluationHours = pgTable(
  "evaluation_hours",
  {
    project: text().notNull(),
    environment: text().notNull(),
    flag: text().notNull(),
    /** Its beginning. */
    hour: timestamp({ withTimezone: true }).notNull(),
    /** Empty: none, since there was no value. */
    variant: text().notNull(),
    reason: text().notNull(),
    count: bigint({ mode: "number" }).notNull(),
    lastAt: timestamp("last_at", { withTimezone: true }).notNull(),
  },
  (table) => [
    primaryKey({
      columns: [table.project, table.environment, table.flag, table.hour, table.variant, table.reason],
    }),
    index("evaluation_hours_hour").on(table.hour),
    foreignKey({
      columns: [table.project, table.flag],
      foreignColumns: [flags.project, flags.key],
      name: "evaluation_hours_flag",
    }).onDelete("cascade"),
    foreignKey({
      columns: [table.project, table.environment],
      foreignColumns: [environments.project, environments.key],
      name: "evaluation_hours_environment",
    }).onDelete("cascade"),
  ],
);

/** Keys that were asked for and are no flags. */
export const unknownFlags = pgTable(
  "unknown_flags",
  {
    project: text().notNull(),
    environment: text().notNull(),
    flag: text().notNull(),
    /** Of the same project; its row stays as long as the environment does. */
    apiKeyId: uuid("api_key_id").notNull(),
    count: bigint({ mode: "number" }).notNull(),
    firstAt: timestamp("first_at", { withTimezone: true }).notNull(),
    lastAt: timestamp("last_at", { withTimezone: true }).notNull(),
  },
  (table) => [
    primaryKey({ columns: [table.project, table.environment, table.flag, table.apiKeyId] }),
    foreignKey({
      columns: [table.project, table.environment],
      foreignColumns: [environments.project, environments.key],
      name: "unknown_flags_environment",
    }).onDelete("cascade"),
  ],
);

/** What asks with each API key, by its own word. */
export const clientVersions = pgTable(
  "client_versions",
  {
    apiKeyId: uuid("api_key_id")
      .notNull()
      .references(() => apiKeys.id, { onDelete: "cascade" }),
    /** Such as `halyard-web`. */
    client: text().notNull(),
    /** Empty: it says none. */
    version: text().notNull(),
    count: bigint({ mode: "number" }).notNull(),
    firstAt: timestamp("first_at", { withTimezone: true }).notNull(),
    lastAt: timestamp("last_at", { withTimezone: true }).notNull(),
  },
  (table) => [primaryKey({ columns: [table.apiKeyId, table.client, table.version] })],
);

/** The last batch of counts that each instance handed in: one that is handed in again is not counted again. */
export const countedBatches = pgTable("counted_batches", {
  /** New at each start. */
  instance: uuid().primaryKey(),
  /** Counts from 1. */
  number: bigint({ mode: "number" }).notNull(),
  at: timestamp({ withTimezone: true }).notNull().defaultNow(),
});

/** Hours in which flags were evaluated far more or far less often than usual. */
export const anomalies = pgTable(
  "anomalies",
  {
    project: text().notNull(),
    environment: text().notNull(),
    flag: text().notNull(),
    /** Its beginning. */
    hour: timestamp({ withTimezone: true }).notNull(),
    direction: text().$type<AnomalyDirection>().notNull(),
    /** Evaluations, by the weeks before. */
    expected: doublePrecision().notNull(),
    observed: bigint({ mode: "number" }).notNull(),
    /** How likely that would be by chance. */
    pValue: doublePrecision("p_value").notNull(),
  },
  (table) => [
    primaryKey({ columns: [table.project, table.environment, table.flag, table.hour] }),
    index("anomalies_hour").on(table.project, table.hour),
    check("anomalies_direction", sql`${table.direction} in ('LOW', 'HIGH')`),
    foreignKey({
      columns: [table.project, table.flag],
      foreignColumns: [flags.project, flags.key],
      name: "anomalies_flag",
    }).onDelete("cascade"),
    foreignKey({
      columns: [table.project, table.environment],
      foreignColumns: [environments.project, environments.key],
      name: "anomalies_environment",
    }).onDelete("cascade"),
  ],
);
