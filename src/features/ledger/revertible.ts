/** Which kinds of change can be undone by one command: pure. */
import type { Change } from "./change.js";

const revertibleKinds: ReadonlySet<string> = new Set([
  "flag.updated",
  "flag.archived",
  "flag.restored",
  "flag.killed",
  "flag.variant_added",
  "flag.variant_updated",
  "flag.variant_removed",
  "flag.enabled",
  "flag.disabled",
  "flag.rollout_set",
  "flag.fallthrough_set",
  "flag.targets_set",
  "flag.prerequisites_set",
  "flag.rule_added",
  "flag.rule_updated",
  "flag.rule_removed",
  "flag.rules_reordered",
  "flag.environment_updated",
  "flag.environment_copied",
  "flag.reverted",
  "segment.created",
  "segment.updated",
  "segment.deleted",
  "segment.members_changed",
  "segment.reverted",
  "metric.created",
  "metric.updated",
  "metric.archived",
  "metric.restored",
  "metric.reverted",
]);

/** Whether a revert of this change is offered. It may still be refused, because something later builds on the change. */
export function isRevertible(change: Pick<Change, "kind" | "body">): boolean {
  return change.body !== null && revertibleKinds.has(change.kind);
}
