/** Setting which values of which attributes get a variant ahead of all rules. */
import type { LedgerTools } from "../ledger/index.js";
import type { Caller } from "../permissions/index.js";
import { changeFlagEnvironment, type FlagEnvironmentRef } from "./change-flag-environment.js";
import type { FlagEnvironment } from "./flag.js";
import { readTargets, type TargetInput } from "./target-input.js";

export interface SetTargets extends FlagEnvironmentRef {
  /** Replaces the whole list. */
  readonly targets: readonly TargetInput[];
}

export async function setTargets(
  tools: LedgerTools,
  caller: Caller,
  input: SetTargets,
): Promise<FlagEnvironment> {
  return changeFlagEnvironment(tools, caller, input, "flag.targets_set", (scope) => ({
    targets: readTargets("input.targets", input.targets, scope),
  }));
}
