/** One sentence about a change, for people who read the audit log: pure. */
import { type AuditSubject, bodyOf, type Change } from "./change.js";

const nouns: Record<AuditSubject, string> = {
  FLAG: "flag",
  SEGMENT: "segment",
  PROJECT: "project",
  ENVIRONMENT: "environment",
  USER: "user",
  API_KEY: "API key",
  SETTINGS: "settings",
  METRIC: "metric",
  EXPERIMENT: "experiment",
  LAYER: "layer",
  HOLDOUT: "holdout",
  EXPERIMENT_TEMPLATE: "experiment template",
};

/** Kinds whose verb alone would not make a sentence; `#` stands for the subject. */
const sentences: Readonly<Record<string, string>> = {
  "flag.variant_added": "A variant was added to #",
  "flag.variant_updated": "A variant of # was changed",
  "flag.variant_removed": "A variant was removed from #",
  "flag.rollout_set": "The rollout of # was set",
  "flag.fallthrough_set": "The fallthrough of # was set",
  "flag.targets_set": "The targets of # were set",
  "flag.prerequisites_set": "The prerequisites of # were set",
  "flag.rule_added": "A rule was added to #",
  "flag.rule_updated": "A rule of # was changed",
  "flag.rule_removed": "A rule was removed from #",
  "flag.rule_installed": "A managed rule was put into #",
  "flag.rule_changed_by_owner": "A managed rule of # was changed by its owner",
  "flag.rule_withdrawn": "A managed rule was taken out of #",
  "flag.rule_handed_over": "A managed rule of # became one of its own",
  "flag.rules_reordered": "The rules of # were reordered",
  "flag.environment_updated": "The settings of # were changed",
  "flag.environment_copied": "The settings of # were copied from another environment",
  "flag.killed": "# was switched off in every environment",
  "flag.reverted": "A change of # was reverted",
  "environment.context_proof_secret_rotated": "The secret for context proofs of # was rotated",
  "segment.members_changed": "The members of # were changed",
  "segment.reverted": "A change of # was reverted",
  "metric.reverted": "A change of # was reverted",
  "experiment.scheduled": "# was set to start by itself",
  "experiment.unscheduled": "# is not to start by itself any more",
  "experiment.traffic_changed": "The traffic of # was changed",
  "experiment.shares_moved": "The shares of # moved to what does better",
  "rollout.started": "A guarded rollout of # was started",
  "rollout.advanced": "A guarded rollout of # took its next step",
  "rollout.approval_awaited": "A guarded rollout of # waits for an approval",
  "rollout.step_approved": "A step of a guarded rollout of # was approved",
  "rollout.paused": "A guarded rollout of # was paused",
  "rollout.resumed": "A guarded rollout of # was resumed",
  "rollout.completed": "A guarded rollout of # was completed",
  "rollout.rolled_back": "A guarded rollout of # was rolled back",
  "rollout.aborted": "A guarded rollout of # was aborted",
  "user.role_set": "The role of # was set",
  "user.password_changed": "The password of # was changed",
  "user.password_reset": "The password of # was reset",
  "user.two_factor_begun": "Setting up a second factor of # was begun",
  "user.two_factor_enabled": "The second factor of # was turned on",
  "user.two_factor_disabled": "The second factor of # was turned off",
  "user.two_factor_reset": "The second factor of # was reset",
  "user.recovery_codes_replaced": "The recovery codes of # were replaced",
  "settings.updated": "The settings of the server were changed",
  "session.revoked": "A session of # was ended",
  "ledger.erased": "Content was erased from the audit log",
  "ledger.retained": "Old content was taken out of the audit log",
  "ledger.forked": "The state of the server was replaced by an older one",
};

/** "Flag new-checkout was enabled in production." */
export function summaryOf(change: Change): string {
  const subject = `${nouns[change.subjectType]} ${nameOf(change)}`;
  const sentence = (sentences[change.kind] ?? `# was ${verbOf(change.kind)}`).replace("#", () => subject);
  const place =
    change.environment === null || change.subjectType === "ENVIRONMENT" ? "" : ` in ${change.environment}`;
  return `${sentence.charAt(0).toUpperCase()}${sentence.slice(1)}${place}.`;
}

/** `project.created` → "created", `api_key.last_use_cleared` → "last use cleared". */
function verbOf(kind: string): string {
  return kind.slice(kind.indexOf(".") + 1).replaceAll("_", " ");
}

/** Users and API keys are recorded by id; people know them by what the body says. */
function nameOf(change: Change): string {
  if (change.subjectType !== "USER" && change.subjectType !== "API_KEY") return change.subject;
  const { before, after } = bodyOf(change);
  return labelOf(after) ?? labelOf(before) ?? change.subject;
}

function labelOf(side: unknown): string | undefined {
  if (typeof side !== "object" || side === null) return undefined;
  if ("email" in side && typeof side.email === "string") return side.email;
  return "name" in side && typeof side.name === "string" ? side.name : undefined;
}
