/** Adding a targeting rule. */
import { badField } from "../../platform/problems.js";
import type { LedgerTools } from "../ledger/index.js";
import type { Caller } from "../permissions/index.js";
import { changeFlagEnvironment, type FlagEnvironmentRef } from "./change-flag-environment.js";
import type { FlagEnvironment } from "./flag.js";
import { wholeRules } from "./legible-rules.js";
import { maxRules, readRule, type RuleInput } from "./rule-input.js";

export interface AddRule extends FlagEnvironmentRef {
  readonly rule: RuleInput;
  /** From 0; absent or null: last. */
  readonly position?: number | null | undefined;
}

/** Throws BAD_USER_INPUT for an id that another rule has. */
export async function addRule(tools: LedgerTools, caller: Caller, input: AddRule): Promise<FlagEnvironment> {
  return changeFlagEnvironment(tools, caller, input, "flag.rule_added", (scope) => {
    const { mistakes } = scope;
    const rules = wholeRules(scope.current);
    if (rules.length >= maxRules) {
      throw badField("input.rule", `must not be added: ${maxRules} rules is the most.`);
    }
    const rule = readRule("input.rule", input.rule, [], scope);
    if (rules.some(({ id }) => id === rule.id)) {
      mistakes.add("input.rule.id", `must be unique in the flag, but a rule ${rule.id} exists.`);
    }
    const position = input.position ?? rules.length;
    if (position < 0 || position > rules.length) {
      mistakes.add("input.position", `must be between 0 and ${rules.length}, got ${position}.`);
    }
    return { rules: rules.toSpliced(position, 0, rule) };
  });
}
