/** The security log as PostgreSQL keeps it: who tried to come in, and what was refused. */
import { bigint, index, integer, jsonb, pgTable, text, timestamp, uuid } from "drizzle-orm/pg-core";

export const securityEvents = pgTable(
  "security_events",
  {
    /** Order of writing; newest last. */
    seq: bigint({ mode: "number" }).primaryKey().generatedAlwaysAsIdentity(),
    id: uuid().notNull().unique().defaultRandom(),
    kind: text().notNull(),
    at: timestamp({ withTimezone: true }).notNull(),
    actorKind: text("actor_kind"),
    actorId: text("actor_id"),
    actorName: text("actor_name"),
    /** Whom or what it is about: e-mail address of the account, name of the key, the operation. */
    subject: text(),
    ip: text(),
    userAgent: text("user_agent"),
    requestId: text("request_id").notNull(),
    detail: jsonb(),
    /** How many such events it stands for: what repeats itself within a short time is written once. */
    occurrences: integer().notNull().default(1),
  },
  (table) => [
    index("security_events_at").on(table.at),
    index("security_events_kind").on(table.kind, table.seq),
  ],
);
