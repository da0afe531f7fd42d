/** Changing a targeting rule. */
import type { LedgerTools } from "../ledger/index.js";
import type { Caller } from "../permissions/index.js";
import { changeFlagEnvironment, type FlagEnvironmentRef } from "./change-flag-environment.js";
import { findRule } from "./find-rule.js";
import type { FlagEnvironment } from "./flag.js";
import { changeRule, type RuleChange } from "./rule-input.js";

export interface UpdateRule extends FlagEnvironmentRef, RuleChange {
  readonly ruleId: string;
}

/** Throws NOT_FOUND for an unknown rule. */
export async function updateRule(
  tools: LedgerTools,
  caller: Caller,
  input: UpdateRule,
): Promise<FlagEnvironment> {
  return changeFlagEnvironment(tools, caller, input, "flag.rule_updated", (scope) => {
    const { rules } = scope.current;
    const rule = findRule(scope.current, input.ruleId);
    const changed = changeRule("input", input, rule, scope);
    return { rules: rules.with(rules.indexOf(rule), changed) };
  });
}
