/** Tells that the database is away, which passes, from what it refuses, which would be refused again. */

/** The way to the database is gone, or there was none in time. */
export class DatabaseUnavailable extends Error {
  override readonly name: string = "DatabaseUnavailable";
}

/** The database went away after it was asked to commit: what the transaction did may be kept or not. */
export class OutcomeUnknown extends DatabaseUnavailable {
  override readonly name = "OutcomeUnknown";
}

/** PostgreSQL's words for it: connection exceptions, want of resources, a server that stops or starts. */
const passing = /^(08...|53...|57P0[123])$/;

/** Whether the failure is the database's absence. Drizzle wraps the driver's error: the chain of causes is followed. */
export function isUnavailable(error: unknown): boolean {
  if (!(error instanceof Error)) return false;
  if (error instanceof DatabaseUnavailable || isClosedPGlite(error)) return true;
  if ("code" in error && typeof error.code === "string" && passing.test(error.code)) return true;
  return isUnavailable(error.cause);
}

/** Whether the failure leaves open if the transaction was committed. The chain of causes is followed. */
export function isOutcomeUnknown(error: unknown): boolean {
  return error instanceof Error && (error instanceof OutcomeUnknown || isOutcomeUnknown(error.cause));
}

/** PGlite has no class for it. */
function isClosedPGlite({ message }: Error): boolean {
  return message === "PGlite is closed" || message === "PGlite is closing";
}
