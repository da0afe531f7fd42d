/** deleteFlag: a flag goes for good, with its settings everywhere; its key is free again and the ledger keeps its history. */
import { Mistakes, reason as readReason } from "../../platform/input.js";
import { quote } from "../../platform/problems.js";
import { write } from "../ledger/index.js";
import { type Caller, permit } from "../permissions/index.js";
import { findProject, refuseHeld } from "../projects/index.js";
import type { FlagRef } from "./change-flag.js";
import { subjectOf } from "./flag-difference.js";
import { listFlagEnvironments } from "./flag-environment.store.js";
import { deleteFlagRows, lockFlag } from "./flag.store.js";
import { refuseUsed } from "./flag-usage.js";
import { flagUsersOfFlags } from "./flag-usage.store.js";
import { type FlagTools, refuseAsked } from "./guard-holders.js";
import { guardFlagChange } from "./guard-in-use.js";
import { refuseOwned } from "./guard-owned.js";
import { type DeletedFlag, deletionRecord } from "./settings-record.js";

/** Throws CONFLICT with the list of flags that use it, archived ones included, and while something owns one of its rules or has it under way. */
export async function deleteFlag(tools: FlagTools, caller: Caller, input: FlagRef): Promise<DeletedFlag> {
  const project = await findProject(tools, caller, input.project);
  const proof = permit(caller, "flag:delete", { project: project.key });
  const mistakes = new Mistakes();
  const reason = readReason("input.reason", input.reason, mistakes);
  mistakes.throwIfAny();
  return write(tools, proof, async (tx, record) => {
    const flag = await lockFlag(tx, project.key, input.flagKey);
    const { key } = flag;
    await guardFlagChange(tx, caller, "flag:delete", flag, input.expectedVersion);
    refuseUsed(key, await flagUsersOfFlags(tx, project.key, [key]));
    const settings = await listFlagEnvironments(tx, project.key, [key]);
    refuseOwned(flag, settings);
    await refuseHeld(tools, tx, { project: project.key, flag: key }, `Flag ${quote(key)}`);
    await refuseAsked(tools, tx, flag);
    await deleteFlagRows(tx, project.key, key);
    record({
      kind: "flag.deleted",
      ...subjectOf(flag),
      before: deletionRecord({ flag, settings }),
      reason,
    });
    return { flag, settings };
  });
}
