/** The ledger's hash chain, from its first row to its last. */
import { openPostgres } from "../../../src/platform/database/postgres.js";
import { verifyChain } from "../../support/verify-chain.js";

/** What is wrong with the first row that does not fit, null when all do. */
export async function brokenRow(url: string): Promise<string | null> {
  const { database, close } = await openPostgres(url);
  try {
    const broken = await verifyChain(database);
    return broken === null ? null : `row ${broken.seq} ${broken.problem}`;
  } finally {
    await close();
  }
}
