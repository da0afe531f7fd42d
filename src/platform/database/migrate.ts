/** Brings the tables up to date from the generated migrations, one instance at a time. */
import { fileURLToPath } from "node:url";
import { migrate as migratePglite } from "drizzle-orm/pglite/migrator";
import type { PgliteDatabase } from "drizzle-orm/pglite";
import { drizzle } from "drizzle-orm/postgres-js";
import { migrate as migratePostgres } from "drizzle-orm/postgres-js/migrator";
import type { Sql } from "postgres";
import { StartProblem } from "../start-problem.js";

/** The package's own migrations, seen alike from src/ and from dist/. */
const packaged = fileURLToPath(new URL("../../../drizzle", import.meta.url));

/** Any number, as long as every instance asks for the same one. */
const MIGRATION_LOCK = 4_207_849_483;
const LOCK_TIMEOUT_MS = 60_000;
const LOCK_NOT_AVAILABLE = "55P03";

export async function migrateEmbedded(database: PgliteDatabase, folder = packaged): Promise<void> {
  await migratePglite(database, { migrationsFolder: folder });
}

/**
 * Runs over a connection of its own, which is ended: the lock is held by it, and instances that start together wait.
 * @throws {StartProblem} if another instance holds the lock, or a table that must change, for a minute.
 */
export async function migratePostgresql(connection: Sql, folder = packaged): Promise<void> {
  try {
    await connection.unsafe(`set lock_timeout = ${LOCK_TIMEOUT_MS}`);
    await connection.unsafe(`select pg_advisory_lock(${MIGRATION_LOCK})`);
    await migratePostgres(drizzle(connection), { migrationsFolder: folder });
  } catch (error) {
    if (!isLockTimeout(error)) throw error;
    const seconds = LOCK_TIMEOUT_MS / 1000;
    throw new StartProblem(`The tables could not be brought up to date: locked for ${seconds} s by another session`, {
      cause: error,
    });
  } finally {
    await connection.end({ timeout: 5 });
  }
}

function isLockTimeout(error: unknown): boolean {
  if (!(error instanceof Error)) return false;
  return ("code" in error && error.code === LOCK_NOT_AVAILABLE) || isLockTimeout(error.cause);
}
