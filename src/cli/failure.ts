/** What a command that failed prints and exits with. */
import { ConfigError } from "../platform/config.js";
import { Problem, type ProblemCode } from "../platform/problems.js";
import { StartProblem } from "../platform/start-problem.js";

/** 2: the operator must change something; 1: the command could not do what it was asked. */
const exitCodes: Record<ProblemCode, 1 | 2> = {
  UNAUTHENTICATED: 1,
  FORBIDDEN: 1,
  NOT_FOUND: 1,
  BAD_USER_INPUT: 2,
  CONFLICT: 1,
  ALREADY_EXISTS: 1,
  PRECONDITION_REQUIRED: 1,
  APPROVAL_REQUIRED: 1,
  TWO_FACTOR_REQUIRED: 1,
  TWO_FACTOR_ENROLMENT_REQUIRED: 1,
  STEP_UP_REQUIRED: 1,
  RATE_LIMITED: 1,
  IDEMPOTENCY_KEY_REUSED: 1,
  UNKNOWN_OUTCOME: 1,
  UNAVAILABLE: 1,
  LIMIT_EXCEEDED: 1,
};

export function exitCodeOf(error: unknown): number {
  if (error instanceof ConfigError || error instanceof StartProblem) return 2;
  return error instanceof Problem ? exitCodes[error.code] : 70;
}

/** One readable message; a stack only for what is a bug. */
export function explainFailure(error: unknown): string {
  if (error instanceof ConfigError || error instanceof StartProblem) return `halyard: ${error.message}`;
  if (error instanceof Problem) return `halyard: ${error.message} (${error.code})`;
  return `halyard: something went wrong that should not have.\n${error instanceof Error ? (error.stack ?? error.message) : String(error)}`;
}
