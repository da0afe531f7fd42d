/** Takes back a change of a flag's settings in one environment. */
import type { Transaction } from "../../platform/database/index.js";
import { conflict, quote } from "../../platform/problems.js";
import { findEnvironment } from "../environments/index.js";
import { AuditSubject, bodyOf, type Change, checkVersion, type LedgerTools, write } from "../ledger/index.js";
import { type Caller, permit } from "../permissions/index.js";
import type { RevertManner } from "../segments/index.js";
import { nameOf } from "./change-flag-environment.js";
import { brokenReferences } from "./check-references.js";
import { type Flag, type FlagEnvironment, refuseArchived } from "./flag.js";
import { lockFlagEnvironment, saveFlagEnvironment } from "./flag-environment.store.js";
import { lockChangedFlag, refuseAltered } from "./guard-revert.js";
import { servedVariants } from "./served-variants.js";
import { settingReferences } from "./setting-references.js";
import { revertSettings, type SettingsDifference, settingsDifference } from "./settings-difference.js";

/** Throws CONFLICT when what it altered was altered since, or when what it would bring back no longer exists; gives the new change's id. */
export async function revertSettingsChange(
  tools: LedgerTools,
  caller: Caller,
  change: Change,
  { reason, expectedVersion }: RevertManner,
): Promise<string> {
  const environment = await findEnvironment(tools, caller, change.project, change.environment ?? "");
  const place = { project: environment.project, environment: environment.key };
  const proof = permit(caller, "flag:configure", { project: environment.project, environment });
  return write(tools, proof, async (tx, record) => {
    const flag = await lockChangedFlag(tx, place.project, change);
    refuseArchived(flag);
    const current = await lockFlagEnvironment(tx, place.project, flag.key, place.environment);
    checkVersion(nameOf(current), current.version, expectedVersion);
    const { settings, conflicts } = revertSettings(current, bodyOf(change) as SettingsDifference);
    refuseAltered(nameOf(current), conflicts);
    const next = { ...current, ...settings };
    await refuseBroken(tx, flag, next);
    await saveFlagEnvironment(tx, current, next);
    return record({
      kind: "flag.reverted",
      subjectType: AuditSubject.FLAG,
      subject: flag.key,
      ...place,
      ...settingsDifference(current, next),
      reason,
    });
  });
}

async function refuseBroken(tx: Transaction, flag: Flag, next: FlagEnvironment): Promise<void> {
  const lost = [...servedVariants(next).keys()].filter(
    (served) => !flag.variants.some(({ key }) => key === served),
  );
  if (lost.length > 0) {
    throw conflict(`Flag ${quote(flag.key)} no longer has ${lost.map((key) => quote(key)).join(", ")}.`);
  }
  const [broken] = await brokenReferences(tx, next, settingReferences("before", next));
  if (broken !== undefined) {
    throw conflict(`${nameOf(next)} cannot go back: ${broken.path} ${broken.message}`);
  }
}
