/** The ledger as the database keeps it, for whoever walks all of it: to verify or to export. */
import type { Database } from "../../platform/database/index.js";
import type { Change } from "./change.js";
import { listChangesAfter, listLedgerChanges, newestSeq } from "./change.store.js";
import { listCheckpoints } from "./checkpoint.store.js";
import type { LedgerSource } from "./verify-ledger.js";

const rowsPerRead = 200; // hashing them takes milliseconds, in which nothing else gets its turn

/** Reads in short statements, so that it holds nobody up; what is appended while it walks is left out. */
export function storedLedger(database: Database): LedgerSource {
  return {
    admissionsAfter: async (seq) => listLedgerChanges(database, seq),
    checkpoints: async () => listCheckpoints(database),
    pages: () => readPages(database),
  };
}

async function* readPages(database: Database): AsyncGenerator<readonly Change[]> {
  const until = await newestSeq(database);
  // From before the first row, where somebody else may have put one.
  for (let seq = Number.MIN_SAFE_INTEGER; ;) {
    const rows = await listChangesAfter(database, seq, until, rowsPerRead);
    const last = rows.at(-1);
    if (last === undefined) return;
    yield rows;
    seq = last.seq;
  }
}
