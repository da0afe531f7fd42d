/** Where the two drivers would differ, both are told the same. */
import { sql, type Logger } from "drizzle-orm";
import { withDeadline } from "../deadline.js";
import type { Database, DatabaseOptions } from "./database.js";
import { DatabaseUnavailable } from "./unavailable.js";

/** Object identifiers of PostgreSQL's built-in types. */
const INT8 = 20;
const JSON_TEXT = 114;
const JSONB = 3802;
const TEXT_LIST = 1009;
const TIMES = { date: 1082, time: 1083, timestamp: 1114, timestamptz: 1184 };

const asText = (value: string): string => value;

/** Numbers as far as they are exact, then bigint. */
const parseInteger = (value: string): number | bigint => {
  const number = Number(value);
  return Number.isSafeInteger(number) ? number : BigInt(value);
};

/**
 * json stays text here because Drizzle's columns parse it: parsed twice, the string "true" would come back as a boolean.
 */
export const parsers: Readonly<Record<number, (value: string) => unknown>> = {
  [INT8]: parseInteger,
  [JSON_TEXT]: asText,
  [JSONB]: asText,
};

/** An element in quotes, where a backslash takes the next character as it is; or one without. */
const LISTED = /"((?:[^"\\]|\\.)*)"|([^,{}]+)/gs;

const parseTextList = (text: string): (string | null | undefined)[] =>
  Array.from(text.matchAll(LISTED), ([, quoted, bare]) =>
    quoted === undefined ? (bare === "NULL" ? null : bare) : quoted.replaceAll(/\\(.)/gs, "$1"),
  );

const writeTime = (value: unknown): string => (value instanceof Date ? value.toISOString() : String(value));

/** The same for postgres.js, which would also parse times and write JSON itself: Drizzle's columns do both. */
export const driverTypes = {
  integer: { to: INT8, from: [INT8], serialize: String, parse: parseInteger },
  json: { to: JSONB, from: [JSON_TEXT, JSONB], serialize: String, parse: asText },
  times: { to: TIMES.timestamptz, from: Object.values(TIMES), serialize: writeTime, parse: asText },
  list: { to: TEXT_LIST, from: [TEXT_LIST], serialize: String, parse: parseTextList },
};

/** The rows of `database.execute`, whose result is the driver's own. */
export function rowsOf(result: unknown): Record<string, unknown>[] {
  const rows = typeof result === "object" && result !== null && "rows" in result ? result.rows : result;
  if (Array.isArray(rows)) return Array.from<Record<string, unknown>>(rows);
  throw new TypeError("not the result of a statement");
}

/** The database's clock in epoch milliseconds; rejects after `deadlineMs`. */
export async function readClock(database: Database, deadlineMs: number): Promise<number> {
  const answer = database.execute(sql`select (extract(epoch from clock_timestamp()) * 1000)::float8 as now`);
  const result = await withDeadline(
    answer,
    deadlineMs,
    () => new DatabaseUnavailable(`the database did not answer within ${deadlineMs} ms`),
  );
  return Number(rowsOf(result)[0]?.["now"]);
}

/** Drizzle's logger, which is the only place that sees every statement. */
export function statementLogger({ onStatement }: DatabaseOptions): Logger | false {
  return onStatement === undefined ? false : { logQuery: onStatement };
}
