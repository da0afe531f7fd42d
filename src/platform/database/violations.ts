/** Tells the refusals of the database that somebody expects from every other failure. */

const UNIQUE_VIOLATION = "23505";
const CHECK_VIOLATION = "23514";
const FOREIGN_KEY_VIOLATION = "23503";
const LOCK_NOT_AVAILABLE = "55P03";
const UNDEFINED_TABLE = "42P01";
const UNDEFINED_COLUMN = "42703";

/** Whether a row with the same key exists. With `constraint`, only if that constraint was violated. */
export function isUniqueViolation(error: unknown, constraint?: string): boolean {
  return isViolation(error, UNIQUE_VIOLATION, constraint);
}

/** Whether a row refers to one that does not exist, or one is deleted that others refer to. */
export function isForeignKeyViolation(error: unknown, constraint?: string): boolean {
  return isViolation(error, FOREIGN_KEY_VIOLATION, constraint);
}

/** Whether a row is one that its table does not take: also where no partition is for it. */
export function isCheckViolation(error: unknown): boolean {
  return isViolation(error, CHECK_VIOLATION);
}

/** Whether somebody held a row for longer than the statement was to wait (`lock_timeout`). */
export function isLockTimeout(error: unknown): boolean {
  return isViolation(error, LOCK_NOT_AVAILABLE);
}

/** Whether a table or a column is not there: `migrate` has not been here. */
export function isOutOfDate(error: unknown): boolean {
  return isViolation(error, UNDEFINED_TABLE) || isViolation(error, UNDEFINED_COLUMN);
}

/** Drizzle wraps the driver's error, and a use case may wrap Drizzle's: the chain of causes is followed. */
function isViolation(error: unknown, code: string, constraint?: string): boolean {
  if (!(error instanceof Error)) return false;
  if ("code" in error && error.code === code) {
    return constraint === undefined || constraintOf(error) === constraint;
  }
  return isViolation(error.cause, code, constraint);
}

/** The two drivers have a name for it each. */
function constraintOf(error: Error): unknown {
  if ("constraint_name" in error) return error.constraint_name;
  return "constraint" in error ? error.constraint : undefined;
}
