/** pauseGuardedRollout and resumeGuardedRollout: it stays at its share until somebody lets it go on. */
import type { Caller } from "../permissions/index.js";
import { changeRollout, recordCourse, type RolloutRef, type RolloutTools } from "./change-rollout.js";
import { type GuardedRollout, refuseUnless } from "./rollout.js";
import { saveRollout } from "./rollout.store.js";

/** Nobody's variant changes, and guardrails are watched as before. Throws NOT_FOUND, FORBIDDEN, and CONFLICT for a stale version and for what is paused or has ended. */
export async function pauseGuardedRollout(
  tools: RolloutTools,
  caller: Caller,
  input: RolloutRef,
): Promise<GuardedRollout> {
  return changeRollout(tools, caller, input, {
    action: "rollout:run",
    urgent: true,
    change: async (scope) => {
      const { tx, rollout, reason } = scope;
      refuseUnless(rollout, ["RUNNING", "WAITING"], "paused");
      const course = { status: "PAUSED", reason } as const;
      recordCourse(scope, "rollout.paused", { status: rollout.status }, course);
      return saveRollout(tx, rollout, course);
    },
  });
}

/** The hours of its step begin anew. Throws NOT_FOUND, FORBIDDEN, and CONFLICT for a stale version and for what is not paused. */
export async function resumeGuardedRollout(
  tools: RolloutTools,
  caller: Caller,
  input: RolloutRef,
): Promise<GuardedRollout> {
  return changeRollout(tools, caller, input, {
    action: "rollout:run",
    change: async (scope) => {
      const { tx, rollout, now } = scope;
      refuseUnless(rollout, ["PAUSED"], "resumed");
      const course = { status: "RUNNING", reason: null, stepStartedAt: now } as const;
      recordCourse(scope, "rollout.resumed", { status: rollout.status }, { status: course.status });
      return saveRollout(tx, rollout, course);
    },
  });
}
