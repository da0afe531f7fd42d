/** PostgreSQL over the network: pooled, and never waited for without end. */
import { drizzle } from "drizzle-orm/postgres-js";
import { StartProblem } from "../start-problem.js";
import type { Database, DatabaseOptions, OpenDatabase } from "./database.js";
import { migratePostgresql } from "./migrate.js";
import { readClock, statementLogger } from "./parity.js";
import { guard, type Use } from "./postgres-client.js";
import { readUrl } from "./postgres-connection.js";
import { PostgresGate } from "./postgres-gate.js";
import { ConnectionPool } from "./postgres-pool.js";
import { isInsecure } from "./postgres-socket.js";
import { isUnavailable } from "./unavailable.js";

const START_DEADLINE_MS = 10_000;
/** Where a start goes on without it. */
const PATIENCE_MS = 3_000;
const SILENCE_MS = 10_000;
const POOL_SIZE = 10;
/** One is in use as a rule; the others stand in while it is not known whether that one is dead. */
const RESERVED_SIZE = 6;
/** Whoever reads there begins again rather than waiting for a line that may be dead. */
const RESERVED_SILENCE_MS = 1_500;

export interface PostgresOptions extends DatabaseOptions {
  /** A connection that is silent for this long, in a statement or between two of a transaction, is dropped. */
  readonly silenceMs?: number;
}

/**
 * Connects to PostgreSQL; TLS is chosen in the URL.
 * @throws {StartProblem} if it refuses, or cannot be reached where `mayBeAway` does not allow for that.
 */
export async function openPostgres(url: string, options: PostgresOptions = {}): Promise<OpenDatabase> {
  const { mayBeAway = false } = options;
  try {
    const opened = connectBy(url, options);
    try {
      await opened.ping(mayBeAway ? PATIENCE_MS : START_DEADLINE_MS);
      return { ...opened, answered: true };
    } catch (error) {
      if (mayBeAway && isAway(error)) return { ...opened, answered: false };
      await opened.close();
      throw error;
    }
  } catch (error) {
    const { host, pathname } = new URL(url);
    throw new StartProblem(`PostgreSQL at ${host}${pathname} cannot be used: ${reasonOf(error)}`, {
      cause: error,
    });
  }
}

function connectBy(url: string, options: PostgresOptions): Omit<OpenDatabase, "answered"> {
  const { silenceMs = SILENCE_MS } = options;
  const gate = new PostgresGate(url);
  const pools: ConnectionPool[] = [];
  const over = (size: number, dropAfterMs: number): Database => {
    const pool = new ConnectionPool({ url, silenceMs: dropAfterMs }, size);
    pools.push(pool);
    gate.onAway(() => pool.abandon());
    const use: Use = async (work) => {
      await gate.enter();
      return await pool.use(async (connection) => await gate.watch(async () => await work(connection)));
    };
    return drizzle(guard(readUrl(url), use, silenceMs), { logger: statementLogger(options) });
  };
  const database = over(POOL_SIZE, silenceMs);
  const reserved = over(RESERVED_SIZE, Math.min(silenceMs, RESERVED_SILENCE_MS));
  const close = async (): Promise<void> => void (await Promise.all(pools.map(async (pool) => pool.close())));
  let closing: Promise<void> | undefined;
  return {
    database,
    reserved,
    kind: "postgresql",
    migrate: async (folder) => await migratePostgresql(url, folder),
    ping: async (deadlineMs) => await readClock(database, deadlineMs),
    breaker: () => gate.state(),
    close: async () => await (closing ??= close()),
  };
}

/** Whether it may be back in a while. A server without the TLS that was asked for refuses, like one that does not know the password. */
function isAway(error: unknown): boolean {
  return isUnavailable(error) && !isInsecure(error);
}

/** The innermost cause says most; several addresses that all failed say it in their code. */
function reasonOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  if (error.cause !== undefined) return reasonOf(error.cause);
  if (error.message !== "") return error.message;
  return "code" in error ? String(error.code) : error.name;
}
