/** The one way in which settings of a flag in an environment change: every use case that changes them is a few lines on top. */
import type { Transaction } from "../../platform/database/index.js";
import { Mistakes, reason as readReason } from "../../platform/input.js";
import { quote } from "../../platform/problems.js";
import { type Environment, findEnvironment } from "../environments/index.js";
import { type ChangeKind, checkVersion, type LedgerTools, write } from "../ledger/index.js";
import { type Caller, permit } from "../permissions/index.js";
import { checkReferences } from "./check-references.js";
import { type Flag, type FlagEnvironment, refuseArchived } from "./flag.js";
import { lockFlagEnvironment, saveFlagEnvironment } from "./flag-environment.store.js";
import { lockFlag } from "./flag.store.js";
import { type Settings, settingsDifference } from "./settings-difference.js";
import type { SettingsReading } from "./settings-reading.js";

/** Which settings an input changes. */
export interface FlagEnvironmentRef {
  readonly flagKey: string;
  readonly environment: string;
  /** Absent or null: the caller's own, or `default`. */
  readonly project?: string | null | undefined;
  /** FlagEnvironment.version that the change builds on; must be given where the environment says so. */
  readonly expectedVersion?: number | null | undefined;
  readonly reason?: string | null | undefined;
}

/** What a change is made from. */
export interface SettingsScope extends SettingsReading {
  readonly flag: Flag;
  readonly current: FlagEnvironment;
  readonly tx: Transaction;
}

/** Gives the members that are to be different; adds mistakes and references to the scope, which decides whether they count. */
export type ChangeSettings = (scope: SettingsScope) => Partial<Settings> | Promise<Partial<Settings>>;

/** Whether a change may leave out expectedVersion where the environment demands it. */
export type VersionRule = "AS_ENVIRONMENT" | "OPTIONAL";

/**
 * Resolves the place, asks for the right, locks, and stores and records what `change` makes of the settings; a change of nothing is neither.
 * Throws NOT_FOUND, FORBIDDEN, BAD_USER_INPUT with every mistake, CONFLICT for an archived flag or a stale version, PRECONDITION_REQUIRED.
 */
export async function changeFlagEnvironment(
  tools: LedgerTools,
  caller: Caller,
  input: FlagEnvironmentRef,
  kind: ChangeKind,
  change: ChangeSettings,
  versionRule: VersionRule = "AS_ENVIRONMENT",
): Promise<FlagEnvironment> {
  const environment = await findEnvironment(tools, caller, input.project, input.environment);
  const place = { project: environment.project, environment: environment.key };
  const proof = permit(caller, "flag:configure", { project: environment.project, environment });
  return write(tools, proof, async (tx, record) => {
    const flag = await lockFlag(tx, place.project, input.flagKey);
    refuseArchived(flag);
    const current = await lockFlagEnvironment(tx, place.project, flag.key, place.environment);
    checkVersion(
      nameOf(current),
      current.version,
      input.expectedVersion,
      isRequired(environment, versionRule),
    );
    const scope = { tx, flag, current, mistakes: new Mistakes(), references: [] };
    const reason = readReason("input.reason", input.reason, scope.mistakes);
    const next = { ...current, ...(await change(scope)) };
    await checkReferences(tx, current, scope.references, scope.mistakes);
    scope.mistakes.throwIfAny();
    const difference = settingsDifference(current, next);
    if (difference === null) return current;
    record({ kind, subjectType: "FLAG", subject: flag.key, ...place, ...difference, reason });
    return saveFlagEnvironment(tx, current, next);
  });
}

/** Settings as messages call them: `Flag "new-checkout" in production`. */
export function nameOf({ flag, environment }: Pick<FlagEnvironment, "flag" | "environment">): string {
  return `Flag ${quote(flag)} in ${environment}`;
}

function isRequired(environment: Environment, rule: VersionRule): boolean {
  return rule === "AS_ENVIRONMENT" && environment.requireExpectedVersion;
}
