/** Statements on recovery codes. */
import { and, count, eq, isNull } from "drizzle-orm";
import type { Transaction } from "../../platform/database/index.js";
import { recoveryCodes } from "./account.table.js";

/** Puts these in the place of all that the user had. */
export async function replaceRecoveryCodes(
  tx: Transaction,
  userId: string,
  hashes: readonly string[],
): Promise<void> {
  await deleteRecoveryCodes(tx, userId);
  await tx.insert(recoveryCodes).values(hashes.map((hash) => ({ userId, hash })));
}

export async function deleteRecoveryCodes(tx: Transaction, userId: string): Promise<void> {
  await tx.delete(recoveryCodes).where(eq(recoveryCodes.userId, userId));
}

/** Uses up the user's code with this hash, and gives how many are left; null where there is none that was not used before. */
export async function useRecoveryCode(
  tx: Transaction,
  userId: string,
  hash: string,
  at: Date,
): Promise<number | null> {
  const unused = and(eq(recoveryCodes.userId, userId), isNull(recoveryCodes.usedAt));
  const used = await tx
    .update(recoveryCodes)
    .set({ usedAt: at })
    .where(and(unused, eq(recoveryCodes.hash, hash)))
    .returning({ hash: recoveryCodes.hash });
  if (used.length === 0) return null;
  const [row] = await tx.select({ left: count() }).from(recoveryCodes).where(unused);
  return row?.left ?? 0;
}
