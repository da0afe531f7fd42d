/** Brings the tables up to date from the generated migrations, one instance at a time. */
import { fileURLToPath } from "node:url";
import { drizzle } from "drizzle-orm/node-postgres";
import { migrate as migratePg } from "drizzle-orm/node-postgres/migrator";
import type { PgliteDatabase } from "drizzle-orm/pglite";
import { migrate as migratePglite } from "drizzle-orm/pglite/migrator";
import type { Pool } from "pg";
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
 * Runs on a connection of `pool`, which is ended: the lock goes with the connection, and instances that start together
 * wait for each other.
 * @throws {StartProblem} if another instance holds the lock, or a table that must change, for a minute.
 */
export async function migratePostgresql(pool: Pool, folder = packaged): Promise<void> {
  try {
    const client = await pool.connect();
    try {
      await client.query(`set lock_timeout = ${LOCK_TIMEOUT_MS}`);
      await client.query(`select pg_advisory_lock(${MIGRATION_LOCK})`);
      await migratePg(drizzle(client), { migrationsFolder: folder });
    } finally {
      client.release(true);
    }
  } catch (error) {
    if (!isLockTimeout(error)) throw error;
    const seconds = LOCK_TIMEOUT_MS / 1000;
    throw new StartProblem(
      `The tables could not be brought up to date: locked for ${seconds} s by another session`,
      { cause: error },
    );
  } finally {
    await pool.end();
  }
}

function isLockTimeout(error: unknown): boolean {
  if (!(error instanceof Error)) return false;
  return ("code" in error && error.code === LOCK_NOT_AVAILABLE) || isLockTimeout(error.cause);
}
