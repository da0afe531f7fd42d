/** Guarded rollouts as PostgreSQL keeps them. */
import { sql } from "drizzle-orm";
import {
  check,
  foreignKey,
  index,
  integer,
  jsonb,
  pgTable,
  text,
  timestamp,
  uniqueIndex,
  uuid,
} from "drizzle-orm/pg-core";
import type { Condition } from "../../evaluation/index.js";
import { flagEnvironments } from "../flags/flag.table.js";
import type { Doer, Guardrail, RolloutStatus, Step } from "./rollout.js";

export const guardedRollouts = pgTable(
  "guarded_rollouts",
  {
    /** Also the id of its trial. */
    id: uuid().primaryKey(),
    project: text().notNull(),
    environment: text().notNull(),
    flag: text().notNull(),
    key: text().notNull(),
    status: text().$type<RolloutStatus>().notNull(),
    variant: text().notNull(),
    baseline: text().notNull(),
    attribute: text().notNull(),
    audience: jsonb().$type<Condition>(),
    steps: jsonb().$type<readonly Step[]>().notNull(),
    guardrails: jsonb().$type<readonly Guardrail[]>().notNull(),
    /** From 1; also the epoch. */
    step: integer().notNull().default(1),
    stepStartedAt: timestamp("step_started_at", { withTimezone: true }).notNull(),
    approvedStep: integer("approved_step"),
    /** Since when the flag was seen to be off. */
    offSince: timestamp("off_since", { withTimezone: true }),
    reason: text(),
    startedBy: jsonb("started_by").$type<Doer>().notNull(),
    version: integer().notNull().default(1),
    /** As exact as cursors are. */
    createdAt: timestamp("created_at", { withTimezone: true, precision: 3 }).notNull().defaultNow(),
    updatedAt: timestamp("updated_at", { withTimezone: true }).notNull().defaultNow(),
    endedAt: timestamp("ended_at", { withTimezone: true }),
  },
  (table) => [
    uniqueIndex("guarded_rollouts_live")
      .on(table.project, table.flag, table.environment)
      .where(sql`${table.endedAt} is null`),
    index("guarded_rollouts_newest").on(table.project, table.createdAt, table.id),
    check("guarded_rollouts_key_shape", sql`${table.key} ~ '^[A-Za-z0-9][A-Za-z0-9._-]{0,127}$'`),
    check(
      "guarded_rollouts_status_known",
      sql`${table.status} in ('RUNNING', 'WAITING', 'PAUSED', 'COMPLETED', 'ROLLED_BACK', 'ABORTED')`,
    ),
    check(
      "guarded_rollouts_end",
      sql`(${table.endedAt} is null) = (${table.status} in ('RUNNING', 'WAITING', 'PAUSED'))`,
    ),
    foreignKey({
      columns: [table.project, table.flag, table.environment],
      foreignColumns: [flagEnvironments.project, flagEnvironments.flag, flagEnvironments.environment],
      name: "guarded_rollouts_flag_environment",
    }).onDelete("cascade"),
  ],
);
