/** Statements on the secrets that make units; encrypted, all of them. */
import { eq } from "drizzle-orm";
import {
  type Database,
  secretColumn,
  type SecretColumn,
  type Transaction,
} from "../../platform/database/index.js";
import { unitSecrets as secrets } from "./metric.table.js";
import { unitPurpose } from "./unit.js";

export const unitSecrets: readonly SecretColumn[] = [
  secretColumn(secrets.project, secrets.secret, unitPurpose),
];

/** As it is stored; null: none was made yet. */
export async function readUnitSecret(database: Database, project: string): Promise<string | null> {
  const [row] = await database.select().from(secrets).where(eq(secrets.project, project));
  return row?.secret ?? null;
}

/** Unless there is one. Fails with a foreign key violation where there is no such project. */
export async function insertUnitSecret(tx: Transaction, project: string, secret: string): Promise<void> {
  await tx.insert(secrets).values({ project, secret }).onConflictDoNothing();
}
