/** The ledger's one table: audit log, outbox and resume window. No foreign keys: they would deadlock with deletes. */
import { bigint, index, integer, pgTable, text, unique, uuid } from "drizzle-orm/pg-core";

export const changes = pgTable(
  "changes",
  {
    /** Position in the one order of the server; commit order, because rows are appended last and under a lock. */
    seq: bigint({ mode: "number" }).primaryKey(),
    /** Rises when history was replaced (restore, failover that lost rows). */
    epoch: integer().notNull(),
    /** Opaque identifier shown to users. */
    id: uuid().notNull().unique(),
    /** Project key; null for what concerns the server. */
    project: text(),
    /** Environment key; null for what concerns all environments of the project. */
    environment: text(),
    kind: text().notNull(),
    subjectType: text("subject_type").notNull(),
    subject: text().notNull(),
    /** Name of who did it, in rows of the first format; newer ones keep it in `person`. */
    actor: text(),
    actorId: text("actor_id"),
    actorKind: text("actor_kind").notNull(),
    requestId: text("request_id").notNull(),
    /** The database's clock, taken under the lock: RFC 3339 in UTC with six decimals; text, because the hash covers it to the last digit, and it still sorts. */
    at: text().notNull(),
    /** Canonical JSON text `{ after, before, reason }`, in rows of the first format with `ip`; null once erased. */
    body: text(),
    /** Hex of 16 random bytes; null once erased. */
    salt: text(),
    bodyHash: text("body_hash").notNull(),
    /** Canonical JSON text `{ actor, ip }`: the name and address of who did it; null once erased, and in rows of the first format. */
    person: text(),
    /** Hex of 16 random bytes; null together with `person`. */
    personSalt: text("person_salt"),
    /** null in rows of the first format. */
    personHash: text("person_hash"),
    prevHash: text("prev_hash").notNull(),
    hash: text().notNull(),
  },
  (table) => [
    unique("changes_prev_hash").on(table.prevHash),
    index("changes_subject").on(table.project, table.subjectType, table.subject, table.seq),
    index("changes_at").on(table.at),
    index("changes_actor_id").on(table.actorId, table.seq),
  ],
);
