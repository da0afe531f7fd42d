/** The closed catalogue of expected failures: what a caller did wrong, or cannot have, said once for every entrance. */

export const problemCodes = [
  "UNAUTHENTICATED",
  "FORBIDDEN",
  "NOT_FOUND",
  "BAD_USER_INPUT",
  "CONFLICT",
  "ALREADY_EXISTS",
  "PRECONDITION_REQUIRED",
  "APPROVAL_REQUIRED",
  "TWO_FACTOR_REQUIRED",
  "TWO_FACTOR_ENROLMENT_REQUIRED",
  "STEP_UP_REQUIRED",
  "RATE_LIMITED",
  "IDEMPOTENCY_KEY_REUSED",
  "UNKNOWN_OUTCOME",
  "UNAVAILABLE",
  "LIMIT_EXCEEDED",
] as const;

export type ProblemCode = (typeof problemCodes)[number];

/** Why a caller counts as unauthenticated. */
export type UnauthenticatedReason = "EXPIRED" | "INVALID" | "REVOKED" | "MISSING";

/** Why nobody is known to be asking. UNVERIFIED: the credential may be good, but this instance has been cut off for too long to tell. */
export type StrangerReason = UnauthenticatedReason | "UNVERIFIED";

/** One mistake in what a caller sent; `path` is dotted from the argument: `input.rules[0].gate.percent`. */
export interface FieldMistake {
  readonly path: string;
  readonly message: string;
}

/** What a problem says beside its code and message; each member belongs to the codes named. */
export interface ProblemDetails {
  /** BAD_USER_INPUT, and NOT_FOUND or FORBIDDEN where one argument is at fault. */
  readonly fields?: readonly FieldMistake[];
  /** CONFLICT and PRECONDITION_REQUIRED: the version to read and send. */
  readonly currentVersion?: number;
  /** RATE_LIMITED. */
  readonly retryAfterSeconds?: number;
  /** UNAUTHENTICATED. */
  readonly reason?: UnauthenticatedReason;
}

/** An expected failure. Anything else that is thrown is a bug and reaches callers masked. */
export class Problem extends Error {
  override readonly name = "Problem";

  constructor(
    readonly code: ProblemCode,
    message: string,
    readonly details: ProblemDetails = {},
    options?: ErrorOptions,
  ) {
    super(message, options);
  }
}

/** BAD_USER_INPUT naming every mistaken field at once. `fields` must not be empty. */
export function badInput(fields: readonly FieldMistake[]): Problem {
  const message = fields.map((field) => `${field.path}: ${field.message}`).join("; ");
  return new Problem("BAD_USER_INPUT", message, { fields });
}

/** BAD_USER_INPUT for one field. */
export function badField(path: string, message: string): Problem {
  return badInput([{ path, message }]);
}

/** NOT_FOUND, said alike for what is absent and for what the caller may not see: `notFound("Flag", "new-checkout")`. */
export function notFound(noun: string, key: string): Problem {
  return new Problem("NOT_FOUND", `${noun} ${quote(key)} was not found.`);
}

/** null for NOT_FOUND: what a look-up of a single thing answers. */
export async function nullIfNotFound<T>(lookup: Promise<T>): Promise<T | null> {
  try {
    return await lookup;
  } catch (error) {
    if (error instanceof Problem && error.code === "NOT_FOUND") return null;
    throw error;
  }
}

export function forbidden(message: string): Problem {
  return new Problem("FORBIDDEN", message);
}

export function alreadyExists(noun: string, key: string): Problem {
  return new Problem("ALREADY_EXISTS", `${noun} ${quote(key)} exists already.`);
}

/** CONFLICT; with `currentVersion` where a fresh read and a repeat would help. */
export function conflict(message: string, currentVersion?: number): Problem {
  return new Problem("CONFLICT", message, currentVersion === undefined ? {} : { currentVersion });
}

/** IDEMPOTENCY_KEY_REUSED: the caller has used the key lately for that operation, with another input if it is the same. */
export function keyReused(operation: string): Problem {
  const message = `This idempotencyKey was used for another request lately, ${operation}: take a new key for each new request.`;
  return new Problem("IDEMPOTENCY_KEY_REUSED", message);
}

/** UNKNOWN_OUTCOME, because of `cause`: what was asked for may have been done. `isRepeatable`: it was sent with an idempotency key. */
export function unknownOutcome(cause: unknown, isRepeatable: boolean): Problem {
  const advice = isRepeatable
    ? "Send it again with the same idempotencyKey: it is then done once and no more."
    : "Look before you send it again; with an idempotencyKey it could be repeated safely.";
  const message = `The database went away before it said whether this was done: it may have been. ${advice}`;
  return new Problem("UNKNOWN_OUTCOME", message, {}, { cause });
}

/** RATE_LIMITED: too many of `what` (a plural), to be tried again after so many milliseconds. */
export function rateLimited(what: string, waitMs: number): Problem {
  const retryAfterSeconds = Math.max(1, Math.ceil(waitMs / 1_000));
  const message = `Too many ${what}: try again in ${retryAfterSeconds} s.`;
  return new Problem("RATE_LIMITED", message, { retryAfterSeconds });
}

/** UNAUTHENTICATED with its reason; UNAVAILABLE for UNVERIFIED, since the credential may be good. */
export function unauthenticated(reason: StrangerReason): Problem {
  if (reason === "UNVERIFIED") {
    return new Problem("UNAVAILABLE", "The database does not answer, so this credential cannot be checked.");
  }
  return new Problem("UNAUTHENTICATED", unauthenticatedMessages[reason], { reason });
}

const unauthenticatedMessages: Record<UnauthenticatedReason, string> = {
  MISSING: "This needs a credential: send `Authorization: Bearer <access token or API key>`.",
  INVALID: "The credential is not valid.",
  EXPIRED: "The credential has expired.",
  REVOKED: "The credential was revoked.",
};

/** A value as a message may show it: JSON, shortened to `limit` characters. */
export function quote(value: unknown, limit = 80): string {
  const text = value === undefined ? "nothing" : written(value);
  return text.length <= limit ? text : `${text.slice(0, limit - 1)}…`;
}

/** Mistakes are quoted, too, that nest deeper than anything can be written. */
function written(value: unknown): string {
  try {
    return JSON.stringify(value);
  } catch (error) {
    if (error instanceof RangeError) return "something that nests without bottom";
    throw error;
  }
}
