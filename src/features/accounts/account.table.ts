/** Users, their roles, sessions and API keys as PostgreSQL keeps them: passwords, tokens and keys only as hashes. */
import { sql } from "drizzle-orm";
import {
  bigint,
  boolean,
  check,
  foreignKey,
  index,
  integer,
  pgTable,
  primaryKey,
  text,
  timestamp,
  uniqueIndex,
  uuid,
} from "drizzle-orm/pg-core";
import { environments } from "../environments/environment.table.js";
import { projects } from "../projects/project.table.js";

const roleNames = sql.raw("('VIEWER', 'DEVELOPER', 'MANAGER', 'ADMIN')");

export const users = pgTable(
  "users",
  {
    id: uuid().primaryKey().defaultRandom(),
    email: text().notNull(),
    name: text(),
    /** argon2id, PHC string. */
    passwordHash: text("password_hash").notNull(),
    /** Server-wide role; null when the user has roles in single projects only. */
    role: text(),
    active: boolean().notNull().default(true),
    lastLoginAt: timestamp("last_login_at", { withTimezone: true }),
    /** Encrypted; null without a second factor. Proved by a first code only once `two_factor_since` is set. */
    totpSecret: text("totp_secret"),
    /** Since when signing in needs a code; null: it does not. */
    twoFactorSince: timestamp("two_factor_since", { withTimezone: true }),
    /** Time step (RFC 6238) of the last code that was taken: no code works twice. */
    totpLastStep: bigint("totp_last_step", { mode: "number" }),
    version: integer().notNull().default(1),
    createdAt: timestamp("created_at", { withTimezone: true }).notNull().defaultNow(),
    updatedAt: timestamp("updated_at", { withTimezone: true }).notNull().defaultNow(),
  },
  (table) => [
    uniqueIndex("users_email_any_case").on(sql`lower(${table.email})`),
    check("users_role", sql`${table.role} in ${roleNames}`),
  ],
);

export const projectRoles = pgTable(
  "project_roles",
  {
    userId: uuid("user_id")
      .notNull()
      .references(() => users.id, { onDelete: "cascade" }),
    project: text()
      .notNull()
      .references(() => projects.key, { onDelete: "cascade" }),
    role: text().notNull(),
  },
  (table) => [
    primaryKey({ columns: [table.userId, table.project] }),
    check("project_roles_role", sql`${table.role} in ${roleNames}`),
  ],
);

/** One row a sign-in; its access tokens name it, its refresh tokens hang on it. */
export const sessions = pgTable(
  "sessions",
  {
    id: uuid().primaryKey().defaultRandom(),
    userId: uuid("user_id")
      .notNull()
      .references(() => users.id, { onDelete: "cascade" }),
    createdAt: timestamp("created_at", { withTimezone: true }).notNull().defaultNow(),
    expiresAt: timestamp("expires_at", { withTimezone: true }).notNull(),
    revokedAt: timestamp("revoked_at", { withTimezone: true }),
    /** Of the last sign-in or refresh. */
    lastUsedAt: timestamp("last_used_at", { withTimezone: true }).notNull().defaultNow(),
    /** Address and browser of the last sign-in or refresh. */
    ip: text(),
    userAgent: text("user_agent"),
    /** Until when changes that ask for a fresh second factor go through; null: none was shown. */
    steppedUpUntil: timestamp("stepped_up_until", { withTimezone: true }),
  },
  (table) => [index("sessions_user").on(table.userId)],
);

/** Codes that stand in for the second factor, once each. */
export const recoveryCodes = pgTable(
  "recovery_codes",
  {
    userId: uuid("user_id")
      .notNull()
      .references(() => users.id, { onDelete: "cascade" }),
    /** HMAC-SHA-256 of the code, hex. */
    hash: text().notNull(),
    usedAt: timestamp("used_at", { withTimezone: true }),
  },
  (table) => [primaryKey({ columns: [table.userId, table.hash] })],
);

/** Single-use refresh tokens, by hash. */
export const refreshTokens = pgTable(
  "refresh_tokens",
  {
    /** sha256 of the token, hex. */
    hash: text().primaryKey(),
    sessionId: uuid("session_id")
      .notNull()
      .references(() => sessions.id, { onDelete: "cascade" }),
    expiresAt: timestamp("expires_at", { withTimezone: true }).notNull(),
    usedAt: timestamp("used_at", { withTimezone: true }),
  },
  (table) => [index("refresh_tokens_session").on(table.sessionId)],
);

export const apiKeys = pgTable(
  "api_keys",
  {
    id: uuid().primaryKey().defaultRandom(),
    name: text().notNull(),
    kind: text().notNull(),
    /** null (MANAGEMENT only): the whole server. */
    project: text().references(() => projects.key, { onDelete: "cascade" }),
    environment: text(),
    role: text(),
    /** The first characters of the key, for people to recognise it. */
    prefix: text().notNull(),
    /** sha256 of the key, hex. */
    hash: text().notNull().unique(),
    /** The hash before the last rotation; it works until `previous_expires_at`. */
    previousHash: text("previous_hash"),
    previousExpiresAt: timestamp("previous_expires_at", { withTimezone: true }),
    expiresAt: timestamp("expires_at", { withTimezone: true }),
    revokedAt: timestamp("revoked_at", { withTimezone: true }),
    /** Coarse: within a minute. */
    lastUsedAt: timestamp("last_used_at", { withTimezone: true }),
    createdAt: timestamp("created_at", { withTimezone: true }).notNull().defaultNow(),
    createdByKind: text("created_by_kind").notNull(),
    createdById: text("created_by_id"),
    createdByName: text("created_by_name").notNull(),
    /** Rises with every change, rotation included. */
    version: integer().notNull().default(1),
  },
  (table) => [
    index("api_keys_place").on(table.project, table.environment),
    foreignKey({
      columns: [table.project, table.environment],
      foreignColumns: [environments.project, environments.key],
      name: "api_keys_environment",
    }).onDelete("cascade"),
    check("api_keys_kind", sql`${table.kind} in ('CLIENT', 'SERVER', 'MANAGEMENT')`),
    check("api_keys_role", sql`${table.role} in ${roleNames}`),
    check(
      "api_keys_scope",
      sql`case when ${table.kind} = 'MANAGEMENT' then ${table.role} is not null and ${table.environment} is null else ${table.role} is null and ${table.project} is not null and ${table.environment} is not null end`,
    ),
  ],
);
