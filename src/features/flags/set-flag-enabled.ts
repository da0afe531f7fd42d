/** Switching a flag on or off in one environment. */
import type { LedgerTools } from "../ledger/index.js";
import type { Caller } from "../permissions/index.js";
import { changeFlagEnvironment, type FlagEnvironmentRef } from "./change-flag-environment.js";
import type { FlagEnvironment } from "./flag.js";

export interface SetFlagEnabled extends FlagEnvironmentRef {
  readonly enabled: boolean;
}

/** Switching off never needs expectedVersion: it must be possible in a hurry. */
export async function setFlagEnabled(
  tools: LedgerTools,
  caller: Caller,
  input: SetFlagEnabled,
): Promise<FlagEnvironment> {
  const { enabled } = input;
  const [kind, rule] = enabled
    ? (["flag.enabled", "AS_ENVIRONMENT"] as const)
    : (["flag.disabled", "OPTIONAL"] as const);
  return changeFlagEnvironment(tools, caller, input, kind, () => ({ enabled }), rule);
}
