/** killFlag: off everywhere at once, for an emergency: past versions, and in protected environments too. */
import { Mistakes, reason as readReason } from "../../platform/input.js";
import { type LedgerTools, write } from "../ledger/index.js";
import { type Caller, permit } from "../permissions/index.js";
import { findProject } from "../projects/index.js";
import type { FlagRef } from "./change-flag.js";
import { type Flag, refuseArchived } from "./flag.js";
import { subjectOf } from "./flag-difference.js";
import { listFlagEnvironments, saveFlagEnvironment } from "./flag-environment.store.js";
import { lockFlag } from "./flag.store.js";

/** What the ledger keeps of either side of a kill. */
export interface EnabledPart {
  /** Environment key → whether the flag is on there. */
  readonly enabled: Readonly<Record<string, boolean>>;
}

/** One row in the ledger, `enabled`: environment → whether the flag was, and is, enabled there. A flag that is off everywhere is given as it is. */
export async function killFlag(tools: LedgerTools, caller: Caller, input: FlagRef): Promise<Flag> {
  const project = await findProject(tools, caller, input.project);
  const proof = permit(caller, "flag:kill", { project: project.key });
  const mistakes = new Mistakes();
  const reason = readReason("input.reason", input.reason, mistakes);
  mistakes.throwIfAny();
  return write(tools, proof, async (tx, record) => {
    const flag = await lockFlag(tx, project.key, input.flagKey);
    refuseArchived(flag);
    const settings = await listFlagEnvironments(tx, project.key, [flag.key]);
    const enabled = settings.filter((environment) => environment.enabled);
    if (enabled.length === 0) return flag;
    for (const environment of enabled) {
      await saveFlagEnvironment(tx, environment, { ...environment, enabled: false });
    }
    const side = (value: boolean): EnabledPart => ({
      enabled: Object.fromEntries(enabled.map(({ environment }) => [environment, value])),
    });
    record({ kind: "flag.killed", ...subjectOf(flag), before: side(true), after: side(false), reason });
    return flag;
  });
}
