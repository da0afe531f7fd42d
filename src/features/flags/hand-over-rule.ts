/** How a rule that something owned stays when its owner goes: it serves one variant, and people manage it. */
import type { Transaction } from "../../platform/database/index.js";
import type { RecordEntry } from "../ledger/index.js";
import type { FlagEnvironment, RuleOwner } from "./flag.js";
import { lockFlagEnvironment, storeFlagEnvironment } from "./flag-environment.store.js";
import { lockFlag } from "./flag.store.js";
import { wholeRules } from "./legible-rules.js";
import { guardOwnedRules, isOwnedBy } from "./owned-rules.js";
import type { RulePlace } from "./set-owned-rule.js";
import { settingsDifference } from "./settings-difference.js";

/**
 * Lets the rule that `owner` has at a place serve that variant to all whom it is for, and belong to nobody, as part of a larger `write` whose
 * permit covers it; gives the settings, as they are where the owner has no rule. The variant is one that the rule serves. It locks the flag and its
 * settings and records `flag.rule_handed_over`. Throws NOT_FOUND for the flag, and CONFLICT for rules that cannot be read.
 */
export async function handOverRule(
  tx: Transaction,
  record: RecordEntry,
  { project, environment, flag: key }: RulePlace,
  owner: RuleOwner,
  variant: string,
  reason?: string | null,
): Promise<FlagEnvironment> {
  const flag = await lockFlag(tx, project, key);
  const current = await lockFlagEnvironment(tx, project, flag.key, environment);
  const rules = wholeRules(current).map((rule) => {
    if (!isOwnedBy(rule, owner)) return rule;
    const { owner: _gone, ...kept } = rule;
    return { ...kept, serve: { variant } };
  });
  const next = { ...current, rules };
  const difference = settingsDifference(current, next);
  if (difference === null) return current;
  guardOwnedRules(current, next, owner);
  const subject = { subjectType: "FLAG", subject: flag.key, project, environment } as const;
  record({ kind: "flag.rule_handed_over", ...subject, ...difference, reason });
  return storeFlagEnvironment(tx, current, next);
}
