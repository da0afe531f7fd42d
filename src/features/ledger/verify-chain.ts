/** Reads the whole ledger and recomputes its chain, so that an edited, deleted, swapped or inserted row is found. */
import type { Database } from "../../platform/database/index.js";
import { type Change, hashText, hashRow, origin } from "./change.js";
import { listChangesAfter } from "./change.store.js";

/** The first row that does not follow from the rows before it. */
export interface BrokenRow {
  readonly seq: number;
  readonly id: string;
  /** What is wrong with it. */
  readonly problem: string;
}

const rowsPerRead = 1_000;

/** Gives the first broken row, null when all is well. Rows cut off at the end leave no trace in the chain itself. */
export async function verifyChain(database: Database): Promise<BrokenRow | null> {
  let previous: Pick<Change, "seq" | "hash"> = origin;
  for (;;) {
    const rows = await listChangesAfter(database, previous.seq, Number.MAX_SAFE_INTEGER, rowsPerRead);
    for (const row of rows) {
      const problem = problemOf(previous, row);
      if (problem !== null) return { seq: row.seq, id: row.id, problem };
      previous = row;
    }
    if (rows.length < rowsPerRead) return null;
  }
}

function problemOf(previous: Pick<Change, "seq" | "hash">, row: Change): string | null {
  if (row.seq !== previous.seq + 1) return `follows row ${previous.seq}: rows between them are missing.`;
  if (row.prevHash !== previous.hash) return "is not chained to the row before it.";
  if (row.body !== null && row.salt !== null && hashText(row.salt, row.body) !== row.bodyHash) {
    return "has another body than the one it was written with.";
  }
  if (
    row.person !== null &&
    row.personSalt !== null &&
    hashText(row.personSalt, row.person) !== row.personHash
  ) {
    return "names somebody else than who it was written for.";
  }
  return hashRow(row) === row.hash ? null : "says something else than what was written.";
}
