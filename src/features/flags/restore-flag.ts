/** restoreFlag: an archived flag answers again, as it did when it was archived. */
import type { Transaction } from "../../platform/database/index.js";
import { conflict, quote } from "../../platform/problems.js";
import type { Caller } from "../permissions/index.js";
import { changeFlagAs, type FlagRef } from "./change-flag.js";
import type { Flag } from "./flag.js";
import { listFlagEnvironments, lockFlagUses } from "./flag-environment.store.js";
import { findFlags } from "./flag.store.js";
import { joined } from "./flag-usage.js";
import type { FlagTools } from "./guard-holders.js";
import { referencesOfSettings } from "./setting-references.js";

/** Throws CONFLICT with the list of archived flags that it uses: they come first. A flag that is not archived is given as it is. */
export async function restoreFlag(tools: FlagTools, caller: Caller, input: FlagRef): Promise<Flag> {
  const manner = { action: "flag:archive", kind: "flag.restored" } as const;
  return changeFlagAs(tools, caller, input, manner, async ({ tx, flag }) => {
    await refuseRestoring(tx, flag);
    return { archived: false };
  });
}

/** Throws CONFLICT with the list of archived flags that the flag uses. */
export async function refuseRestoring(tx: Transaction, flag: Flag): Promise<void> {
  await lockFlagUses(tx, flag.project);
  const settings = await listFlagEnvironments(tx, flag.project, [flag.key]);
  const keys = new Set(settings.flatMap((environment) => referencesOfSettings(environment).flags));
  const archived = (await findFlags(tx, flag.project, [...keys])).filter((used) => used.archived);
  if (archived.length === 0) return;
  const names = joined(archived.map(({ key }) => quote(key)));
  throw conflict(`Flag ${quote(flag.key)} uses archived flags: restore ${names} first.`);
}
