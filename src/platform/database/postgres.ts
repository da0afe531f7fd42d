/** PostgreSQL over the network: pooled, and never waited for without end. */
import { Socket } from "node:net";
import { drizzle } from "drizzle-orm/node-postgres";
import pg from "pg";
import { withDeadline } from "../deadline.js";
import { StartProblem } from "../start-problem.js";
import type { Database, DatabaseOptions, OpenDatabase } from "./database.js";
import { migratePostgresql } from "./migrate.js";
import { parsers, readClock, statementLogger } from "./parity.js";

const POOL_SIZE = 10;
/** To connect, and to wait for a connection while all are taken. */
const CONNECT_TIMEOUT_MS = 5_000;
const START_DEADLINE_MS = 10_000;
/** Below the deadline, so that idle connections are closed politely. */
const IDLE_TIMEOUT_MS = 8_000;
const SILENCE_MS = 10_000;
const CLOSE_DEADLINE_MS = 5_000;

export interface PostgresOptions extends DatabaseOptions {
  /** A connection that is silent for this long, in a statement or between two of a transaction, is dropped. */
  readonly silenceMs?: number;
}

/**
 * Connects to PostgreSQL; TLS and the like are chosen in the URL.
 * @throws {StartProblem} if it cannot be reached or refuses.
 */
export async function openPostgres(url: string, options: PostgresOptions = {}): Promise<OpenDatabase> {
  const { silenceMs = SILENCE_MS } = options;
  for (const [type, parse] of Object.entries(parsers)) pg.types.setTypeParser(Number(type), parse);
  const pool = openPool(url, { max: POOL_SIZE, idleTimeoutMillis: IDLE_TIMEOUT_MS, stream: dial(silenceMs) });
  const database = withTransactions(pool, options);
  let closing: Promise<void> | undefined;
  const opened: OpenDatabase = {
    database,
    kind: "postgresql",
    // A migration may take longer than any statement of the rooms.
    migrate: async (folder) => await migratePostgresql(openPool(url, { max: 1 }), folder),
    ping: async (deadlineMs) => await readClock(database, deadlineMs),
    close: async () => await (closing ??= endPool(pool)),
  };
  await requireAnswer(opened, url);
  return opened;
}

function openPool(url: string, limits: pg.PoolConfig): pg.Pool {
  const pool = new pg.Pool({
    connectionString: url,
    application_name: "halyard",
    options: "-c TimeZone=UTC -c DateStyle=ISO",
    connectionTimeoutMillis: CONNECT_TIMEOUT_MS,
    ...limits,
  });
  // A lost connection fails the statements that need it; unheard, these events would end the process as well.
  pool.on("error", () => {});
  pool.on("connect", (client) => client.on("error", () => {}));
  return pool;
}

/** Lets statements under way finish, for a while. */
async function endPool(pool: pg.Pool): Promise<void> {
  const late = (): Error => new Error("connections are still in use");
  await withDeadline(pool.end(), CLOSE_DEADLINE_MS, late).catch(() => {});
}

/** A half-open socket would otherwise hang for ever. */
function dial(silenceMs: number): () => Socket {
  return () => {
    const socket = new Socket();
    socket.setTimeout(silenceMs, () => socket.destroy(new Error(`silent for ${silenceMs} ms`)));
    return socket;
  };
}

/**
 * Drizzle loses a connection to the pool's count for ever when it breaks on BEGIN, and the reason of a failure when
 * ROLLBACK fails as well: here the connection is always given back, and the first failure is the one reported.
 */
function withTransactions(pool: pg.Pool, options: DatabaseOptions): Database {
  const logger = statementLogger(options);
  const transaction: Database["transaction"] = async (work, settings) => {
    const client = await pool.connect();
    let failure: { readonly reason: unknown } | undefined;
    const watched: typeof work = async (tx) => {
      try {
        return await work(tx);
      } catch (reason) {
        failure = { reason };
        throw reason;
      }
    };
    try {
      return await drizzle(client, { logger }).transaction(watched, settings);
    } catch (error) {
      throw failure === undefined ? error : failure.reason;
    } finally {
      client.release();
    }
  };
  return Object.assign(drizzle(pool, { logger }), { transaction });
}

async function requireAnswer(opened: OpenDatabase, url: string): Promise<void> {
  try {
    await opened.ping(START_DEADLINE_MS);
  } catch (error) {
    await opened.close();
    const { host, pathname } = new URL(url);
    throw new StartProblem(`PostgreSQL at ${host}${pathname} cannot be used: ${reasonOf(error)}`, {
      cause: error,
    });
  }
}

/** The innermost cause says most; several addresses that all failed say it in their code. */
function reasonOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  if (error.cause !== undefined) return reasonOf(error.cause);
  if (error.message !== "") return error.message;
  return "code" in error ? String(error.code) : error.name;
}
