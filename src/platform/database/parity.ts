/** Where the two drivers would differ, both are told the same. */
import { sql, type Logger } from "drizzle-orm";
import { withDeadline } from "../deadline.js";
import type { Database, DatabaseOptions } from "./database.js";

/** Object identifiers of PostgreSQL's built-in types. */
const INT8 = 20;
const JSON_TEXT = 114;
const JSONB = 3802;

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

/** The rows of `database.execute`, whose result is the driver's own. */
export function rowsOf(result: unknown): Record<string, unknown>[] {
  if (typeof result === "object" && result !== null && "rows" in result && Array.isArray(result.rows)) {
    return Array.from<Record<string, unknown>>(result.rows);
  }
  throw new TypeError("not the result of a statement");
}

/** The database's clock in epoch milliseconds; rejects after `deadlineMs`. */
export async function readClock(database: Database, deadlineMs: number): Promise<number> {
  const answer = database.execute(sql`select (extract(epoch from clock_timestamp()) * 1000)::float8 as now`);
  const result = await withDeadline(
    answer,
    deadlineMs,
    () => new Error(`the database did not answer within ${deadlineMs} ms`),
  );
  return Number(rowsOf(result)[0]?.["now"]);
}

/** Drizzle's logger, which is the only place that sees every statement. */
export function statementLogger({ onStatement }: DatabaseOptions): Logger | false {
  return onStatement === undefined ? false : { logQuery: onStatement };
}
