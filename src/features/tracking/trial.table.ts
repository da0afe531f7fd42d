/** Who was shown what, and what they did then, as PostgreSQL keeps it: rows for each unit, and their sums. */
import {
  bigint,
  boolean,
  date,
  foreignKey,
  index,
  integer,
  jsonb,
  numeric,
  pgTable,
  primaryKey,
  text,
  timestamp,
  uuid,
} from "drizzle-orm/pg-core";
import { flagEnvironments } from "../flags/flag.table.js";
import { metrics, unitColumn } from "./metric.table.js";
import type { SourcePart, TrialSlot } from "./trial.js";

/** Whatever splits units and measures them: an experiment, or a guarded rollout. */
export const trials = pgTable(
  "trials",
  {
    id: uuid().primaryKey(),
    project: text().notNull(),
    environment: text().notNull(),
    flag: text().notNull(),
    /** Path of the attribute by whose value units are told apart. */
    attribute: text().notNull(),
    /** Paths of the attributes that are kept of each exposure. */
    slices: text().array().notNull().default([]),
    startedAt: timestamp("started_at", { withTimezone: true }).notNull(),
    /** Events up to then count; null: it runs. */
    endedAt: timestamp("ended_at", { withTimezone: true }),
  },
  (table) => [
    index("trials_place").on(table.project, table.environment),
    foreignKey({
      columns: [table.project, table.flag, table.environment],
      foreignColumns: [flagEnvironments.project, flagEnvironments.flag, flagEnvironments.environment],
      name: "trials_flag",
    }).onDelete("cascade"),
  ],
);

/** Stretches of a trial in which the split, the audience and the share of traffic stayed as they were. */
export const trialEpochs = pgTable(
  "trial_epochs",
  {
    trial: uuid()
      .notNull()
      .references(() => trials.id, { onDelete: "cascade" }),
    /** Counts from 1. */
    epoch: integer().notNull(),
    slots: jsonb().$type<readonly TrialSlot[]>().notNull(),
    from: timestamp({ withTimezone: true }).notNull(),
  },
  (table) => [primaryKey({ columns: [table.trial, table.epoch] })],
);

/** Which events count for which metric of a trial. */
export const trialMetrics = pgTable(
  "trial_metrics",
  {
    trial: uuid()
      .notNull()
      .references(() => trials.id, { onDelete: "cascade" }),
    metric: uuid()
      .notNull()
      .references(() => metrics.id),
    /** Key of the metric whose events count: its own, or that of a part of a ratio. */
    source: text().notNull(),
    /** CONVERSION, COUNT, SUM: of the value. DENOMINATOR_COUNT, DENOMINATOR_SUM: of what the value is divided by. MEAN: both. */
    part: text().$type<SourcePart>().notNull(),
    windowHours: integer("window_hours"),
    /** Of the value, or of what it is divided by, for one unit; 1 for what is a conversion. */
    cap: numeric(),
    /** Whether what units did before they were exposed is gathered too, to take it out of the variance. */
    isCovariate: boolean("is_covariate").notNull().default(false),
  },
  (table) => [
    primaryKey({ columns: [table.trial, table.metric, table.source, table.part] }),
    index("trial_metrics_source").on(table.source),
  ],
);

/** Each unit that saw what a trial chose for it: the first time counts. */
export const exposures = pgTable(
  "exposures",
  {
    trial: uuid()
      .notNull()
      .references(() => trials.id, { onDelete: "cascade" }),
    unit: unitColumn().notNull(),
    bucket: integer().notNull(),
    variant: text().notNull(),
    epoch: integer().notNull(),
    firstAt: timestamp("first_at", { withTimezone: true }).notNull(),
    /** Of the covariate, in the two weeks before. */
    covariate: numeric().notNull().default("0"),
    /** It was also seen in a variant that its bucket does not have. */
    conflicted: boolean().notNull().default(false),
    /** Its bucket was given to another variant later: it counts no more. */
    departed: boolean().notNull().default(false),
    /** Attributes of the context, as they were then. */
    slice: jsonb().$type<Readonly<Record<string, string>>>(),
  },
  (table) => [
    primaryKey({ columns: [table.trial, table.unit] }),
    index("exposures_unit").on(table.unit),
    index("exposures_bucket").on(table.trial, table.bucket),
    // Costs who stores exposures next to nothing, and finds those of an hour, since rows of about the same time stand together.
    index("exposures_first_at").using("brin", table.firstAt).with({ autosummarize: true }),
  ],
);

/** What one unit did. */
export const unitMetrics = pgTable(
  "unit_metrics",
  {
    trial: uuid().notNull(),
    metric: uuid().notNull(),
    unit: unitColumn().notNull(),
    /** Not capped; of a conversion the number of its events. */
    value: numeric().notNull(),
    denominator: numeric().notNull().default("0"),
  },
  (table) => [
    primaryKey({ columns: [table.trial, table.metric, table.unit] }),
    foreignKey({
      columns: [table.trial],
      foreignColumns: [trials.id],
      name: "unit_metrics_trial",
    }).onDelete("cascade"),
  ],
);

const cell = {
  trial: uuid().notNull(),
  epoch: integer().notNull(),
  variant: text().notNull(),
  /** Of the first exposure, UTC. */
  day: date({ mode: "string" }).notNull(),
};

/** Sums over exposures, so that an analysis reads a few rows. */
export const exposureSums = pgTable(
  "exposure_sums",
  {
    ...cell,
    n: bigint({ mode: "number" }).notNull(),
    conflicted: bigint({ mode: "number" }).notNull(),
    /** Σx and Σx² of the covariate. */
    sumX: numeric("sum_x").notNull(),
    sumXx: numeric("sum_xx").notNull(),
  },
  (table) => [
    primaryKey({ columns: [table.trial, table.epoch, table.variant, table.day] }),
    foreignKey({
      columns: [table.trial],
      foreignColumns: [trials.id],
      name: "exposure_sums_trial",
    }).onDelete("cascade"),
  ],
);

/** Sums over what units did; of each unit at most the cap. */
export const metricSums = pgTable(
  "metric_sums",
  {
    ...cell,
    metric: uuid().notNull(),
    /** Units whose value is not 0. */
    nonzero: bigint({ mode: "number" }).notNull(),
    sumY: numeric("sum_y").notNull(),
    sumYy: numeric("sum_yy").notNull(),
    /** d: the denominators. */
    sumD: numeric("sum_d").notNull(),
    sumDd: numeric("sum_dd").notNull(),
    sumYd: numeric("sum_yd").notNull(),
    /** x: the covariate. */
    sumXy: numeric("sum_xy").notNull(),
  },
  (table) => [
    primaryKey({ columns: [table.trial, table.metric, table.epoch, table.variant, table.day] }),
    foreignKey({
      columns: [table.trial],
      foreignColumns: [trials.id],
      name: "metric_sums_trial",
    }).onDelete("cascade"),
  ],
);
