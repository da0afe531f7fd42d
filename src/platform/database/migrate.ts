/** Brings the tables up to date from the generated migrations, one instance at a time. */
import { fileURLToPath } from "node:url";
import type { PgliteDatabase } from "drizzle-orm/pglite";
import { migrate as migratePglite } from "drizzle-orm/pglite/migrator";
import { drizzle } from "drizzle-orm/postgres-js";
import { migrate as migratePostgresJs } from "drizzle-orm/postgres-js/migrator";
import { StartProblem } from "../start-problem.js";
import { guard } from "./postgres-client.js";
import { Connection, readUrl } from "./postgres-connection.js";

/** The package's own migrations, seen alike from src/ and from dist/. */
const packaged = fileURLToPath(new URL("../../../drizzle", import.meta.url));

/** Any number, as long as every instance asks for the same one. */
const MIGRATION_LOCK = 4_207_849_483;
const LOCK_TIMEOUT_MS = 60_000;
/** A migration may take longer than other statements; a line that is dead is not waited for without end. */
const SILENCE_MS = 3_600_000; // an hour
const LOCK_NOT_AVAILABLE = "55P03";

export async function migrateEmbedded(database: PgliteDatabase, folder = packaged): Promise<void> {
  await migratePglite(database, { migrationsFolder: folder });
}

/**
 * Runs on a connection of its own: the lock goes with the connection, and instances that start together wait for each
 * other.
 * @throws {StartProblem} if another instance holds the lock, or a table that must change, for a minute.
 */
export async function migratePostgresql(url: string, folder = packaged): Promise<void> {
  const connection = new Connection({ url, silenceMs: SILENCE_MS });
  const database = drizzle(guard(readUrl(url), async (work) => await work(connection), 0));
  try {
    await connection.use(async () => {
      await connection.run(`set lock_timeout = ${LOCK_TIMEOUT_MS}`);
      await connection.run(`select pg_advisory_lock(${MIGRATION_LOCK})`);
      await migratePostgresJs(database, { migrationsFolder: folder });
    });
  } catch (error) {
    if (!isLockTimeout(error)) throw error;
    const seconds = LOCK_TIMEOUT_MS / 1000;
    throw new StartProblem(
      `The tables could not be brought up to date: locked for ${seconds} s by another session`,
      { cause: error },
    );
  } finally {
    await connection.end();
  }
}

function isLockTimeout(error: unknown): boolean {
  if (!(error instanceof Error)) return false;
  return ("code" in error && error.code === LOCK_NOT_AVAILABLE) || isLockTimeout(error.cause);
}
