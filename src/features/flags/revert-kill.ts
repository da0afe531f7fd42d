/** Takes back that a flag was switched off everywhere at once. */
import type { Database, Transaction } from "../../platform/database/index.js";
import { quote } from "../../platform/problems.js";
import { type Environment, environmentsOf } from "../environments/index.js";
import { AuditSubject, bodyOf, type Change, checkVersion, type LedgerTools, write } from "../ledger/index.js";
import { type Caller, permit } from "../permissions/index.js";
import { findProject } from "../projects/index.js";
import type { RevertManner } from "../segments/index.js";
import { type FlagEnvironment, refuseArchived } from "./flag.js";
import { lockFlagEnvironment, saveFlagEnvironment } from "./flag-environment.store.js";
import { lockChangedFlag, refuseAltered } from "./guard-revert.js";
import type { EnabledPart } from "./kill-flag.js";

/** Whether the change is a kill, or the revert of one. */
export function isKill(change: Change): boolean {
  const { after } = bodyOf(change);
  return typeof after === "object" && after !== null && "enabled" in after;
}

/**
 * Needs the right to configure the flag in every environment that the kill touched. Throws CONFLICT when it was switched in one of them
 * since; gives the new change's id.
 */
export async function revertKill(
  tools: LedgerTools,
  caller: Caller,
  change: Change,
  { reason, expectedVersion }: RevertManner,
): Promise<string> {
  const { key: project } = await findProject(tools, caller, change.project);
  const { before, after } = bodyOf(change) as { readonly before: EnabledPart; readonly after: EnabledPart };
  let proof = permit(caller, "flag:read", { project });
  const touched = await standingAmong(tools.database, project, before);
  for (const environment of touched) proof = permit(caller, "flag:configure", { project, environment });
  return write(tools, proof, async (tx, record) => {
    const flag = await lockChangedFlag(tx, project, change);
    checkVersion(`Flag ${quote(flag.key)}`, flag.version, expectedVersion);
    refuseArchived(flag);
    const settings: FlagEnvironment[] = [];
    for (const { key } of touched) {
      settings.push(await lockFlagEnvironment(tx, project, flag.key, key));
    }
    const altered = settings.filter(({ environment, enabled }) => enabled !== after.enabled[environment]);
    refuseAltered(
      `Flag ${quote(flag.key)}`,
      altered.map(({ environment }) => `enabled in ${environment}`),
    );
    await saveAll(tx, settings, before);
    return record({
      kind: "flag.reverted",
      subjectType: AuditSubject.FLAG,
      subject: flag.key,
      project,
      before: after,
      after: before,
      reason,
    });
  });
}

/** Environments that were deleted since have nothing to bring back. */
async function standingAmong(
  database: Database,
  project: string,
  { enabled }: EnabledPart,
): Promise<Environment[]> {
  const environments = await environmentsOf(database, project);
  return environments.filter(({ key }) => Object.hasOwn(enabled, key));
}

async function saveAll(
  tx: Transaction,
  settings: readonly FlagEnvironment[],
  { enabled }: EnabledPart,
): Promise<void> {
  for (const current of settings) {
    const next = { ...current, enabled: enabled[current.environment] ?? current.enabled };
    await saveFlagEnvironment(tx, current, next);
  }
}
