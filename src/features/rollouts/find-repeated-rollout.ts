/** What a repeated change of a guarded rollout is answered: the rollout as it is now. */
import type { Database } from "../../platform/database/index.js";
import { bodyOf, orGone, type Repetition } from "../ledger/index.js";
import type { Caller } from "../permissions/index.js";
import type { GuardedRollout } from "./rollout.js";
import { findRollout } from "./rollout.queries.js";

/** Throws NOT_FOUND and FORBIDDEN. */
export async function findRepeatedRollout(
  tools: { readonly database: Database },
  caller: Caller,
  repetition: Repetition,
): Promise<GuardedRollout> {
  const { change, input } = repetition;
  const id = change === null ? input.id : idIn(bodyOf(change).after);
  return orGone(repetition, findRollout(tools, caller, id ?? ""));
}

function idIn(after: unknown): string | undefined {
  if (typeof after !== "object" || after === null || !("id" in after)) return undefined;
  return typeof after.id === "string" ? after.id : undefined;
}
