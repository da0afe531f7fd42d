/** How a guarded rollout moves on by itself: to its next step, or to wait for somebody's approval. */
import { setOwnedRule } from "../flags/index.js";
import { beginEpoch } from "../tracking/index.js";
import { recordCourse, type RolloutScope } from "./change-rollout.js";
import type { GuardedRollout } from "./rollout.js";
import { ruleOf, ruleOwnerOf, slotsIn } from "./rollout-rule.js";
import { saveRollout } from "./rollout.store.js";

/** Lets the variant grow, out of the baseline alone, so that whoever has it keeps it. */
export async function advance(scope: RolloutScope): Promise<GuardedRollout> {
  const { tx, record, rollout, now, reason } = scope;
  const course = {
    ...{ step: rollout.step + 1, stepStartedAt: now },
    ...({ status: "RUNNING", reason: null } as const),
  };
  recordCourse(scope, "rollout.advanced", { step: rollout.step }, { step: course.step });
  const grown = { ...rollout, ...course };
  await setOwnedRule(tx, record, rollout, ruleOwnerOf(grown), { rule: ruleOf(grown), reason });
  const epoch = await beginEpoch(tx, rollout.id, slotsIn(grown, grown.step), now);
  if (epoch !== course.step) throw new Error(`Epoch ${epoch} began where ${course.step} was due.`);
  return saveRollout(tx, rollout, course);
}

export async function askForApproval(scope: RolloutScope): Promise<GuardedRollout> {
  const { tx, rollout, reason } = scope;
  const { status } = rollout;
  recordCourse(scope, "rollout.approval_awaited", { status }, { status: "WAITING", reason });
  return saveRollout(tx, rollout, { status: "WAITING", reason });
}
