/** PostgreSQL over the network: pooled, and never waited for without end. */
import { drizzle } from "drizzle-orm/postgres-js";
import type { Sql } from "postgres";
import { StartProblem } from "../start-problem.js";
import type { Database, DatabaseOptions, OpenDatabase } from "./database.js";
import { migratePostgresql } from "./migrate.js";
import { readClock, statementLogger } from "./parity.js";
import { guard } from "./postgres-client.js";
import { readUrl } from "./postgres-connection.js";
import { ConnectionPool } from "./postgres-pool.js";

const START_DEADLINE_MS = 10_000;
const SILENCE_MS = 10_000;
const POOL_SIZE = 10;
/** One is in use as a rule; the others stand in while it is not known whether that one is dead. */
const RESERVED_SIZE = 6;

export interface PostgresOptions extends DatabaseOptions {
  /** A connection that is silent for this long, in a statement or between two of a transaction, is dropped. */
  readonly silenceMs?: number;
}

/**
 * Connects to PostgreSQL; TLS is chosen in the URL.
 * @throws {StartProblem} if it cannot be reached or refuses.
 */
export async function openPostgres(url: string, options: PostgresOptions = {}): Promise<OpenDatabase> {
  try {
    const opened = connectBy(readUrl(url), url, options);
    await opened.ping(START_DEADLINE_MS).catch(async (error: unknown) => {
      await opened.close();
      throw error;
    });
    return opened;
  } catch (error) {
    const { host, pathname } = new URL(url);
    throw new StartProblem(`PostgreSQL at ${host}${pathname} cannot be used: ${reasonOf(error)}`, {
      cause: error,
    });
  }
}

function connectBy(driver: Sql, url: string, options: PostgresOptions): OpenDatabase {
  const { silenceMs = SILENCE_MS } = options;
  const pools: ConnectionPool[] = [];
  const over = (sql: Sql, size: number): Database => {
    const pool = new ConnectionPool({ url, silenceMs }, size);
    pools.push(pool);
    const client = guard(sql, async (work) => await pool.use(work), silenceMs);
    return drizzle(client, { logger: statementLogger(options) });
  };
  const database = over(driver, POOL_SIZE);
  const reserved = over(readUrl(url), RESERVED_SIZE);
  const close = async (): Promise<void> => void (await Promise.all(pools.map(async (pool) => pool.close())));
  let closing: Promise<void> | undefined;
  return {
    database,
    reserved,
    kind: "postgresql",
    migrate: async (folder) => await migratePostgresql(url, folder),
    ping: async (deadlineMs) => await readClock(database, deadlineMs),
    close: async () => await (closing ??= close()),
  };
}

/** The innermost cause says most; several addresses that all failed say it in their code. */
function reasonOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  if (error.cause !== undefined) return reasonOf(error.cause);
  if (error.message !== "") return error.message;
  return "code" in error ? String(error.code) : error.name;
}
