/** What one row of the ledger says, and how it is chained to the row before: pure. */
import { createHash } from "node:crypto";
import type { ActorKind } from "../permissions/index.js";

export const AuditSubject = {
  FLAG: "FLAG",
  SEGMENT: "SEGMENT",
  PROJECT: "PROJECT",
  ENVIRONMENT: "ENVIRONMENT",
  USER: "USER",
  API_KEY: "API_KEY",
  SETTINGS: "SETTINGS",
  METRIC: "METRIC",
  EXPERIMENT: "EXPERIMENT",
  LAYER: "LAYER",
  HOLDOUT: "HOLDOUT",
  EXPERIMENT_TEMPLATE: "EXPERIMENT_TEMPLATE",
} as const;
export type AuditSubject = (typeof AuditSubject)[keyof typeof AuditSubject];

/** `noun.verb` in the past tense: `flag.created`, `segment.members_changed`. */
export type ChangeKind = `${string}.${string}`;

/** What a use case records; the ledger adds who, when and where in the order. */
export interface Entry {
  readonly kind: ChangeKind;
  readonly subjectType: AuditSubject;
  /** Key of the flag, segment, metric, experiment or whatever else has one; id of the user or API key. */
  readonly subject: string;
  /** Project key; absent for what concerns the server. */
  readonly project?: string;
  /** Environment key; absent for what concerns all environments of the project. */
  readonly environment?: string;
  /** JSON of what changed as it was; absent for what was created. Never a secret. */
  readonly before?: unknown;
  /** JSON of what changed as it is; absent for what was deleted. Never a secret. */
  readonly after?: unknown;
  readonly reason?: string | null | undefined;
  /** Absent: that of the row before. */
  readonly epoch?: number;
}

/** What the hash chain covers of a row beside its body. */
export interface Envelope {
  readonly seq: number;
  readonly epoch: number;
  readonly id: string;
  readonly project: string | null;
  readonly environment: string | null;
  readonly kind: string;
  readonly subjectType: AuditSubject;
  readonly subject: string;
  readonly actorId: string | null;
  readonly actorKind: ActorKind;
  readonly requestId: string;
  /** RFC 3339, UTC, six decimals. */
  readonly at: string;
}

/** A row of the ledger as it is stored. */
export interface Change extends Envelope {
  /** Name of who did it, in rows of the first format, whose envelopes had it; null in others. */
  readonly actor: string | null;
  readonly body: string | null;
  readonly salt: string | null;
  readonly bodyHash: string;
  readonly person: string | null;
  readonly personSalt: string | null;
  /** null in rows of the first format. */
  readonly personHash: string | null;
  readonly prevHash: string;
  readonly hash: string;
}

/** A row without its texts: as much as the chain is made of. */
export type Link = Omit<Change, "body" | "salt" | "person" | "personSalt">;

/** The parsed body of a row; all null once it was erased. */
export interface ChangeBody {
  readonly before: unknown;
  readonly after: unknown;
  readonly reason: string | null;
}

/** Who did it, as far as that is personal data; both null once it was erased. Kept apart from the body, so that it can be erased without that. */
export interface ChangePerson {
  /** E-mail of the user or name of the API key at that time. */
  readonly actor: string | null;
  readonly ip: string | null;
}

/** A place in the one order of the server, with the hash that proves which history it belongs to. */
export interface Position {
  readonly epoch: number;
  readonly seq: number;
  readonly hash: string;
}

/** Before the first row. */
export const origin: Position = { epoch: 1, seq: 0, hash: "0".repeat(64) };

/** Whether a position is `target` or later in the one order of the server. */
export function isAtLeast(
  position: Pick<Position, "epoch" | "seq">,
  target: Pick<Position, "epoch" | "seq">,
): boolean {
  return position.epoch > target.epoch || (position.epoch === target.epoch && position.seq >= target.seq);
}

/** The opaque revision that clients hold for a position: `1.4711.9f86d081`, the last part telling which history it belongs to. */
export function revisionOf(position: Position): string {
  return `${position.epoch}.${position.seq}.${historyMark(position)}`;
}

/** The part of a position's hash that revisions carry: 32 bits in hex. */
export function historyMark({ hash }: Pick<Position, "hash">): string {
  return hash.slice(0, 8);
}

/** JSON with members in code-unit order at every depth, so that equal values have one text. */
export function canonicalJson(value: unknown): string {
  return JSON.stringify(value, (_key, member: unknown) => (isPlainObject(member) ? sorted(member) : member));
}

function isPlainObject(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

function sorted(value: Record<string, unknown>): Record<string, unknown> {
  const entries = Object.entries(value).sort(([a], [b]) => (a < b ? -1 : a > b ? 1 : 0));
  return Object.fromEntries(entries);
}

/** A text that can be erased later: the hash stays, and tells nothing without the salt. */
export interface Sealed {
  readonly text: string;
  readonly salt: string;
}

/** Chains a row to `previous`. */
export function seal(previous: string, envelope: Envelope, body: Sealed, person: Sealed): Change {
  const row = {
    ...envelope,
    actor: null,
    body: body.text,
    salt: body.salt,
    bodyHash: hashText(body.salt, body.text),
    person: person.text,
    personSalt: person.salt,
    personHash: hashText(person.salt, person.text),
    prevHash: previous,
  };
  return { ...row, hash: hashRow(row) };
}

/** sha256(salt || text), hex: body_hash and person_hash. */
export function hashText(salt: string, text: string): string {
  return sha256(salt + text);
}

/**
 * hash = sha256(prev_hash || canonical envelope || body_hash || person_hash), hex. The envelope is what `Envelope` names. In the first format
 * there was no person_hash, and the envelope held the actor's name.
 */
export function hashRow(row: Omit<Link, "hash">): string {
  const { seq, epoch, id, project, environment, kind, subjectType, subject } = row;
  const { actor, actorId, actorKind, requestId, at } = row;
  const what = { seq, epoch, id, project, environment, kind, subjectType, subject };
  const envelope: Envelope = { ...what, actorId, actorKind, requestId, at };
  if (row.personHash === null)
    return sha256(row.prevHash + canonicalJson({ ...envelope, actor }) + row.bodyHash);
  return sha256(row.prevHash + canonicalJson(envelope) + row.bodyHash + row.personHash);
}

function sha256(text: string): string {
  return createHash("sha256").update(text).digest("hex");
}

/** What a row of the first format may have beside the members of `ChangeBody`. */
type StoredBody = Partial<ChangeBody & Pick<ChangePerson, "ip">>;

/** Reads the body of a row. */
export function bodyOf({ body }: Pick<Change, "body">): ChangeBody {
  const { before = null, after = null, reason = null } = readStored(body);
  return { before, after, reason };
}

/** Reads who did it. */
export function personOf({
  actor,
  body,
  person,
  personHash,
}: Pick<Change, "actor" | "body" | "person" | "personHash">): ChangePerson {
  if (personHash === null) return { actor, ip: readStored(body).ip ?? null };
  return person === null ? { actor: null, ip: null } : (JSON.parse(person) as ChangePerson);
}

function readStored(body: string | null): StoredBody {
  return body === null ? {} : (JSON.parse(body) as StoredBody);
}
