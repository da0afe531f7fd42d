/** As much of the verification as needs no key: whether every row follows from the rows before it. */
import type { Database } from "../../src/platform/database/index.js";
import { storedLedger } from "../../src/features/ledger/stored-ledger.js";
import { type Finding, verifyLedger } from "../../src/features/ledger/verify-ledger.js";

/** Gives the first row that does not, null when all is well. Rows cut off at the end leave no trace in the chain itself. */
export async function verifyChain(database: Database): Promise<Finding | null> {
  const unsigned = { ...storedLedger(database), checkpoints: async () => Promise.resolve([]) };
  const { findings } = await verifyLedger(unsigned, { publicKeys: [] });
  return findings[0] ?? null;
}
