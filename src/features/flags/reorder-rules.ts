/** Putting the targeting rules into another order. */
import { quote } from "../../platform/problems.js";
import type { LedgerTools } from "../ledger/index.js";
import type { Caller } from "../permissions/index.js";
import { changeFlagEnvironment, type FlagEnvironmentRef } from "./change-flag-environment.js";
import type { FlagEnvironment } from "./flag.js";
import { wholeRules } from "./legible-rules.js";

export interface ReorderRules extends FlagEnvironmentRef {
  /** Every rule once. */
  readonly ruleIds: readonly string[];
}

/** Throws BAD_USER_INPUT unless the list names every rule once. */
export async function reorderRules(
  tools: LedgerTools,
  caller: Caller,
  input: ReorderRules,
): Promise<FlagEnvironment> {
  return changeFlagEnvironment(tools, caller, input, "flag.rules_reordered", ({ current, mistakes }) => {
    const waiting = new Map(wholeRules(current).map((rule) => [rule.id, rule]));
    const rules = input.ruleIds.flatMap((id, index) => {
      const rule = waiting.get(id);
      if (rule === undefined) {
        const isRepeated = input.ruleIds.indexOf(id) < index;
        const fault = isRepeated ? "must be listed once" : "must be a rule of this flag";
        mistakes.add(`input.ruleIds[${index}]`, `${fault}, got ${quote(id)}.`);
        return [];
      }
      waiting.delete(id);
      return [rule];
    });
    if (waiting.size > 0) {
      mistakes.add("input.ruleIds", `must name every rule, but lacks ${[...waiting.keys()].join(", ")}.`);
    }
    return { rules };
  });
}
