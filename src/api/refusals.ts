/** Attempts at what the caller may not do, told to the security log by every door alike. */
import type { Caller } from "../features/permissions/index.js";
import { SecurityEventKind, type SecurityLog } from "../features/security/index.js";
import { Problem, type ProblemCode } from "../platform/problems.js";

const refusals: ReadonlySet<ProblemCode> = new Set(["FORBIDDEN", "STEP_UP_REQUIRED"]);

/** Other failures are nothing to it. `operation` names what was tried. */
export function recordRefusal(
  security: SecurityLog,
  caller: Caller,
  operation: string,
  error: unknown,
): void {
  if (!(error instanceof Problem) || !refusals.has(error.code)) return;
  const { code, message } = error;
  security.record({
    kind: SecurityEventKind.FORBIDDEN,
    caller,
    subject: operation,
    detail: { code, message },
  });
}
