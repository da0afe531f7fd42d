/** Statements on idempotency keys. */
import { and, eq, inArray, lt, sql } from "drizzle-orm";
import type { Database, Transaction } from "../../platform/database/index.js";
import type { KeyUse } from "./idempotency.js";
import { idempotencyKeys } from "./idempotency.table.js";

/** A key and whose it is. */
export interface KeyName {
  readonly owner: string;
  readonly key: string;
}

/** Keys that were taken before this are forgotten, whether their rows are gone yet or not. */
const forgottenBefore = sql`now() - interval '24 hours'`;

/** Takes the key, waiting for whoever is taking it: true once it is this transaction's, false when it was taken before. */
export async function takeKey(
  tx: Transaction,
  { owner, key }: KeyName,
  { operation, inputHash }: Omit<KeyUse, "seq">,
): Promise<boolean> {
  const { actor, createdAt } = idempotencyKeys;
  const taken = await tx
    .insert(idempotencyKeys)
    .values({ actor: owner, key, operation, inputHash })
    .onConflictDoUpdate({
      target: [actor, idempotencyKeys.key],
      set: { operation, inputHash, seq: null, createdAt: sql`now()` },
      setWhere: lt(createdAt, forgottenBefore),
    })
    .returning({ key: idempotencyKeys.key });
  return taken.length > 0;
}

/** What the key was used for; null when it is free. */
export async function findKeyUse(database: Database, name: KeyName): Promise<KeyUse | null> {
  const { operation, inputHash, seq } = idempotencyKeys;
  const [use] = await database
    .select({ operation, inputHash, seq })
    .from(idempotencyKeys)
    .where(and(isNamed(name), sql`${idempotencyKeys.createdAt} >= ${forgottenBefore}`));
  return use ?? null;
}

/** Notes down which row of the ledger came of it. */
export async function settleKey(tx: Transaction, name: KeyName, seq: number): Promise<void> {
  await tx.update(idempotencyKeys).set({ seq }).where(isNamed(name));
}

/** Deletes forgotten keys, at most `limit`, and tells how many. Rows that somebody holds are passed over. */
export async function deleteForgottenKeys(tx: Transaction, limit: number): Promise<number> {
  const { actor, key, createdAt } = idempotencyKeys;
  const forgotten = tx
    .select({ row: sql`ctid` })
    .from(idempotencyKeys)
    .where(lt(createdAt, forgottenBefore))
    .limit(limit)
    .for("update", { skipLocked: true });
  const deleted = await tx
    .delete(idempotencyKeys)
    .where(inArray(sql`ctid`, forgotten))
    .returning({ actor, key });
  return deleted.length;
}

function isNamed({ owner, key }: KeyName) {
  return and(eq(idempotencyKeys.actor, owner), eq(idempotencyKeys.key, key));
}
