/** What of a flag's shared part stays as it is for whatever has the flag under way, even while that has no rule in it. */
import type { Transaction } from "../../platform/database/index.js";
import { conflict, quote } from "../../platform/problems.js";
import type { LedgerTools } from "../ledger/index.js";
import { describeHolder, type HolderTools, refuseHeld } from "../projects/index.js";
import type { Flag } from "./flag.js";
import { alteredValues, type FlagDifference, removedVariants } from "./flag-difference.js";

/** What changes of a flag's shared part need. */
export interface FlagTools extends LedgerTools, HolderTools {}

/**
 * Runs with the flag locked. Throws CONFLICT naming what has the flag under way where the change archives it, and what is not concluded where the
 * change takes a variant of it away or alters the value of one that people were shown.
 */
export async function guardHolders(
  tools: HolderTools,
  tx: Transaction,
  { project, key }: Flag,
  difference: FlagDifference,
): Promise<void> {
  const place = { project, flag: key };
  if (difference.after.archived === true) await refuseHeld(tools, tx, place, `Flag ${quote(key)}`);
  const altered = alteredValues(difference);
  const removed = removedVariants(difference);
  if (altered.length === 0 && removed.length === 0) return;
  for (const holder of await tools.flagHolders(tx, place)) {
    const isKept = (variant: string) =>
      removed.includes(variant) || (holder.hasBegun && altered.includes(variant));
    const variant = holder.variants.find(isKept);
    if (variant === undefined) continue;
    const what = removed.includes(variant) ? "it" : "its value";
    throw conflict(
      `Variant ${quote(variant)} is one of ${describeHolder(holder)}: ${what} stays until that is concluded.`,
    );
  }
}
