/** The newest rows of the ledger in memory, so that thousands who watch do not each read the database; older ones are read there, once for those who come together. */
import type { Database } from "../../platform/database/index.js";
import {
  type Change,
  emptiesOthers,
  findChangeAt,
  historyMark,
  listChangesAfter,
  type Position,
} from "../ledger/index.js";
import type { ReadRevision } from "./revision.js";

const keptRows = 256;
const rowsPerRead = 100;
const keptPages = 4;
const longestReplay = 10_000; // rows; who is further behind starts anew

/** Rows that follow each other, oldest first. */
type Page = readonly Change[];

export class RecentChanges {
  /** Without gaps; the last is at the reader's position. */
  #rows: Page = [];
  /** Older ones, lately read; newest first. */
  #pages: readonly Page[] = [];
  /** By the number of the row they begin after. */
  readonly #readings = new Map<number, Promise<Change | null>>();

  constructor(private readonly database: Database) {}

  /** After each step of the reader; null: anything may have happened. */
  advanced(changes: readonly Change[] | null): void {
    const isOutdated = changes === null || changes.some(emptiesOthers);
    if (isOutdated) {
      this.#pages = [];
      this.#readings.clear(); // what they read may have been emptied since
    }
    this.#rows = [...(isOutdated ? [] : this.#rows), ...(changes ?? [])].slice(-keptRows);
  }

  /** Where the row with that number stands; null when it is not part of this history, or too long ago to go on from. */
  async resume({ epoch, seq, mark }: ReadRevision, head: Position): Promise<Position | null> {
    if (seq > head.seq || head.seq - seq > longestReplay) return null;
    const row = rowIn(this.#rows, seq) ?? (await findChangeAt(this.database, seq));
    const isOurs = row?.epoch === epoch && (mark ?? historyMark(row)) === historyMark(row);
    return isOurs ? row : null;
  }

  /**
   * The row after `cursor`; undefined at the head; null when history is not the one that `cursor` belongs to, or it is too far back. A promise
   * only where it must be read; it rejects where that fails.
   */
  next(cursor: Position, head: Position): Change | undefined | null | Promise<Change | null> {
    if (cursor.seq === head.seq) return cursor.hash === head.hash ? undefined : null;
    if (cursor.seq > head.seq || head.seq - cursor.seq > longestReplay) return null;
    for (const page of [this.#rows, ...this.#pages]) {
      const row = rowIn(page, cursor.seq + 1);
      if (row !== undefined) return row.prevHash === cursor.hash ? row : null;
    }
    return this.#read(cursor.seq, head.seq).then((row) => (row?.prevHash === cursor.hash ? row : null));
  }

  /** One read for all who ask for the same row meanwhile. */
  #read(after: number, upTo: number): Promise<Change | null> {
    const known = this.#readings.get(after);
    if (known !== undefined) return known;
    const isCurrent = (): boolean => this.#readings.get(after) === reading;
    const reading = this.#readPage(after, upTo, isCurrent).finally(() => {
      if (isCurrent()) this.#readings.delete(after);
    });
    this.#readings.set(after, reading);
    return reading;
  }

  async #readPage(after: number, upTo: number, isCurrent: () => boolean): Promise<Change | null> {
    const page = await listChangesAfter(this.database, after, upTo, rowsPerRead);
    const [row] = page;
    if (row?.seq !== after + 1) return null;
    if (isCurrent()) this.#pages = [page, ...this.#pages].slice(0, keptPages);
    return row;
  }
}

function rowIn(page: Page, seq: number): Change | undefined {
  const [oldest] = page;
  return oldest === undefined ? undefined : page[seq - oldest.seq];
}
