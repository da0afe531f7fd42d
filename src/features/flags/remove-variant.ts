/** removeVariant: a value that a flag answers no more. */
import type { Transaction } from "../../platform/database/index.js";
import { conflict, quote } from "../../platform/problems.js";
import type { Caller } from "../permissions/index.js";
import { changeFlag, type FlagRef } from "./change-flag.js";
import { findVariant, type Flag } from "./flag.js";
import { listFlagEnvironments, lockFlagUses } from "./flag-environment.store.js";
import { joined } from "./flag-usage.js";
import { flagUsersOfFlags } from "./flag-usage.store.js";
import type { FlagTools } from "./guard-holders.js";
import { servedVariants } from "./served-variants.js";
import { settingReferences } from "./setting-references.js";

export interface RemoveVariant extends FlagRef {
  /** Key of the variant. */
  readonly variant: string;
}

/** Throws NOT_FOUND, CONFLICT for the last variant and, with the list, for one that is served or asked for somewhere; and like `changeFlag`. */
export async function removeVariant(tools: FlagTools, caller: Caller, input: RemoveVariant): Promise<Flag> {
  return changeFlag(tools, caller, input, "flag.variant_removed", async ({ tx, flag }) => {
    const variant = findVariant(flag, input.variant);
    await refuseServed(tx, flag, variant.key);
    return { variants: flag.variants.filter((known) => known !== variant) };
  });
}

/** Throws CONFLICT when a variant cannot be spared. */
export async function refuseServed(tx: Transaction, flag: Flag, variant: string): Promise<void> {
  if (flag.variants.length === 1) {
    throw conflict(`Variant ${quote(variant)} is the last of flag ${quote(flag.key)}.`);
  }
  await lockFlagUses(tx, flag.project);
  const own = await listFlagEnvironments(tx, flag.project, [flag.key]);
  const places = [
    ...own.flatMap((settings) => servedVariants(settings).get(variant) ?? []),
    ...(await askedFor(tx, flag, variant)),
  ];
  if (places.length === 0) return;
  throw conflict(`Variant ${quote(variant)} of flag ${quote(flag.key)} is used by ${joined(places)}.`);
}

/** Where other flags ask for a variant, as prerequisite or in a condition. */
async function askedFor(tx: Transaction, flag: Flag, variant: string): Promise<string[]> {
  const users = await flagUsersOfFlags(tx, flag.project, [flag.key]);
  const settings = await listFlagEnvironments(tx, flag.project, [...new Set(users.map((user) => user.flag))]);
  return settings
    .filter((user) =>
      settingReferences("", user).some(
        (reference) =>
          reference.kind === "FLAG" && reference.key === flag.key && reference.variants.includes(variant),
      ),
    )
    .map((user) => `flag ${quote(user.flag)} in ${user.environment}`);
}
