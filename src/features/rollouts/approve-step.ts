/** approveStep: somebody lets a guarded rollout take its next step. */
import { conflict, forbidden } from "../../platform/problems.js";
import { actorOf, type Caller } from "../permissions/index.js";
import { changeRollout, recordCourse, type RolloutRef, type RolloutTools } from "./change-rollout.js";
import { type GuardedRollout, lacksApproval, nameOf, refuseUnless, stepOf } from "./rollout.js";
import { saveRollout } from "./rollout.store.js";

export interface ApproveStep extends RolloutRef {
  /** Number of the step that is approved, from 1; absent or null: whichever it is at. */
  readonly step?: number | null | undefined;
}

/**
 * An approval that was given already is as good. Throws NOT_FOUND, FORBIDDEN (to whoever started it, too, where the environment is protected), and
 * CONFLICT for a stale version, for another step, for a step that needs no approval, and for what is paused or has ended.
 */
export async function approveStep(
  tools: RolloutTools,
  caller: Caller,
  input: ApproveStep,
): Promise<GuardedRollout> {
  return changeRollout(tools, caller, input, {
    action: "rollout:approve",
    change: async (scope, environment) => {
      const { tx, rollout } = scope;
      const { step, status } = rollout;
      if (environment.protected) refuseStarter(caller, rollout);
      refuseUnless(rollout, ["RUNNING", "WAITING"], "approved");
      if (input.step !== undefined && input.step !== null && input.step !== step) {
        throw conflict(`${nameOf(rollout)} is at step ${step}, not ${input.step}: read it again.`);
      }
      if (stepOf(rollout).hold?.approval !== true) {
        throw conflict(`Step ${step} of ${nameOf(rollout)} needs no approval.`);
      }
      if (!lacksApproval(rollout)) return rollout;
      const course = { status: "RUNNING", approvedStep: step, reason: null } as const;
      recordCourse(scope, "rollout.step_approved", { status }, { status: course.status, approvedStep: step });
      return saveRollout(tx, rollout, course);
    },
  });
}

function refuseStarter(caller: Caller, { startedBy }: GuardedRollout): void {
  const { kind, id } = actorOf(caller);
  if (kind !== startedBy.kind || id !== startedBy.id) return;
  throw forbidden(
    "In a protected environment somebody else than who started a guarded rollout approves its steps.",
  );
}
