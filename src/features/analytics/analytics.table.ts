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
  uniqueIndex,
  uuid,
} from "drizzle-orm/pg-core";
import { apiKeys } from "../accounts/account.table.js";
import { environments } from "../environments/environment.table.js";
import { flags } from "../flags/flag.table.js";
import { metrics } from "../tracking/metric.table.js";
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

/** Hours that were out of the ordinary: of a flag, of a metric, or of a metric in what measures a flag. */
export const anomalies = pgTable(
  "anomalies",
  {
    id: uuid().primaryKey().defaultRandom(),
    project: text().notNull(),
    environment: text().notNull(),
    /** null: it is about a metric alone. */
    flag: text(),
    /** null: it is about a flag alone. */
    metric: text(),
    /** Its beginning. */
    hour: timestamp({ withTimezone: true }).notNull(),
    direction: text().$type<AnomalyDirection>().notNull(),
    /** By what was before: evaluations or events, or a share of units. */
    expected: doublePrecision().notNull(),
    observed: doublePrecision().notNull(),
    /** How likely that would be by chance; null for a share. */
    pValue: doublePrecision("p_value"),
  },
  (table) => [
    uniqueIndex("anomalies_once").on(
      table.project,
      table.environment,
      sql`coalesce(${table.flag}, '')`,
      sql`coalesce(${table.metric}, '')`,
      table.hour,
    ),
    index("anomalies_hour").on(table.project, table.hour),
    check("anomalies_direction", sql`${table.direction} in ('LOW', 'HIGH')`),
    check("anomalies_about", sql`${table.flag} is not null or ${table.metric} is not null`),
    foreignKey({
      columns: [table.project, table.flag],
      foreignColumns: [flags.project, flags.key],
      name: "anomalies_flag",
    }).onDelete("cascade"),
    foreignKey({
      columns: [table.project, table.metric],
      foreignColumns: [metrics.project, metrics.key],
      name: "anomalies_metric",
    }).onDelete("cascade"),
    foreignKey({
      columns: [table.project, table.environment],
      foreignColumns: [environments.project, environments.key],
      name: "anomalies_environment",
    }).onDelete("cascade"),
  ],
);
