/** What of a flag's shared part stays as it is for whatever has the flag under way, even while that has no rule in it. */
import type { Transaction } from "../../platform/database/index.js";
import { conflict, quote } from "../../platform/problems.js";
import type { LedgerTools } from "../ledger/index.js";
import { describeHolder, type HolderTools, refuseHeld } from "../projects/index.js";
import type { Flag } from "./flag.js";
import { lockFlagUses } from "./flag-environment.store.js";
import { alteredValues, type FlagDifference, removedVariants } from "./flag-difference.js";
import { joined } from "./flag-usage.js";

/** What changes of a flag's shared part need. */
export interface FlagTools extends LedgerTools, HolderTools {}

/**
 * Runs with the flag locked. Throws CONFLICT naming what has the flag under way or asks for it where the change archives it, and what is not concluded where the
 * change takes a variant of it away or alters the value of one that people were shown.
 */
export async function guardHolders(
  tools: HolderTools,
  tx: Transaction,
  { project, key }: Flag,
  difference: FlagDifference,
): Promise<void> {
  const place = { project, flag: key };
  if (difference.after.archived === true) {
    await refuseHeld(tools, tx, place, `Flag ${quote(key)}`);
    await refuseAsked(tools, tx, { project, key });
  }
  const altered = alteredValues(difference);
  const removed = removedVariants(difference);
  if (altered.length === 0 && removed.length === 0) return;
  for (const variant of removed) await refuseAsked(tools, tx, { project, key }, variant);
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

/** Throws CONFLICT naming whose audience asks for the flag, or for that variant of it; lets nothing begin to until the transaction ends. */
export async function refuseAsked(
  { flagAskers }: Pick<HolderTools, "flagAskers">,
  tx: Transaction,
  { project, key }: Pick<Flag, "project" | "key">,
  variant?: string,
): Promise<void> {
  await lockFlagUses(tx, project);
  const askers = await flagAskers(tx, project, key);
  const asking = askers.filter(({ variants }) => variant === undefined || variants.includes(variant));
  if (asking.length === 0) return;
  const what = variant === undefined ? "Flag" : `Variant ${quote(variant)} of flag`;
  throw conflict(`${what} ${quote(key)} is used ${joined(asking.map(({ name }) => `by ${name}`))}.`);
}
