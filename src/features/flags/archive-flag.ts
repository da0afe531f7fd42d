/** archiveFlag: a flag that has done its work answers no more, and can come back. */
import type { Transaction } from "../../platform/database/index.js";
import type { Caller } from "../permissions/index.js";
import { changeFlagAs, type FlagRef } from "./change-flag.js";
import type { Flag } from "./flag.js";
import { lockFlagUses } from "./flag-environment.store.js";
import { refuseUsed } from "./flag-usage.js";
import { flagUsersOfFlags } from "./flag-usage.store.js";
import type { FlagTools } from "./guard-holders.js";

/** Throws CONFLICT with the list of flags, archived ones left out, that use it, and while something owns one of its rules or has it under way. An archived flag is given as it is. */
export async function archiveFlag(tools: FlagTools, caller: Caller, input: FlagRef): Promise<Flag> {
  const manner = { action: "flag:archive", kind: "flag.archived" } as const;
  return changeFlagAs(tools, caller, input, manner, async ({ tx, flag }) => {
    await refuseArchiving(tx, flag);
    return { archived: true };
  });
}

/** Throws CONFLICT with the list of flags, archived ones left out, that use the flag. */
export async function refuseArchiving(tx: Transaction, flag: Flag): Promise<void> {
  await lockFlagUses(tx, flag.project);
  const users = await flagUsersOfFlags(tx, flag.project, [flag.key]);
  refuseUsed(
    flag.key,
    users.filter((user) => !user.archived),
  );
}
