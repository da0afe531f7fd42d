/** Setting what everyone gets whom no target and no rule has decided. */
import type { LedgerTools } from "../ledger/index.js";
import type { Caller } from "../permissions/index.js";
import { changeFlagEnvironment, type FlagEnvironmentRef } from "./change-flag-environment.js";
import type { FlagEnvironment } from "./flag.js";
import { readServe, type ServeInput } from "./serve-input.js";

export interface SetFallthrough extends FlagEnvironmentRef {
  readonly serve: ServeInput;
}

export async function setFallthrough(
  tools: LedgerTools,
  caller: Caller,
  input: SetFallthrough,
): Promise<FlagEnvironment> {
  return changeFlagEnvironment(tools, caller, input, "flag.fallthrough_set", (scope) => {
    const place = { before: scope.current.fallthrough, holes: false };
    return { fallthrough: readServe("input.serve", input.serve, place, scope) };
  });
}
