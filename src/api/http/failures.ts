/** What a request that failed outside GraphQL is answered, and what of it the log gets. */
import { randomUUID } from "node:crypto";
import type { Log } from "../../platform/log.js";
import { Problem, type ProblemCode } from "../../platform/problems.js";

/** HTTP status of a problem; 200s are never problems. */
export const problemStatuses: Record<ProblemCode, number> = {
  UNAUTHENTICATED: 401,
  FORBIDDEN: 403,
  NOT_FOUND: 404,
  BAD_USER_INPUT: 400,
  CONFLICT: 409,
  ALREADY_EXISTS: 409,
  PRECONDITION_REQUIRED: 428,
  APPROVAL_REQUIRED: 403,
  TWO_FACTOR_REQUIRED: 401,
  TWO_FACTOR_ENROLMENT_REQUIRED: 403,
  STEP_UP_REQUIRED: 403,
  RATE_LIMITED: 429,
  IDEMPOTENCY_KEY_REUSED: 422,
  UNKNOWN_OUTCOME: 503,
  UNAVAILABLE: 503,
  LIMIT_EXCEEDED: 413,
};

/** A request that HTTP itself refuses, with a status below 500. Its message reaches the caller. */
export class UnfitRequest extends Error {
  override readonly name = "UnfitRequest";

  constructor(
    readonly statusCode: number,
    message: string,
  ) {
    super(message);
  }
}

/** HTTP status of whatever a handler or fastify itself threw: 500 unless it says otherwise. */
export function statusOf(error: unknown): number {
  if (error instanceof Problem) return problemStatuses[error.code];
  const status = typeof error === "object" && error !== null && "statusCode" in error && error.statusCode;
  return typeof status === "number" ? status : 500;
}

/** Logs what nobody expected; callers are told the id that it gives and nothing else. */
export function logBug(log: Log, error: unknown, requestId: string): string {
  const errorId = randomUUID();
  log.error({ err: error, errorId, requestId }, "A request failed unexpectedly.");
  return errorId;
}

/** The failure in the shape of GraphQL's errors; bugs are logged and masked. */
export function failureBody(log: Log, error: unknown, requestId: string): unknown {
  if (error instanceof Problem) return errorBody(error.code, error.message, requestId, error.details);
  if (error instanceof Error && statusOf(error) < 500)
    return errorBody("BAD_REQUEST", error.message, requestId);
  const errorId = logBug(log, error, requestId);
  return errorBody("INTERNAL_SERVER_ERROR", "Something went wrong on the server.", requestId, { errorId });
}

/** One error as GraphQL shows it. */
export function errorBody(code: string, message: string, requestId: string, details: object = {}): unknown {
  return { errors: [{ message, extensions: { code, ...details, requestId } }] };
}
