/** Statements on the ledger's table: append under the lock, and reads in order. */
import {
  and,
  asc,
  count,
  desc,
  eq,
  gt,
  gte,
  inArray,
  isNotNull,
  isNull,
  lt,
  lte,
  max,
  notInArray,
  or,
  type SQL,
  sql,
} from "drizzle-orm";
import type { Database, Transaction } from "../../platform/database/index.js";
import { ledgerItself } from "./admissions.js";
import type { AuditSubject, Change, Link, Position } from "./change.js";
import { changes } from "./change.table.js";

/** Key of the advisory lock under which rows are appended. */
const ledgerLock = 0x4841_4c59;

/** The newest row's position and the database's clock, read under the lock, in a statement of its own so that it sees what committed before. */
export interface Head {
  readonly position: Position | null;
  /** RFC 3339, UTC, six decimals; never before the newest row. */
  readonly clock: string;
}

/** Takes the ledger's lock until the transaction ends. Rows are appended last, so that commit order is sequence order. */
export async function lockLedger(tx: Transaction): Promise<void> {
  await tx.execute(sql`select pg_advisory_xact_lock(${ledgerLock})`);
}

const clock = sql<string>`to_char(clock_timestamp() at time zone 'utc', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"')`;

/** Reads the newest position and the clock. Callers that append hold the lock. */
export async function readHead(tx: Transaction): Promise<Head> {
  const newest = sql`select max(seq) from ${changes}`;
  const [row] = await tx
    .select({
      clock: sql<string>`greatest(${clock}, ${changes.at})`,
      epoch: changes.epoch,
      seq: changes.seq,
      hash: changes.hash,
    })
    .from(sql`(values (1)) as one`)
    .leftJoin(changes, sql`${changes.seq} = (${newest})`);
  if (row === undefined) throw new Error("A select without a condition gave no row.");
  const { epoch, seq, hash } = row;
  const position = epoch === null || seq === null || hash === null ? null : { epoch, seq, hash };
  return { position, clock: row.clock };
}

/** Number of the newest row; 0 where there is none. */
export async function newestSeq(database: Database): Promise<number> {
  const [row] = await database.select({ seq: max(changes.seq) }).from(changes);
  return row?.seq ?? 0;
}

/** Adds sealed rows. */
export async function insertChanges(tx: Transaction, rows: readonly Change[]): Promise<void> {
  await tx.insert(changes).values([...rows]);
}

/** The row with this sequence number. */
export async function findChangeAt(database: Database, seq: number): Promise<Change | null> {
  return one(database, eq(changes.seq, seq));
}

/** The row with this identifier. */
export async function findChange(database: Database, id: string): Promise<Change | null> {
  return one(database, eq(changes.id, id));
}

async function one(database: Database, condition: SQL): Promise<Change | null> {
  const [row] = await database.select().from(changes).where(condition).limit(1);
  return row === undefined ? null : (row as Change);
}

/** Rows after `seq` up to and with `until`, oldest first, at most `limit`. */
export async function listChangesAfter(
  database: Database,
  seq: number,
  until: number,
  limit: number,
): Promise<Change[]> {
  const rows = await database
    .select()
    .from(changes)
    .where(and(gt(changes.seq, seq), lte(changes.seq, until)))
    .orderBy(asc(changes.seq))
    .limit(limit);
  return rows as Change[];
}

/** The rows after `seq` that the ledger has about itself, oldest first. */
export async function listLedgerChanges(database: Database, seq: number): Promise<Change[]> {
  const { subjectType, subject } = ledgerItself;
  const about = and(
    isNull(changes.project),
    eq(changes.subjectType, subjectType),
    eq(changes.subject, subject),
  );
  const rows = await database
    .select()
    .from(changes)
    .where(and(about, gt(changes.seq, seq)))
    .orderBy(asc(changes.seq));
  return rows as Change[];
}

const linkColumns = {
  ...{ seq: changes.seq, epoch: changes.epoch, id: changes.id, requestId: changes.requestId, at: changes.at },
  ...{ project: changes.project, environment: changes.environment, kind: changes.kind },
  ...{ subjectType: changes.subjectType, subject: changes.subject },
  ...{ actor: changes.actor, actorId: changes.actorId, actorKind: changes.actorKind },
  ...{ bodyHash: changes.bodyHash, personHash: changes.personHash },
  ...{ prevHash: changes.prevHash, hash: changes.hash },
};

/** As `listChangesAfter`, without the texts. */
export async function listLinksAfter(database: Database, seq: number, limit: number): Promise<Link[]> {
  const rows = await database
    .select(linkColumns)
    .from(changes)
    .where(gt(changes.seq, seq))
    .orderBy(asc(changes.seq))
    .limit(limit);
  return rows as Link[];
}

/** Which rows a reader of the audit log wants, and which it may see. Absent members ask for nothing. */
export interface ChangeCriteria {
  /** The only projects it may see; null: all, and what belongs to none. */
  readonly visibleProjects: readonly string[] | null;
  /** Subjects of the server it may not see. */
  readonly hiddenSubjects: readonly AuditSubject[];
  readonly project?: string | undefined;
  readonly environment?: string | undefined;
  readonly subjectType?: AuditSubject | undefined;
  readonly subject?: string | undefined;
  readonly actorId?: string | undefined;
  readonly kinds?: readonly string[] | undefined;
  /** RFC 3339, UTC, six decimals; inclusive. */
  readonly since?: string | undefined;
  /** RFC 3339, UTC, six decimals; exclusive. */
  readonly until?: string | undefined;
}

/** Rows before `before` (null: the newest), newest first, at most `limit`. */
export async function listChanges(
  database: Database,
  criteria: ChangeCriteria,
  before: number | null,
  limit: number,
): Promise<Change[]> {
  const rows = await database
    .select()
    .from(changes)
    .where(and(...conditionsOf(criteria), before === null ? undefined : lt(changes.seq, before)))
    .orderBy(desc(changes.seq))
    .limit(limit);
  return rows as Change[];
}

export async function countChanges(database: Database, criteria: ChangeCriteria): Promise<number> {
  const [row] = await database
    .select({ total: count() })
    .from(changes)
    .where(and(...conditionsOf(criteria)));
  return row?.total ?? 0;
}

function conditionsOf(criteria: ChangeCriteria): (SQL | undefined)[] {
  const { visibleProjects, hiddenSubjects, kinds, since, until } = criteria;
  return [
    visibleProjects === null ? undefined : inArray(changes.project, [...visibleProjects]),
    or(isNotNull(changes.project), notInArray(changes.subjectType, [...hiddenSubjects])),
    ...(["project", "environment", "subjectType", "subject", "actorId"] as const).map((name) => {
      const wanted = criteria[name];
      return wanted === undefined ? undefined : eq(changes[name], wanted);
    }),
    kinds === undefined ? undefined : inArray(changes.kind, [...kinds]),
    since === undefined ? undefined : gte(changes.at, since),
    until === undefined ? undefined : lt(changes.at, until),
  ];
}

/** A subject, as far as one environment sees it (what concerns all environments included), or altogether when `environment` is absent. */
export interface SubjectKey {
  readonly project: string;
  readonly subjectType: AuditSubject;
  readonly subject: string;
  readonly environment?: string | undefined;
}

/** The rows among which each key's newest is found; one statement, each row by index. */
export async function listNewestChanges(database: Database, keys: readonly SubjectKey[]): Promise<Change[]> {
  const wanted = sql`json_to_recordset(${JSON.stringify(keys)}::text::json) as key(project text, "subjectType" text, subject text, environment text)`;
  const newest = sql`(
    select max(${changes.seq}) from ${changes}
    where ${changes.project} = key.project and ${changes.subjectType} = key."subjectType" and ${changes.subject} = key.subject
      and (key.environment is null or ${changes.environment} is null or ${changes.environment} = key.environment))`;
  const rows = await database
    .select()
    .from(changes)
    .where(inArray(changes.seq, sql`(select ${newest} from ${wanted})`));
  return rows as Change[];
}
