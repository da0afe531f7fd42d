/** PostgreSQL over the network: pooled, quiet, and never waited for without end. */
import { connect, Socket, type NetConnectOpts } from "node:net";
import { drizzle } from "drizzle-orm/postgres-js";
import postgres, { type Options, type PostgresType, type Sql } from "postgres";
import { StartProblem } from "../start-problem.js";
import type { DatabaseOptions, OpenDatabase } from "./database.js";
import { migratePostgresql } from "./migrate.js";
import { parsers, readClock, statementLogger } from "./parity.js";

const POOL_SIZE = 10;
const CONNECT_TIMEOUT_S = 5;
const START_DEADLINE_MS = 10_000;
