/** The guard of project-wide changes: they need the right, and the version, that the strictest environment in use asks for. */
import type { Transaction } from "../../platform/database/index.js";
import { forbidden, quote } from "../../platform/problems.js";
import { type Environment, environmentsOf } from "../environments/index.js";
import { checkVersion } from "../ledger/index.js";
import { type Action, type Caller, environmentsRefused, ruleOf } from "../permissions/index.js";
import type { Flag } from "./flag.js";
import { joined } from "./flag-usage.js";
import { type FlagUser, flagUsersOfSegments } from "./flag-usage.store.js";
import { environmentKeysInUse, environmentKeysOfEnabled, type SharedSubject } from "./in-use.store.js";

/** The environments in which a change of the flag or segment can alter answers, in the order of display. */
export async function environmentsInUse(
  tx: Transaction,
  project: string,
  subject: SharedSubject,
): Promise<readonly Environment[]> {
  const keys = await environmentKeysInUse(tx, project, subject);
  if (keys.length === 0) return [];
  return (await environmentsOf(tx, project)).filter(({ key }) => keys.includes(key));
}

/**
 * Lets a change of a flag that can alter answers pass. Throws FORBIDDEN naming the environments in use where the caller may not do `action`,
 * STEP_UP_REQUIRED where a fresh second factor is all that is missing, CONFLICT for a stale version, PRECONDITION_REQUIRED where one of them demands expectedVersion and there is none.
 */
export async function guardFlagChange(
  tx: Transaction,
  caller: Caller,
  action: Action,
  flag: Flag,
  expectedVersion: number | null | undefined,
): Promise<void> {
  const { project, key } = flag;
  const name = `Flag ${quote(key)}`;
  const environments = await environmentsInUse(tx, project, { flag: key });
  const refused = environmentsRefused(caller, action, project, environments);
  if (refused.length > 0) {
    const { role, protectedRole = role } = ruleOf(action);
    const places = joined(refused);
    throw forbidden(
      `${action} needs the role ${protectedRole}, because flag ${quote(key)} is in use in ${places}.`,
    );
  }
  const required = environments.some((environment) => environment.requireExpectedVersion);
  checkVersion(name, flag.version, expectedVersion, required);
}

/** For the room of segments: the flags, archived ones too, whose rules name the segment; by flag and environment. */
export async function flagUsersOfSegment(
  tx: Transaction,
  project: string,
  segment: string,
): Promise<readonly FlagUser[]> {
  return flagUsersOfSegments(tx, project, [segment]);
}

/** For the room of segments: the environments where an enabled flag depends on the segment, directly or through others. */
export async function environmentsUsingSegment(
  tx: Transaction,
  project: string,
  segment: string,
): Promise<readonly Environment[]> {
  return environmentsInUse(tx, project, { segment });
}

/** For the room of projects: whether any flag is in use in an environment that demands expectedVersion. */
export async function demandsVersion(tx: Transaction, project: string): Promise<boolean> {
  const keys = await environmentKeysOfEnabled(tx, project);
  const environments = await environmentsOf(tx, project);
  return environments.some(({ key, requireExpectedVersion }) => requireExpectedVersion && keys.includes(key));
}
