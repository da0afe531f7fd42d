/** Removing a targeting rule. */
import type { LedgerTools } from "../ledger/index.js";
import type { Caller } from "../permissions/index.js";
import { changeFlagEnvironment, type FlagEnvironmentRef } from "./change-flag-environment.js";
import { findRule } from "./find-rule.js";
import type { FlagEnvironment } from "./flag.js";

export interface RemoveRule extends FlagEnvironmentRef {
  readonly ruleId: string;
}

/** Throws NOT_FOUND for an unknown rule. */
export async function removeRule(
  tools: LedgerTools,
  caller: Caller,
  input: RemoveRule,
): Promise<FlagEnvironment> {
  return changeFlagEnvironment(tools, caller, input, "flag.rule_removed", ({ current }) => {
    const removed = findRule(current, input.ruleId);
    return { rules: current.rules.filter((rule) => rule !== removed) };
  });
}
