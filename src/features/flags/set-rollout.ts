/** Rolling a variant out to a share of everyone whom no target and no rule has decided. */
import { GRID, percentToWeight } from "../../evaluation/index.js";
import { percent as readPercent } from "../../platform/input.js";
import type { LedgerTools } from "../ledger/index.js";
import type { Caller } from "../permissions/index.js";
import {
  changeFlagEnvironment,
  type FlagEnvironmentRef,
  type SettingsScope,
} from "./change-flag-environment.js";
import type { FlagEnvironment, Serve } from "./flag.js";
import { makeSplit } from "./serve-input.js";
import { readVariant } from "./settings-reading.js";

export interface SetRollout extends FlagEnvironmentRef {
  /** 0–100, at most three decimals. */
  readonly percent: number;
  /** Absent or null: `on`. */
  readonly variant?: string | null | undefined;
  /** Who gets no `variant` gets this. Absent or null: the off variant. */
  readonly rest?: string | null | undefined;
  /** Absent: as it is; null: the targeting key. */
  readonly bucketBy?: readonly string[] | null | undefined;
  /** Whether to switch the flag on too. */
  readonly enable?: boolean | null | undefined;
}

/** Sets the fallthrough to a split of two, or to one variant for everyone at 0 and 100; touches nothing else. */
export async function setRollout(
  tools: LedgerTools,
  caller: Caller,
  input: SetRollout,
): Promise<FlagEnvironment> {
  return changeFlagEnvironment(tools, caller, input, "flag.rollout_set", (scope) => ({
    fallthrough: rollout(input, scope),
    ...(input.enable === true ? { enabled: true } : {}),
  }));
}

function rollout(input: SetRollout, scope: SettingsScope): Serve {
  const { current, mistakes } = scope;
  const variant = readVariant("input.variant", input.variant ?? "on", scope);
  const rest = readVariant("input.rest", input.rest ?? current.offVariant, scope);
  if (variant === rest && variant !== "") {
    mistakes.add("input.rest", `must be another variant than the one rolled out, got ${rest} for both.`);
  }
  const weight = percentToWeight(readPercent("input.percent", input.percent, mistakes)) ?? 0;
  const slots = [
    { variant, weight },
    { variant: rest, weight: GRID - weight },
  ];
  const split = makeSplit(
    "input",
    slots,
    { bucketBy: input.bucketBy },
    { before: current.fallthrough },
    scope,
  );
  const only = slots.find((slot) => slot.weight > 0);
  return split.split.length === 1 && only !== undefined ? { variant: only.variant } : split;
}
