/** Environments of a project as PostgreSQL keeps them. */
import { sql } from "drizzle-orm";
import {
  boolean,
  check,
  integer,
  pgTable,
  primaryKey,
  text,
  timestamp,
  uniqueIndex,
  uuid,
} from "drizzle-orm/pg-core";
import { projects } from "../projects/project.table.js";

export const environments = pgTable(
  "environments",
  {
    project: text()
      .notNull()
      .references(() => projects.key, { onDelete: "cascade" }),
    key: text().notNull(),
    id: uuid().notNull().unique().defaultRandom(),
    name: text().notNull(),
    protected: boolean().notNull().default(false),
    /** Whether updates here must name the version they build on. */
    requireExpectedVersion: boolean("require_expected_version").notNull().default(false),
    /** Whether CLIENT keys must prove the targeting key they ask for. */
    requireContextProof: boolean("require_context_proof").notNull().default(false),
    /** Encrypted key of those proofs; null until it is first asked for. */
    contextProofSecret: text("context_proof_secret"),
    /** Encrypted key before the last rotation; it counts until `previous_context_proof_expires_at`. */
    previousContextProofSecret: text("previous_context_proof_secret"),
    previousContextProofExpiresAt: timestamp("previous_context_proof_expires_at", { withTimezone: true }),
    /** Order of display, from 0. */
    position: integer().notNull().default(0),
    version: integer().notNull().default(1),
    createdAt: timestamp("created_at", { withTimezone: true }).notNull().defaultNow(),
    updatedAt: timestamp("updated_at", { withTimezone: true }).notNull().defaultNow(),
  },
  (table) => [
    primaryKey({ columns: [table.project, table.key] }),
    uniqueIndex("environments_key_any_case").on(table.project, sql`lower(${table.key})`),
    check("environments_key_shape", sql`${table.key} ~ '^[A-Za-z0-9][A-Za-z0-9._-]{0,127}$'`),
  ],
);
