/** Promoting a flag: its settings in one environment become those in another. */
import type { LedgerTools } from "../ledger/index.js";
import { type Caller, permit } from "../permissions/index.js";
import { findEnvironment } from "../environments/index.js";
import { changeFlagEnvironment, type FlagEnvironmentRef } from "./change-flag-environment.js";
import type { FlagEnvironment } from "./flag.js";
import { lockFlagEnvironment } from "./flag-environment.store.js";
import { legibleRules, wholeRules } from "./legible-rules.js";
import { withOwnedOf, withoutOwned } from "./owned-rules.js";
import { settingReferences } from "./setting-references.js";

export interface CopyFlagEnvironment extends Omit<FlagEnvironmentRef, "environment"> {
  readonly from: string;
  /** Where it writes; expectedVersion is of the settings there. */
  readonly to: string;
}

/**
 * Copies everything, whether the flag is enabled included. Rule ids and seeds are kept, so nobody changes bucket. Rules that something owns
 * stay where they are: those of the source are not copied, those of the target stand as before. Throws BAD_USER_INPUT when the copy would
 * close a circle of prerequisites there, CONFLICT when its order would move rules past one that is owned.
 */
export async function copyFlagEnvironment(
  tools: LedgerTools,
  caller: Caller,
  input: CopyFlagEnvironment,
): Promise<FlagEnvironment> {
  const from = await findEnvironment(tools, caller, input.project, input.from);
  permit(caller, "flag:read", { project: from.project, environment: from });
  const target = { ...input, environment: input.to };
  return changeFlagEnvironment(tools, caller, target, "flag.environment_copied", async (scope) => {
    if (from.key === scope.current.environment) scope.mistakes.add("input.to", "must differ from `from`.");
    const source = await lockFlagEnvironment(scope.tx, from.project, scope.flag.key, from.key);
    const copied = withoutOwned(wholeRules(source));
    for (const reference of settingReferences("", { ...source, rules: copied })) {
      const at = reference.kind === "FLAG" ? { variantsPath: "input.from" } : {};
      scope.references.push({ ...reference, ...at, path: "input.from" });
    }
    const { enabled, offVariant, fallthrough, targets, prerequisites } = source;
    const rules = withOwnedOf(copied, legibleRules(scope.current));
    return { enabled, offVariant, fallthrough, targets, rules, prerequisites };
  });
}
