/** How what was found out about variants ends: one of them becomes what a flag serves in an environment. */
import type { Transaction } from "../../platform/database/index.js";
import { conflict, quote } from "../../platform/problems.js";
import type { RecordEntry } from "../ledger/index.js";
import { nameOf } from "./change-flag-environment.js";
import { type FlagEnvironment, refuseArchived } from "./flag.js";
import { lockFlagEnvironment, saveFlagEnvironment } from "./flag-environment.store.js";
import { lockFlag } from "./flag.store.js";
import type { RulePlace } from "./set-owned-rule.js";
import { settingsDifference } from "./settings-difference.js";

/**
 * Makes a variant the fallthrough of a flag as part of a larger `write` whose permit covers it; gives the settings, as they are where that
 * changes nothing. It locks the flag and its settings and records `flag.fallthrough_set`. Throws NOT_FOUND for the flag, and CONFLICT for an archived
 * one and for a variant that it does not have.
 */
export async function serveToAll(
  tx: Transaction,
  record: RecordEntry,
  place: RulePlace,
  variant: string,
  reason?: string | null,
): Promise<FlagEnvironment> {
  const { project, environment } = place;
  const flag = await lockFlag(tx, project, place.flag);
  refuseArchived(flag);
  const current = await lockFlagEnvironment(tx, project, flag.key, environment);
  if (!flag.variants.some(({ key }) => key === variant)) {
    throw conflict(`${nameOf(current)} has no variant ${quote(variant)}.`);
  }
  const next = { ...current, fallthrough: { variant } };
  const difference = settingsDifference(current, next);
  if (difference === null) return current;
  const subject = { subjectType: "FLAG", subject: flag.key, project, environment } as const;
  record({ kind: "flag.fallthrough_set", ...subject, ...difference, reason });
  return saveFlagEnvironment(tx, current, next);
}
