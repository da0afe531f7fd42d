/** Experiments, what keeps them apart, and what was decided of them, as PostgreSQL keeps it. */
import { sql } from "drizzle-orm";
import {
  boolean,
  check,
  foreignKey,
  index,
  integer,
  jsonb,
  numeric,
  pgTable,
  primaryKey,
  text,
  timestamp,
  uniqueIndex,
  uuid,
} from "drizzle-orm/pg-core";
import type { Condition } from "../../evaluation/index.js";
import { environments } from "../environments/environment.table.js";
import { flagEnvironments } from "../flags/flag.table.js";
import { projects } from "../projects/project.table.js";
import { metrics } from "../tracking/metric.table.js";
import type { AnalysisMode, Arm, Conclusion, ExperimentStatus, MetricRole } from "./experiment.js";
import type { TemplateSettings } from "./templates/template.js";

const shape = (column: { readonly key: unknown }) =>
  sql`${column.key} ~ '^[A-Za-z0-9][A-Za-z0-9._-]{0,127}$'`;

/** Experiments of one layer share its buckets out: no unit is in two of them. */
export const layers = pgTable(
  "layers",
  {
    project: text()
      .notNull()
      .references(() => projects.key, { onDelete: "cascade" }),
    key: text().notNull(),
    /** Also the seed of its buckets. */
    id: uuid().notNull().unique().defaultRandom(),
    name: text().notNull(),
    description: text(),
    attribute: text().notNull().default("targetingKey"),
    version: integer().notNull().default(1),
    createdAt: timestamp("created_at", { withTimezone: true }).notNull().defaultNow(),
    updatedAt: timestamp("updated_at", { withTimezone: true }).notNull().defaultNow(),
  },
  (table) => [
    primaryKey({ columns: [table.project, table.key] }),
    uniqueIndex("layers_key_any_case").on(table.project, sql`lower(${table.key})`),
    check("layers_key_shape", shape(table)),
  ],
);

/** A share of all units that no experiment of the environment is shown to. */
export const holdouts = pgTable(
  "holdouts",
  {
    project: text().notNull(),
    environment: text().notNull(),
    key: text().notNull(),
    /** Also the seed of its buckets. */
    id: uuid().notNull().unique().defaultRandom(),
    name: text().notNull(),
    description: text(),
    attribute: text().notNull().default("targetingKey"),
    /** Of 100 000 buckets, the first so many. */
    weight: integer().notNull(),
    version: integer().notNull().default(1),
    createdAt: timestamp("created_at", { withTimezone: true }).notNull().defaultNow(),
    updatedAt: timestamp("updated_at", { withTimezone: true }).notNull().defaultNow(),
  },
  (table) => [
    primaryKey({ columns: [table.project, table.environment, table.key] }),
    check("holdouts_key_shape", shape(table)),
    foreignKey({
      columns: [table.project, table.environment],
      foreignColumns: [environments.project, environments.key],
      name: "holdouts_environment",
    }).onDelete("cascade"),
  ],
);

export const experiments = pgTable(
  "experiments",
  {
    project: text().notNull(),
    key: text().notNull(),
    id: uuid().notNull().unique().defaultRandom(),
    name: text().notNull(),
    hypothesis: text(),
    environment: text().notNull(),
    flag: text().notNull(),
    status: text().$type<ExperimentStatus>().notNull().default("DRAFT"),
    audience: jsonb().$type<Condition>(),
    attribute: text().notNull(),
    control: text().notNull(),
    arms: jsonb().$type<readonly Arm[]>().notNull(),
    traffic: numeric({ mode: "number" }).notNull(),
    layer: text(),
    layerLow: integer("layer_low"),
    layerHigh: integer("layer_high"),
    mode: text().$type<AnalysisMode>().notNull(),
    alpha: numeric({ mode: "number" }).notNull(),
    minimumEffect: numeric("minimum_effect", { mode: "number" }).notNull(),
    plannedUnits: integer("planned_units").notNull(),
    startsAt: timestamp("starts_at", { withTimezone: true }),
    endsAt: timestamp("ends_at", { withTimezone: true }),
    minimumRuntimeDays: integer("minimum_runtime_days").notNull(),
    promotesAutomatically: boolean("promotes_automatically").notNull(),
    rollsBackAutomatically: boolean("rolls_back_automatically").notNull(),
    optimises: boolean().notNull(),
    adjustsForPast: boolean("adjusts_for_past").notNull(),
    slices: text().array().notNull().default([]),
    /** Of its rule, as it was installed. */
    condition: jsonb().$type<Condition>(),
    epoch: integer().notNull().default(0),
    startedAt: timestamp("started_at", { withTimezone: true }),
    resumedAt: timestamp("resumed_at", { withTimezone: true }),
    stoppedAt: timestamp("stopped_at", { withTimezone: true }),
    conclusion: jsonb().$type<Conclusion>(),
    version: integer().notNull().default(1),
    createdAt: timestamp("created_at", { withTimezone: true }).notNull().defaultNow(),
    updatedAt: timestamp("updated_at", { withTimezone: true }).notNull().defaultNow(),
  },
  (table) => [
    primaryKey({ columns: [table.project, table.key] }),
    uniqueIndex("experiments_key_any_case").on(table.project, sql`lower(${table.key})`),
    index("experiments_flag").on(table.project, table.flag, table.environment),
    index("experiments_status").on(table.status),
    check("experiments_key_shape", shape(table)),
    check(
      "experiments_status_known",
      sql`${table.status} in ('DRAFT', 'SCHEDULED', 'RUNNING', 'PAUSED', 'STOPPED', 'CONCLUDED')`,
    ),
    check("experiments_mode", sql`${table.mode} in ('ANYTIME', 'GROUP_SEQUENTIAL', 'FIXED_HORIZON')`),
    foreignKey({
      columns: [table.project, table.flag, table.environment],
      foreignColumns: [flagEnvironments.project, flagEnvironments.flag, flagEnvironments.environment],
      name: "experiments_flag_environment",
    }).onDelete("cascade"),
    foreignKey({
      columns: [table.project, table.layer],
      foreignColumns: [layers.project, layers.key],
      name: "experiments_layer",
    }),
  ],
);

export const experimentMetrics = pgTable(
  "experiment_metrics",
  {
    project: text().notNull(),
    experiment: text().notNull(),
    metric: text().notNull(),
    role: text().$type<MetricRole>().notNull(),
    margin: numeric({ mode: "number" }),
    /** Order in the experiment, from 0. */
    position: integer().notNull(),
    /** Variance of one unit that the anytime intervals were tuned for, once enough was seen; never changed after. */
    plannedVariance: numeric("planned_variance", { mode: "number" }),
  },
  (table) => [
    primaryKey({ columns: [table.project, table.experiment, table.metric] }),
    index("experiment_metrics_metric").on(table.project, table.metric),
    check("experiment_metrics_role", sql`${table.role} in ('PRIMARY', 'SECONDARY', 'GUARDRAIL')`),
    foreignKey({
      columns: [table.project, table.experiment],
      foreignColumns: [experiments.project, experiments.key],
      name: "experiment_metrics_experiment",
    }).onDelete("cascade"),
    foreignKey({
      columns: [table.project, table.metric],
      foreignColumns: [metrics.project, metrics.key],
      name: "experiment_metrics_metric_key",
    }),
  ],
);

/** Settings to begin an experiment with. */
export const experimentTemplates = pgTable(
  "experiment_templates",
  {
    project: text()
      .notNull()
      .references(() => projects.key, { onDelete: "cascade" }),
    key: text().notNull(),
    id: uuid().notNull().unique().defaultRandom(),
    name: text().notNull(),
    description: text(),
    settings: jsonb().$type<TemplateSettings>().notNull(),
    version: integer().notNull().default(1),
    createdAt: timestamp("created_at", { withTimezone: true }).notNull().defaultNow(),
    updatedAt: timestamp("updated_at", { withTimezone: true }).notNull().defaultNow(),
  },
  (table) => [
    primaryKey({ columns: [table.project, table.key] }),
    check("experiment_templates_key_shape", shape(table)),
  ],
);

/** Every automatic action on an experiment or rollout with what it was decided from, so that it can be worked out again. */
export const trialDecisions = pgTable(
  "trial_decisions",
  {
    id: uuid().primaryKey().defaultRandom(),
    project: text()
      .notNull()
      .references(() => projects.key, { onDelete: "cascade" }),
    /** Id of the trial. */
    trial: uuid().notNull(),
    at: timestamp({ withTimezone: true }).notNull().defaultNow(),
    /** Such as PROMOTED, ROLLED_BACK, ENDED. */
    action: text().notNull(),
    /** In a plain sentence. */
    summary: text().notNull(),
    inputs: jsonb().notNull(),
  },
  (table) => [index("trial_decisions_trial").on(table.trial, table.at)],
);
