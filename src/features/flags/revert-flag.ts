/** Takes back a change of a flag's shared part: its description, its variants, or that it was archived or restored. */
import { isForeignKeyViolation, isUniqueViolation, type Transaction } from "../../platform/database/index.js";
import { Mistakes } from "../../platform/input.js";
import { conflict, quote } from "../../platform/problems.js";
import { bodyOf, type Change, checkVersion, write } from "../ledger/index.js";
import { type Caller, permit } from "../permissions/index.js";
import { findProject } from "../projects/index.js";
import type { RevertManner } from "../segments/index.js";
import { refuseArchiving } from "./archive-flag.js";
import { saveChange } from "./change-flag.js";
import { type Flag, refuseArchived } from "./flag.js";
import { type FlagDifference, revertFlag } from "./flag-difference.js";
import { readerOf } from "./flag-values.js";
import type { FlagTools } from "./guard-holders.js";
import { lockChangedFlag, refuseAltered } from "./guard-revert.js";
import { refuseServed } from "./remove-variant.js";
import { refuseRestoring } from "./restore-flag.js";

/**
 * Throws CONFLICT when what it altered was altered since, when a variant that would go is used, and when what would come back does not fit any
 * more; gives the new change's id.
 */
export async function revertFlagChange(
  tools: FlagTools,
  caller: Caller,
  change: Change,
  { reason, expectedVersion }: RevertManner,
): Promise<string> {
  const difference = bodyOf(change) as FlagDifference;
  const action = "archived" in difference.after ? "flag:archive" : "flag:update";
  const { key: project } = await findProject(tools, caller, change.project);
  const proof = permit(caller, action, { project });
  try {
    return await write(tools, proof, async (tx, record) => {
      const flag = await lockChangedFlag(tx, project, change);
      checkVersion(`Flag ${quote(flag.key)}`, flag.version, expectedVersion);
      if (action === "flag:update") refuseArchived(flag);
      const { flag: next, conflicts } = revertFlag(flag, difference);
      refuseAltered(`Flag ${quote(flag.key)}`, conflicts);
      await refuseUnfit(tx, flag, next);
      let id = "";
      const recordOnce: typeof record = (entry) => (id = record(entry));
      const manner = { action, kind: "flag.reverted", expectedVersion: flag.version, reason } as const;
      await saveChange(tools, tx, recordOnce, { caller, flag, next, ...manner });
      return id;
    });
  } catch (error) {
    if (!isForeignKeyViolation(error) && !isUniqueViolation(error)) throw error;
    throw conflict(
      `Flag ${quote(change.subject)} cannot go back: its former owner or a variant's key is gone or taken.`,
    );
  }
}

async function refuseUnfit(tx: Transaction, flag: Flag, next: Flag): Promise<void> {
  for (const { key } of flag.variants) {
    if (!next.variants.some((variant) => variant.key === key)) await refuseServed(tx, flag, key);
  }
  if (next.archived && !flag.archived) await refuseArchiving(tx, flag);
  if (!next.archived && flag.archived) await refuseRestoring(tx, flag);
  refuseValues(next);
}

/** Values and schema may have gone different ways since. */
function refuseValues(next: Flag): void {
  const read = readerOf(next);
  const unfit = next.variants.filter(({ value }) => {
    const mistakes = new Mistakes();
    read("", value, mistakes);
    return !mistakes.isEmpty;
  });
  if (unfit.length === 0) return;
  const keys = unfit.map(({ key }) => quote(key)).join(", ");
  throw conflict(`Flag ${quote(next.key)} cannot go back: its schema would refuse ${keys}.`);
}
