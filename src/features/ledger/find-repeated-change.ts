/** What a repeated revert is answered: the change that it made. */
import { type Caller, permit } from "../permissions/index.js";
import type { Change } from "./change.js";
import { orGone, type Repetition } from "./idempotency.js";

/** Throws NOT_FOUND and FORBIDDEN. */
export async function findRepeatedChange(caller: Caller, repetition: Repetition): Promise<Change> {
  const change = await orGone(repetition, Promise.resolve(repetition.change));
  permit(caller, "audit:read", change.project === null ? {} : { project: change.project });
  return change;
}
