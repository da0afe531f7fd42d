/** What of a flag's shared part stays as it is while something owns one of its rules. */
import type { Transaction } from "../../platform/database/index.js";
import { conflict, quote } from "../../platform/problems.js";
import type { Flag, FlagEnvironment } from "./flag.js";
import { alteredValues, type FlagDifference } from "./flag-difference.js";
import { listFlagEnvironments } from "./flag-environment.store.js";
import { describeOwner, ownedRules } from "./owned-rules.js";
import { variantsOf } from "./served-variants.js";

/**
 * Runs with the flag locked. Throws CONFLICT naming the owner where the change archives a flag that has an owned rule, or alters the value of
 * a variant that one serves.
 */
export async function guardOwners(tx: Transaction, flag: Flag, difference: FlagDifference): Promise<void> {
  const settings = await listFlagEnvironments(tx, flag.project, [flag.key]);
  if (difference.after.archived === true) refuseOwned(flag, settings);
  const altered = alteredValues(difference);
  for (const { rule, owner, environment } of settings.flatMap(ownedIn)) {
    const variant = variantsOf(rule.serve).find((served) => served !== null && altered.includes(served));
    if (variant === undefined) continue;
    const which = `Variant ${quote(variant)} of flag ${quote(flag.key)}`;
    throw conflict(`${which} is served by ${describeOwner(owner)} in ${environment}: its value stays.`);
  }
}

/** Throws CONFLICT naming the owner where one of the flag's rules has one. */
export function refuseOwned(flag: Pick<Flag, "key">, settings: readonly FlagEnvironment[]): void {
  const [owned] = settings.flatMap(ownedIn);
  if (owned === undefined) return;
  const owner = describeOwner(owned.owner);
  throw conflict(`Flag ${quote(flag.key)} is used by ${owner} in ${owned.environment}: end that first.`);
}

function ownedIn(settings: FlagEnvironment) {
  return ownedRules(settings).map((owned) => ({ ...owned, environment: settings.environment }));
}
