/** Statements on the secrets by which the browsers of an environment prove whom they ask about; encrypted, all of them. */
import { and, eq, isNotNull, sql } from "drizzle-orm";
import {
  type Database,
  secretColumn,
  type SecretColumn,
  type Transaction,
} from "../../platform/database/index.js";
import { proofPurpose } from "./context-proof.js";
import { environments } from "./environment.table.js";

export const contextProofSecrets: readonly SecretColumn[] = [
  secretColumn(environments.id, environments.contextProofSecret, proofPurpose),
  secretColumn(environments.id, environments.previousContextProofSecret, proofPurpose),
];

/** The encrypted secrets of one environment. */
export interface StoredProofSecrets {
  readonly id: string;
  readonly current: string | null;
  /** From before the last rotation; it counts until `previousExpiresAt`. */
  readonly previous: string | null;
  readonly previousExpiresAt: Date | null;
}

/** Of the project's environments that require proofs. */
export async function readProofSecrets(
  database: Database,
  project: string,
): Promise<readonly StoredProofSecrets[]> {
  return database
    .select({
      id: environments.id,
      current: environments.contextProofSecret,
      previous: environments.previousContextProofSecret,
      previousExpiresAt: environments.previousContextProofExpiresAt,
    })
    .from(environments)
    .where(and(eq(environments.project, project), environments.requireContextProof));
}

export async function hasProofSecret(database: Database, id: string): Promise<boolean> {
  return (
    (await database.$count(
      environments,
      and(eq(environments.id, id), isNotNull(environments.contextProofSecret)),
    )) > 0
  );
}

/**
 * Puts an encrypted secret in the place of the present one, which counts until then (null: no longer), and raises the version.
 * Gives when the one before stops to count; null when there is none that does. The caller holds the lock.
 */
export async function replaceProofSecret(
  tx: Transaction,
  id: string,
  secret: string,
  previousUntil: Date | null,
): Promise<Date | null> {
  const kept = previousUntil === null ? sql`null` : sql`${environments.contextProofSecret}`;
  const until =
    previousUntil === null
      ? null
      : sql`case when ${environments.contextProofSecret} is not null then ${previousUntil.toISOString()}::timestamptz end`;
  const [row] = await tx
    .update(environments)
    .set({
      contextProofSecret: secret,
      previousContextProofSecret: kept,
      previousContextProofExpiresAt: until,
      version: sql`${environments.version} + 1`,
      updatedAt: sql`now()`,
    })
    .where(eq(environments.id, id))
    .returning({ until: environments.previousContextProofExpiresAt });
  return row?.until ?? null;
}
