/** BEFORE and AFTER: instants, given as RFC 3339, as a date, or as epoch milliseconds. */
import { from, past } from "./numbers.js";
import { comparison } from "./operator.js";

const DATE_TIME =
  /^(\d{4})-(\d\d)-(\d\d)(?:[Tt](\d\d):(\d\d):(\d\d)(?:\.(\d{1,3})\d*)?(?:[Zz]|([+-])(\d\d):(\d\d)))?$/;
const MINUTE = 60_000;
/** Date.UTC takes years below 100 for the twentieth century; the calendar repeats every 400 years. */
const CYCLE_YEARS = 400;
const CYCLE = 146_097 * 86_400_000;

/**
 * Epoch milliseconds of an RFC 3339 date-time or a full date (midnight UTC), or of a finite number, which is milliseconds already.
 * Digits below the millisecond are dropped; a leap second is the first of the next minute.
 */
export function readInstant(value: unknown): number | undefined {
  if (typeof value === "number") return Number.isFinite(value) ? value : undefined;
  const parts = typeof value === "string" ? DATE_TIME.exec(value) : null;
  if (parts === null) return undefined;
  const field = (index: number): number => Number(parts[index] ?? 0);
  const [year, month, day, hour, minute, second] = [
    field(1),
    field(2),
    field(3),
    field(4),
    field(5),
    field(6),
  ];
  const [offsetHours, offsetMinutes] = [field(9), field(10)];
  if (month < 1 || month > 12 || day < 1 || day > daysIn(year, month)) return undefined;
  if (hour > 23 || minute > 59 || second > 60 || offsetHours > 23 || offsetMinutes > 59) return undefined;
  const milliseconds = Number((parts[7] ?? "").padEnd(3, "0"));
  const local = Date.UTC(year + CYCLE_YEARS, month - 1, day, hour, minute, second, milliseconds) - CYCLE;
  const offset = (offsetHours * 60 + offsetMinutes) * MINUTE;
  const instant = parts[8] === "-" ? local + offset : local - offset;
  return second === 60 && !endsUtcDay(instant - milliseconds) ? undefined : instant;
}

function daysIn(year: number, month: number): number {
  return new Date(Date.UTC(year + CYCLE_YEARS, month, 0)).getUTCDate();
}

/** Leap seconds are inserted at the end of a UTC day and nowhere else. */
function endsUtcDay(instant: number): boolean {
  return instant % 86_400_000 === 0;
}

const EXPECTED = "an RFC 3339 date-time, a date (YYYY-MM-DD) or epoch milliseconds";
export const before = comparison(EXPECTED, readInstant, (actual, literal) => actual < literal, from);
export const after = comparison(EXPECTED, readInstant, (actual, literal) => actual > literal, past);
