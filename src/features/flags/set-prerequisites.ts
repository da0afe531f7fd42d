/** Setting which other flags must serve which variants first. */
import type { LedgerTools } from "../ledger/index.js";
import type { Caller } from "../permissions/index.js";
import { changeFlagEnvironment, type FlagEnvironmentRef } from "./change-flag-environment.js";
import type { FlagEnvironment } from "./flag.js";
import { type PrerequisiteInput, readPrerequisites } from "./prerequisite-input.js";

export interface SetPrerequisites extends FlagEnvironmentRef {
  /** Replaces the whole list. */
  readonly prerequisites: readonly PrerequisiteInput[];
}

/** A circle is refused with its path. */
export async function setPrerequisites(
  tools: LedgerTools,
  caller: Caller,
  input: SetPrerequisites,
): Promise<FlagEnvironment> {
  return changeFlagEnvironment(tools, caller, input, "flag.prerequisites_set", (scope) => ({
    prerequisites: readPrerequisites("input.prerequisites", input.prerequisites, scope),
  }));
}
