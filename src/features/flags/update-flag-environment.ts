/** Changing several settings of a flag in one environment at once. */
import type { LedgerTools } from "../ledger/index.js";
import type { Caller } from "../permissions/index.js";
import { changeFlagEnvironment, type FlagEnvironmentRef } from "./change-flag-environment.js";
import type { FlagEnvironment } from "./flag.js";
import { readSettings, type SettingsInput } from "./flag-settings.js";

export interface UpdateFlagEnvironment extends FlagEnvironmentRef, SettingsInput {}

/** All of it or, after a mistake, none of it. */
export async function updateFlagEnvironment(
  tools: LedgerTools,
  caller: Caller,
  input: UpdateFlagEnvironment,
): Promise<FlagEnvironment> {
  return changeFlagEnvironment(tools, caller, input, "flag.environment_updated", (scope) =>
    readSettings("input", input, scope.current, scope),
  );
}
