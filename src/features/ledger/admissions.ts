/** What the ledger says of itself: whose texts were emptied by whom, and which history was given up. Pure. */
import { AuditSubject, bodyOf, type Change, type Entry, type Position } from "./change.js";

/** What every row about the ledger itself is about. */
export const ledgerItself = { subjectType: AuditSubject.SETTINGS, subject: "ledger" } as const;

/** Texts of rows up to and with `upTo` were emptied because of their age. */
export interface Retained {
  readonly upTo: number;
  /** How many rows had something to empty. */
  readonly rows: number;
  /** What was written before this moment was to be emptied. RFC 3339. */
  readonly until: string;
}

/** From and to, both inclusive. */
export type SeqRange = readonly [from: number, to: number];

/** Texts that somebody asked to have emptied: bodies of these rows; or everything personal of one user, in rows up to and with `upTo`. */
export type Erased =
  { readonly rows: readonly SeqRange[] } | { readonly user: string; readonly upTo: number };

export function retainedEntry(after: Retained): Entry {
  return { kind: "ledger.retained", ...ledgerItself, after };
}

export function erasedEntry(after: Erased, reason: string | null): Entry {
  return { kind: "ledger.erased", ...ledgerItself, after, reason };
}

/** A history that was replaced, from the row after `restored` on; at the position of the row that says so, which begins an epoch. */
export interface Fork extends Position {
  /** Its newest row; null where nobody knew it. */
  readonly abandoned: Position | null;
  readonly restored: Position;
  /** In the words of who said so; null where nobody gave any. */
  readonly reason: string | null;
}

/** What a row says of a history that was replaced; null where it says nothing of the kind. */
export function forkIn(row: Change): Fork | null {
  const { after, reason } = bodyOf(row);
  if (row.kind !== "ledger.forked" || !isRecord(after)) return null;
  const { abandoned, restored } = after;
  if (!isPosition(restored) || !(abandoned === null || isPosition(abandoned))) return null;
  const { epoch, seq, hash } = row;
  return { epoch, seq, hash, abandoned, restored, reason };
}

/** Whether the row that says so comes right after the restored one: what was replaced cannot still be there. */
export function isInPlace({ restored }: Fork, row: Pick<Change, "seq" | "prevHash">): boolean {
  return restored.seq === row.seq - 1 && restored.hash === row.prevHash;
}

/** Whether such a row says that texts of others were emptied: who holds copies of those lets go of them. */
export function emptiesOthers({ kind }: Pick<Change, "kind">): boolean {
  return kind === "ledger.erased" || kind === "ledger.retained";
}

/** Whether the body of such a row is never emptied, because it explains others. */
export function explainsOthers({ kind }: Pick<Change, "kind">): boolean {
  return kind.startsWith("ledger.");
}

/** Everything that rows of the ledger admit. A row admits nothing of those that came after it. */
export class Admissions {
  #retainedUpTo = 0;
  readonly #rows: SeqRange[] = [];
  readonly #users = new Map<string, number>();
  readonly #forks: Fork[] = [];

  /** What another row admits; rows that say something else are passed over. */
  add(row: Change): void {
    const { after } = bodyOf(row);
    if (row.subject !== ledgerItself.subject || !isRecord(after)) return;
    if (row.kind === "ledger.retained") this.#retainedUpTo = Math.max(this.#retainedUpTo, upTo(after, row));
    if (row.kind === "ledger.erased") this.#addErased(after, row);
    const fork = forkIn(row);
    if (fork !== null && isInPlace(fork, row)) this.#forks.push(fork);
  }

  #addErased(after: Record<string, unknown>, row: Change): void {
    const { user, rows } = after;
    if (typeof user === "string")
      this.#users.set(user, Math.max(this.#users.get(user) ?? 0, upTo(after, row)));
    if (Array.isArray(rows)) this.#rows.push(...rows.filter(isRange).filter(([, to]) => to < row.seq));
  }

  /** The newest row whose texts were emptied because of its age; 0 before any was. */
  get retainedUpTo(): number {
    return this.#retainedUpTo;
  }

  get forks(): readonly Fork[] {
    return this.#forks;
  }

  /** Whether the row's body was emptied by a command. */
  hasEmptiedBody(row: Change): boolean {
    if (explainsOthers(row)) return false;
    if (row.seq <= this.#retainedUpTo || this.#hasErased(row.subjectType, row.subject, row.seq)) return true;
    return this.#rows.some(([from, to]) => from <= row.seq && row.seq <= to);
  }

  /** Whether the row's person was emptied by a command. */
  hasEmptiedPerson({ seq, actorKind, actorId, subjectType, subject }: Change): boolean {
    if (seq <= this.#retainedUpTo || this.#hasErased(actorKind, actorId, seq)) return true;
    return actorKind === "SYSTEM" && this.#hasErased(subjectType, subject, seq);
  }

  #hasErased(kind: string, id: string | null, seq: number): boolean {
    return kind === "USER" && id !== null && seq <= (this.#users.get(id) ?? 0);
  }

  /** Whether a row that a checkpoint vouches for belongs to a history that was given up. */
  hasAbandoned({ epoch, seq, hash }: Position): boolean {
    return this.#forks.some(({ epoch: next, abandoned, restored }) => {
      if (seq <= restored.seq || epoch < restored.epoch || epoch >= next) return false;
      if (abandoned === null || seq < abandoned.seq) return true;
      return seq === abandoned.seq && hash === abandoned.hash;
    });
  }
}

/** The member `upTo`; 0 where there is none, or one that reaches the row itself. */
function upTo({ upTo: seq }: Record<string, unknown>, row: Change): number {
  return typeof seq === "number" && seq < row.seq ? seq : 0;
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

function isPosition(value: unknown): value is Position {
  if (!isRecord(value)) return false;
  const { epoch, seq, hash } = value;
  return Number.isSafeInteger(epoch) && Number.isSafeInteger(seq) && typeof hash === "string";
}

function isRange(value: unknown): value is SeqRange {
  return Array.isArray(value) && value.length === 2 && value.every((end) => Number.isSafeInteger(end));
}

/** The sorted numbers as few ranges. */
export function rangesOf(seqs: readonly number[]): SeqRange[] {
  const ranges: [number, number][] = [];
  for (const seq of [...seqs].sort((a, b) => a - b)) {
    const last = ranges.at(-1);
    if (last !== undefined && seq === last[1] + 1) last[1] = seq;
    else ranges.push([seq, seq]);
  }
  return ranges;
}
