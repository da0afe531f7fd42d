/** abortGuardedRollout: somebody ends it, and the flag answers as it did before. */
import type { Caller } from "../permissions/index.js";
import { changeRollout, type RolloutRef, type RolloutTools } from "./change-rollout.js";
import { abort } from "./end-rollout.js";
import { type GuardedRollout, live, refuseUnless } from "./rollout.js";

/** Throws NOT_FOUND, FORBIDDEN, and CONFLICT for a stale version and for what has ended. */
export async function abortGuardedRollout(
  tools: RolloutTools,
  caller: Caller,
  input: RolloutRef,
): Promise<GuardedRollout> {
  return changeRollout(tools, caller, input, {
    action: "rollout:run",
    urgent: true,
    change: async (scope) => {
      refuseUnless(scope.rollout, live, "aborted");
      return abort(scope);
    },
  });
}
