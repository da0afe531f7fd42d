/** What stands between a change of a flag and its revert. */
import type { Transaction } from "../../platform/database/index.js";
import { conflict, quote } from "../../platform/problems.js";
import type { Change } from "../ledger/index.js";
import type { Flag } from "./flag.js";
import { lockFlag } from "./flag.store.js";

/** Locks the flag that a change is of. Throws NOT_FOUND, and CONFLICT when the key has been given to another flag since. */
export async function lockChangedFlag(tx: Transaction, project: string, change: Change): Promise<Flag> {
  const flag = await lockFlag(tx, project, change.subject);
  if (Date.parse(change.at) < flag.createdAt.getTime()) {
    throw conflict(`The change is of an earlier flag ${quote(flag.key)}, which was deleted.`);
  }
  return flag;
}

/** Throws CONFLICT naming what was altered since. */
export function refuseAltered(name: string, conflicts: readonly string[]): void {
  if (conflicts.length === 0) return;
  throw conflict(`${name} was changed since: ${conflicts.join(", ")}. Revert the later change first.`);
}
