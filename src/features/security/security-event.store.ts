/** Statements on the security log. */
import { and, count, desc, eq, gte, inArray, isNull, lt, type SQL, sql } from "drizzle-orm";
import type { Database, Transaction } from "../../platform/database/index.js";
import type { ActorKind } from "../permissions/index.js";
import type { NewSecurityEvent, SecurityEvent, SecurityEventKind } from "./security-event.js";
import { securityEvents } from "./security-event.table.js";

/** `events` must not be empty. */
export async function insertSecurityEvents(
  tx: Transaction,
  events: readonly NewSecurityEvent[],
): Promise<void> {
  await tx.insert(securityEvents).values(
    events.map(({ actor, ...event }) => ({
      ...event,
      actorKind: actor?.kind ?? null,
      actorId: actor?.id ?? null,
      actorName: actor?.name ?? null,
    })),
  );
}

/** Forgets what happened before then. */
export async function deleteSecurityEvents(tx: Transaction, before: Date): Promise<void> {
  await tx.delete(securityEvents).where(lt(securityEvents.at, before));
}

/** Somebody whose account is erased. */
export interface ErasedPerson {
  readonly id: string;
  readonly email: string;
  /** What stands in the place of the address from now on. */
  readonly newEmail: string;
}

/** Takes name, address and browser out of what they did, and out of what was tried on their account. */
export async function erasePerson(tx: Transaction, { id, email, newEmail }: ErasedPerson): Promise<void> {
  const traces = { ip: null, userAgent: null };
  const did = and(eq(securityEvents.actorKind, "USER"), eq(securityEvents.actorId, id));
  await tx
    .update(securityEvents)
    .set({ ...traces, actorName: newEmail })
    .where(did);
  const about = sql`lower(${securityEvents.subject}) = lower(${email})`;
  const tried = and(about, isNull(securityEvents.actorId)); // by whoever knew no better than to be a stranger
  await tx.update(securityEvents).set(traces).where(tried);
  await tx.update(securityEvents).set({ subject: newEmail }).where(about);
}

/** Which events are wanted; absent members ask for nothing. */
export interface SecurityEventCriteria {
  readonly kinds?: readonly SecurityEventKind[] | undefined;
  readonly subject?: string | undefined;
  readonly actorId?: string | undefined;
  readonly ip?: string | undefined;
  /** Inclusive. */
  readonly since?: Date | undefined;
  /** Exclusive. */
  readonly until?: Date | undefined;
}

/** Newest first, written before the one with that place in the log (null: the newest), at most `limit`. */
export async function listSecurityEvents(
  database: Database,
  criteria: SecurityEventCriteria,
  before: number | null,
  limit: number,
): Promise<SecurityEvent[]> {
  const older = before === null ? undefined : lt(securityEvents.seq, before);
  const rows = await database
    .select()
    .from(securityEvents)
    .where(and(fits(criteria), older))
    .orderBy(desc(securityEvents.seq))
    .limit(limit);
  return rows.map(toEvent);
}

export async function countSecurityEvents(
  database: Database,
  criteria: SecurityEventCriteria,
): Promise<number> {
  const [row] = await database.select({ total: count() }).from(securityEvents).where(fits(criteria));
  return row?.total ?? 0;
}

function fits({ kinds, subject, actorId, ip, since, until }: SecurityEventCriteria): SQL | undefined {
  return and(
    kinds === undefined ? undefined : inArray(securityEvents.kind, [...kinds]),
    subject === undefined ? undefined : eq(securityEvents.subject, subject),
    actorId === undefined ? undefined : eq(securityEvents.actorId, actorId),
    ip === undefined ? undefined : eq(securityEvents.ip, ip),
    since === undefined ? undefined : gte(securityEvents.at, since),
    until === undefined ? undefined : lt(securityEvents.at, until),
  );
}

function toEvent(row: typeof securityEvents.$inferSelect): SecurityEvent {
  const { seq, id, at, subject, ip, userAgent, requestId, detail, occurrences } = row;
  const { actorKind, actorId, actorName } = row;
  const actor =
    actorKind === null ? null : { kind: actorKind as ActorKind, id: actorId, name: actorName ?? "" };
  const kind = row.kind as SecurityEventKind;
  const what = { kind, at, actor, subject, detail: detail as SecurityEvent["detail"], occurrences };
  return { seq, id, ...what, ip, userAgent, requestId };
}
