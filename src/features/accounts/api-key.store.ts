/** Statements on API keys. */
import { and, asc, count, eq, inArray, type SQL, sql } from "drizzle-orm";
import { type Database, isForeignKeyViolation, type Transaction } from "../../platform/database/index.js";
import { isKey } from "../../platform/input.js";
import { notFound } from "../../platform/problems.js";
import type { ActorKind, ApiKeyKind, Role } from "../permissions/index.js";
import { apiKeys } from "./account.table.js";
import type { ApiKey } from "./api-key.js";

type ApiKeyRow = typeof apiKeys.$inferSelect;

export type NewApiKey = Omit<ApiKey, "id" | "revokedAt" | "lastUsedAt" | "version">;

/** A key with the hashes of the secrets that open it. */
export interface ApiKeyHashes {
  readonly apiKey: ApiKey;
  readonly hash: string;
  /** The secret before the last rotation, and until when it works. */
  readonly previous: { readonly hash: string; readonly expiresAt: Date } | null;
}

/** Throws NOT_FOUND for the project or environment. */
export async function insertApiKey(
  tx: Transaction,
  { createdBy, ...apiKey }: NewApiKey,
  hash: string,
): Promise<ApiKey> {
  const { project, environment } = apiKey;
  if (project !== null && !isKey(project)) throw notFound("Project", project);
  if (environment !== null && !isKey(environment)) throw notFound("Environment", environment);
  const { kind: createdByKind, id: createdById, name: createdByName } = createdBy;
  const values = { ...apiKey, createdByKind, createdById, createdByName, hash };
  try {
    return only(await tx.insert(apiKeys).values(values).returning());
  } catch (error) {
    if (environment !== null && isForeignKeyViolation(error, "api_keys_environment")) {
      throw notFound("Environment", environment);
    }
    throw project !== null && isForeignKeyViolation(error) ? notFound("Project", project) : error;
  }
}

export async function findApiKey(database: Database, id: string): Promise<ApiKey | null> {
  const [row] = await database.select().from(apiKeys).where(eq(apiKeys.id, id));
  return row === undefined ? null : toApiKey(row);
}

/** Locks the key until the transaction ends. */
export async function lockApiKeyRow(tx: Transaction, id: string): Promise<ApiKey | null> {
  const [row] = await tx.select().from(apiKeys).where(eq(apiKeys.id, id)).for("no key update");
  return row === undefined ? null : toApiKey(row);
}

const nextVersion = { version: sql`${apiKeys.version} + 1` };

/** Stores a change under the next version. The caller holds the lock. */
export async function saveApiKey(
  tx: Transaction,
  id: string,
  set: Partial<Pick<ApiKey, "name" | "expiresAt" | "revokedAt">>,
): Promise<ApiKey> {
  return only(
    await tx
      .update(apiKeys)
      .set({ ...set, ...nextVersion })
      .where(eq(apiKeys.id, id))
      .returning(),
  );
}

/** Gives the key another secret and the next version; the present one goes on working until then, and is known for what it was afterwards. The caller holds the lock. */
export async function replaceSecret(
  tx: Transaction,
  id: string,
  next: { readonly hash: string; readonly prefix: string },
  previousExpiresAt: Date,
): Promise<ApiKey> {
  const rows = await tx
    .update(apiKeys)
    .set({ ...next, ...nextVersion, previousHash: sql`${apiKeys.hash}`, previousExpiresAt })
    .where(eq(apiKeys.id, id))
    .returning();
  return only(rows);
}

/** Names whoever made these keys otherwise. */
export async function renameCreator(tx: Transaction, userId: string, name: string): Promise<void> {
  const made = and(eq(apiKeys.createdByKind, "USER"), eq(apiKeys.createdById, userId));
  await tx.update(apiKeys).set({ createdByName: name }).where(made);
}

/** Which keys are wanted. */
export interface ApiKeyCriteria {
  /** Keys of these projects only; null: of all, and those of the whole server. */
  readonly projects: readonly string[] | null;
  readonly environment: string | null;
}

/** By name and id, after the one with these, at most `limit`. */
export async function listApiKeys(
  database: Database,
  criteria: ApiKeyCriteria,
  after: { readonly name: string; readonly id: string } | null,
  limit: number,
): Promise<ApiKey[]> {
  const name = sql`lower(${apiKeys.name})`;
  const id = sql`${apiKeys.id}::text`;
  const beyond = after === null ? undefined : sql`(${name}, ${id}) > (lower(${after.name}), ${after.id})`;
  const rows = await database
    .select()
    .from(apiKeys)
    .where(and(fits(criteria), beyond))
    .orderBy(asc(name), asc(id))
    .limit(limit);
  return rows.map(toApiKey);
}

export async function countApiKeys(database: Database, criteria: ApiKeyCriteria): Promise<number> {
  const [row] = await database.select({ total: count() }).from(apiKeys).where(fits(criteria));
  return row?.total ?? 0;
}

function fits({ projects, environment }: ApiKeyCriteria): SQL | undefined {
  return and(
    projects === null ? undefined : inArray(apiKeys.project, [...projects]),
    environment === null ? undefined : eq(apiKeys.environment, environment),
  );
}

/** The keys with these ids, or all, revoked ones included. */
export async function listApiKeyHashes(
  database: Database,
  ids: readonly string[] | null,
): Promise<ApiKeyHashes[]> {
  if (ids?.length === 0) return [];
  const rows = await database
    .select()
    .from(apiKeys)
    .where(ids === null ? undefined : inArray(apiKeys.id, [...ids]));
  return rows.map(toHashes);
}

/** Keeps the latest use of each key, given in epoch milliseconds. Rows that somebody holds are passed over: no deadlock for the sake of a statistic. */
export async function stampLastUse(tx: Transaction, uses: ReadonlyMap<string, number>): Promise<void> {
  const list = JSON.stringify([...uses].map(([id, at]) => ({ id, at: new Date(at).toISOString() })));
  const used = sql`json_to_recordset(${list}::text::json) as used(id uuid, at timestamptz)`;
  const free = tx
    .select({ id: apiKeys.id })
    .from(apiKeys)
    .where(inArray(apiKeys.id, [...uses.keys()]))
    .for("no key update", { skipLocked: true });
  await tx.execute(
    sql`update ${apiKeys} set last_used_at = greatest(${apiKeys.lastUsedAt}, used.at) from ${used} where ${apiKeys.id} = used.id and ${apiKeys.id} in ${free}`,
  );
}

function only(rows: readonly ApiKeyRow[]): ApiKey {
  const [row] = rows;
  if (row === undefined) throw new Error("A statement on one row returned none.");
  return toApiKey(row);
}

function toHashes(row: ApiKeyRow): ApiKeyHashes {
  const { hash, previousHash, previousExpiresAt } = row;
  const previous =
    previousHash === null || previousExpiresAt === null
      ? null
      : { hash: previousHash, expiresAt: previousExpiresAt };
  return { apiKey: toApiKey(row), hash, previous };
}

function toApiKey(row: ApiKeyRow): ApiKey {
  return {
    id: row.id,
    name: row.name,
    kind: row.kind as ApiKeyKind,
    project: row.project,
    environment: row.environment,
    role: row.role as Role | null,
    prefix: row.prefix,
    expiresAt: row.expiresAt,
    revokedAt: row.revokedAt,
    lastUsedAt: row.lastUsedAt,
    createdAt: row.createdAt,
    createdBy: { kind: row.createdByKind as ActorKind, id: row.createdById, name: row.createdByName },
    version: row.version,
  };
}
