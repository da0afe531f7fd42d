/** The newest rows of the ledger in memory, so that thousands who watch do not each read the database; older ones are read there. */
import type { Database } from "../../platform/database/index.js";
import { type Change, findChangeAt, listChangesAfter, type Position } from "../ledger/index.js";

const keptRows = 256;
const rowsPerRead = 100;
const longestReplay = 10_000; // rows; who is further behind starts anew

export class RecentChanges {
  /** Without gaps, oldest first; the last is at the reader's position. */
  #rows: Change[] = [];

  constructor(private readonly database: Database) {}

  /** After each step of the reader; null: anything may have happened. */
  advanced(changes: readonly Change[] | null): void {
    this.#rows = changes === null ? [] : [...this.#rows, ...changes].slice(-keptRows);
  }

  /** Where the row with that number stands; null when it is not part of this history, or too long ago to go on from. */
  async resume({ epoch, seq }: Pick<Position, "epoch" | "seq">, head: Position): Promise<Position | null> {
    if (seq > head.seq || head.seq - seq > longestReplay) return null;
    const row = this.#rows.find((one) => one.seq === seq) ?? (await findChangeAt(this.database, seq));
    return row === null || row.epoch !== epoch ? null : { epoch, seq, hash: row.hash };
  }

  /** Some rows after `cursor`, none at the head; null when history is not the one that `cursor` belongs to. */
  async after(cursor: Position, head: Position): Promise<readonly Change[] | null> {
    if (cursor.seq === head.seq) return cursor.hash === head.hash ? [] : null;
    if (cursor.seq > head.seq || head.seq - cursor.seq > longestReplay) return null;
    const [oldest] = this.#rows;
    const rows =
      oldest !== undefined && oldest.seq <= cursor.seq + 1
        ? this.#rows.slice(cursor.seq + 1 - oldest.seq)
        : await listChangesAfter(this.database, cursor.seq, head.seq, rowsPerRead);
    return rows[0]?.prevHash === cursor.hash ? rows : null;
  }
}
