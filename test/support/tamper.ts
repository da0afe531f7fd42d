/** What somebody does who has the database to themselves: the guards of the ledger are off while they work. */
import { sql } from "drizzle-orm";
import type { Database, Transaction } from "../../src/platform/database/index.js";

/** Runs `work` in a transaction that the ledger's guards do not see. */
export async function tamper<T>(database: Database, work: (tx: Transaction) => Promise<T>): Promise<T> {
  return await database.transaction(async (tx) => {
    await takeGuardsAway(tx);
    return await work(tx);
  });
}

/** For the rest of the transaction; foreign keys are not enforced either. */
export async function takeGuardsAway(tx: Transaction): Promise<void> {
  await tx.execute(sql`set local session_replication_role = replica`);
}
