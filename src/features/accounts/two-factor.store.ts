/** Statements on the second factor of users. */
import { eq, sql } from "drizzle-orm";
import type { Transaction } from "../../platform/database/index.js";
import { users } from "./account.table.js";
import type { StoredFactor } from "./two-factor.js";

/** Locks the user until the transaction ends: codes are taken, and second factors change, under this lock only. null: there is no such user. */
export async function lockFactor(tx: Transaction, userId: string): Promise<StoredFactor | null> {
  const [row] = await tx
    .select({ secret: users.totpSecret, since: users.twoFactorSince, lastStep: users.totpLastStep })
    .from(users)
    .where(eq(users.id, userId))
    .for("no key update");
  return row ?? null;
}

/** Stores a second factor, under the user's next version. The caller holds the lock. */
export async function saveFactor(tx: Transaction, userId: string, factor: StoredFactor): Promise<void> {
  await tx
    .update(users)
    .set({ ...columnsOf(factor), version: sql`${users.version} + 1`, updatedAt: sql`now()` })
    .where(eq(users.id, userId));
}

/** Stores what nobody sees of a second factor: a secret that is not proved yet, the last code. The caller holds the lock. */
export async function stampFactor(tx: Transaction, userId: string, factor: StoredFactor): Promise<void> {
  await tx.update(users).set(columnsOf(factor)).where(eq(users.id, userId));
}

function columnsOf({ secret, since, lastStep }: StoredFactor) {
  return { totpSecret: secret, twoFactorSince: since, totpLastStep: lastStep };
}
