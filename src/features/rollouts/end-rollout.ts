/** The ends of a guarded rollout: rolled back or aborted, so that all is as it was before, or completed, so that everybody has the variant. */
import { handOverRule, serveToAll, setOwnedRule } from "../flags/index.js";
import { endTrial } from "../tracking/index.js";
import { recordCourse, type RolloutScope } from "./change-rollout.js";
import type { GuardedRollout } from "./rollout.js";
import { ruleOwnerOf } from "./rollout-rule.js";
import { saveRollout } from "./rollout.store.js";

/** Takes the variant away from everybody, because of what was measured. */
export async function rollBack(scope: RolloutScope): Promise<GuardedRollout> {
  const course = endedAs(scope, "ROLLED_BACK");
  recordCourse(scope, "rollout.rolled_back", { status: scope.rollout.status }, course);
  await leadBack(scope);
  return end(scope, course);
}

/** Takes the variant away from everybody, because somebody wants that. */
export async function abort(scope: RolloutScope): Promise<GuardedRollout> {
  const course = endedAs(scope, "ABORTED");
  recordCourse(scope, "rollout.aborted", { status: scope.rollout.status }, course);
  await leadBack(scope);
  return end(scope, course);
}

/** Takes the rule out of the flag. A fallthrough that was set to the variant meanwhile becomes the baseline, so that nobody keeps the variant by it. */
async function leadBack({ tx, record, rollout, reason }: RolloutScope): Promise<void> {
  const { variant, baseline } = rollout;
  const change = { rule: null, reason };
  const { fallthrough } = await setOwnedRule(tx, record, rollout, ruleOwnerOf(rollout), change);
  if ("variant" in fallthrough && fallthrough.variant === variant) {
    await serveToAll(tx, record, rollout, baseline, reason);
  }
}

/** Everybody gets the variant who qualifies: by the fallthrough, or by the rule, which is the flag's own from now on, where there is an audience. */
export async function complete(scope: RolloutScope): Promise<GuardedRollout> {
  const { tx, record, rollout, reason } = scope;
  const { variant, audience, steps } = rollout;
  const owner = ruleOwnerOf(rollout);
  const course = { ...endedAs(scope, "COMPLETED"), step: steps.length };
  recordCourse(scope, "rollout.completed", { status: rollout.status, step: rollout.step }, course);
  if (audience === null) {
    await setOwnedRule(tx, record, rollout, owner, { rule: null, reason });
    await serveToAll(tx, record, rollout, variant, reason);
  } else await handOverRule(tx, record, rollout, owner, variant, reason);
  return end(scope, course);
}

function endedAs<Status extends "ROLLED_BACK" | "ABORTED" | "COMPLETED">(
  { now, reason }: RolloutScope,
  status: Status,
) {
  return { status, reason, endedAt: now };
}

/** What happens from now on does not count. */
async function end({ tx, rollout, now }: RolloutScope, course: Parameters<typeof saveRollout>[2]) {
  await endTrial(tx, rollout.id, now);
  return saveRollout(tx, rollout, course);
}
