/** What is measured, and the events that it is measured by, as PostgreSQL keeps them. */
import { sql } from "drizzle-orm";
import {
  boolean,
  check,
  customType,
  date,
  foreignKey,
  index,
  integer,
  numeric,
  pgTable,
  primaryKey,
  text,
  timestamp,
  uniqueIndex,
  uuid,
} from "drizzle-orm/pg-core";
import { environments } from "../environments/environment.table.js";
import { projects } from "../projects/project.table.js";
import type { MetricDirection, MetricType } from "./metric.js";

/** 32 bytes: an HMAC of who it is, which nobody can turn back. */
export const unitColumn = customType<{ data: Buffer }>({ dataType: () => "bytea" });

export const metrics = pgTable(
  "metrics",
  {
    project: text()
      .notNull()
      .references(() => projects.key, { onDelete: "cascade" }),
    key: text().notNull(),
    id: uuid().notNull().unique().defaultRandom(),
    name: text().notNull(),
    description: text(),
    type: text().$type<MetricType>().notNull(),
    /** Which way is better. */
    direction: text().$type<MetricDirection>().notNull(),
    /** Hours after the first exposure for which events count; null: as long as the experiment runs. */
    windowHours: integer("window_hours"),
    /** What one unit counts for at most; null: whatever it has. Exact as a number, by the rules of values. */
    cap: numeric({ mode: "number" }),
    /** Such as `EUR` or `ms`. */
    unit: text(),
    /** Values are in 10^-decimals of the unit. */
    decimals: integer().notNull().default(0),
    /** RATIO: key of the metric above the line. */
    numerator: text(),
    /** RATIO: key of the metric below the line. */
    denominator: text(),
    archived: boolean().notNull().default(false),
    version: integer().notNull().default(1),
    createdAt: timestamp("created_at", { withTimezone: true }).notNull().defaultNow(),
    updatedAt: timestamp("updated_at", { withTimezone: true }).notNull().defaultNow(),
  },
  (table) => [
    primaryKey({ columns: [table.project, table.key] }),
    uniqueIndex("metrics_key_any_case").on(table.project, sql`lower(${table.key})`),
    check("metrics_key_shape", sql`${table.key} ~ '^[A-Za-z0-9][A-Za-z0-9._-]{0,127}$'`),
    check("metrics_type", sql`${table.type} in ('CONVERSION', 'COUNT', 'SUM', 'MEAN', 'RATIO')`),
    check("metrics_direction", sql`${table.direction} in ('INCREASE', 'DECREASE')`),
    check("metrics_parts", sql`(${table.type} = 'RATIO') = (${table.numerator} is not null)`),
    foreignKey({
      columns: [table.project, table.numerator],
      foreignColumns: [table.project, table.key],
      name: "metrics_numerator",
    }),
    foreignKey({
      columns: [table.project, table.denominator],
      foreignColumns: [table.project, table.key],
      name: "metrics_denominator",
    }),
  ],
);

/** What was tracked. One partition a day, made ahead and dropped when it is too old. */
export const metricEvents = pgTable(
  "metric_events",
  {
    /** Of `at`, UTC. */
    day: date({ mode: "string" }).notNull(),
    project: text().notNull(),
    environment: text().notNull(),
    /** The client's own: an event that comes again is the same. */
    eventId: text("event_id").notNull(),
    unit: unitColumn().notNull(),
    /** Key of a metric, which may not exist yet. */
    metric: text().notNull(),
    at: timestamp({ withTimezone: true }).notNull(),
    value: numeric().notNull(),
    receivedAt: timestamp("received_at", { withTimezone: true }).notNull().defaultNow(),
  },
  (table) => [
    primaryKey({ columns: [table.day, table.project, table.environment, table.eventId] }),
    index("metric_events_unit").on(table.project, table.environment, table.unit),
    index("metric_events_metric").on(table.project, table.metric, table.receivedAt),
    foreignKey({
      columns: [table.project, table.environment],
      foreignColumns: [environments.project, environments.key],
      name: "metric_events_environment",
    }).onDelete("cascade"),
  ],
);

/** What makes units of whom they are; encrypted. */
export const unitSecrets = pgTable("unit_secrets", {
  project: text()
    .primaryKey()
    .references(() => projects.key, { onDelete: "cascade" }),
  secret: text().notNull(),
});
