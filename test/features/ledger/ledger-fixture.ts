/** What the ledger's tests write with: a caller, an entry, tools without a reader. */
import type { Entry, LedgerTools } from "../../../src/features/ledger/index.js";
import { write } from "../../../src/features/ledger/index.js";
import { permit, systemCaller } from "../../../src/features/permissions/index.js";
import type { Database } from "../../../src/platform/database/index.js";

export function ledgerTools(database: Database): LedgerTools {
  return { database, committed: async () => await Promise.resolve() };
}

export function entry(overrides: Partial<Entry> = {}): Entry {
  return {
    kind: "flag.updated",
    subjectType: "FLAG",
    subject: "new-checkout",
    project: "default",
    before: { name: "a" },
    after: { name: "b" },
    ...overrides,
  };
}

/** Writes these entries in one transaction and gives their ids. */
export async function record(tools: LedgerTools, ...entries: readonly Entry[]): Promise<string[]> {
  const proof = permit(systemCaller("test"), "project:update");
  return await write(tools, proof, async (_tx, add) => await Promise.resolve(entries.map((one) => add(one))));
}
