/** The one way in which the shared part of a flag changes: every use case that changes it is a few lines on top. */
import type { Transaction } from "../../platform/database/index.js";
import { Mistakes, reason as readReason } from "../../platform/input.js";
import { quote } from "../../platform/problems.js";
import { type ChangeKind, checkVersion, type RecordEntry, write } from "../ledger/index.js";
import { type Action, type Caller, permit } from "../permissions/index.js";
import { findProject, type HolderTools } from "../projects/index.js";
import { type Flag, refuseArchived } from "./flag.js";
import { altersAnswers, flagDifference, subjectOf } from "./flag-difference.js";
import { bumpFlagEnvironments } from "./flag-environment.store.js";
import { lockFlag, saveFlag } from "./flag.store.js";
import { type FlagTools, guardHolders } from "./guard-holders.js";
import { guardFlagChange } from "./guard-in-use.js";
import { guardOwners } from "./guard-owned.js";

/** Which flag an input changes. */
export interface FlagRef {
  readonly flagKey: string;
  /** Absent or null: the caller's own, or `default`. */
  readonly project?: string | null | undefined;
  /** Flag.version that the change builds on; must be given where an environment in use says so. */
  readonly expectedVersion?: number | null | undefined;
  readonly reason?: string | null | undefined;
}

/** What a change is made from. */
export interface FlagScope {
  readonly tx: Transaction;
  readonly flag: Flag;
  readonly mistakes: Mistakes;
}

/** Gives the members that are to be different; mistakes that it adds to the scope refuse the change. */
export type ChangeFlag = (scope: FlagScope) => Partial<Flag> | Promise<Partial<Flag>>;

/**
 * Resolves the place, asks for the right, locks, and stores and records what `change` makes of a flag that is not archived; a change of
 * nothing is neither. Throws NOT_FOUND, FORBIDDEN, BAD_USER_INPUT with every mistake, CONFLICT for an archived flag, a stale version
 * or what an owned rule needs as it is, PRECONDITION_REQUIRED.
 */
export async function changeFlag(
  tools: FlagTools,
  caller: Caller,
  input: FlagRef,
  kind: ChangeKind,
  change: ChangeFlag,
): Promise<Flag> {
  const unarchived: ChangeFlag = (scope) => {
    refuseArchived(scope.flag);
    return change(scope);
  };
  return changeFlagAs(tools, caller, input, { kind, action: "flag:update" }, unarchived);
}

/** How a change is permitted and recorded. */
export interface ChangeManner {
  readonly action: Action;
  readonly kind: ChangeKind;
}

/** Like `changeFlag`, for archived flags too and with any right. */
export async function changeFlagAs(
  tools: FlagTools,
  caller: Caller,
  input: FlagRef,
  manner: ChangeManner,
  change: ChangeFlag,
): Promise<Flag> {
  const project = await findProject(tools, caller, input.project);
  const proof = permit(caller, manner.action, { project: project.key });
  return write(tools, proof, async (tx, record) => {
    const flag = await lockFlag(tx, project.key, input.flagKey);
    checkVersion(`Flag ${quote(flag.key)}`, flag.version, input.expectedVersion);
    const mistakes = new Mistakes();
    const reason = readReason("input.reason", input.reason, mistakes);
    const next = { ...flag, ...(await change({ tx, flag, mistakes })) };
    mistakes.throwIfAny();
    const { expectedVersion } = input;
    return saveChange(tools, tx, record, { caller, flag, next, expectedVersion, reason, ...manner });
  });
}

/** A change of a locked flag that is ready to be stored. */
export interface FlagChange extends ChangeManner {
  readonly caller: Caller;
  readonly flag: Flag;
  readonly next: Flag;
  readonly expectedVersion: number | null | undefined;
  readonly reason: string | null;
}

/** Stores and records a change, and raises the version in all environments when it can alter answers; then it needs the rights there. Throws CONFLICT for what something under way needs as it is. */
export async function saveChange(
  tools: HolderTools,
  tx: Transaction,
  record: RecordEntry,
  { caller, flag, next, action, kind, expectedVersion, reason }: FlagChange,
): Promise<Flag> {
  const difference = flagDifference(flag, next);
  if (difference === null) return flag;
  const { project, key } = flag;
  if (altersAnswers(difference)) {
    await guardFlagChange(tx, caller, action, flag, expectedVersion);
    await guardOwners(tx, flag, difference);
    await bumpFlagEnvironments(tx, project, key);
  }
  await guardHolders(tools, tx, flag, difference);
  record({ kind, ...subjectOf(flag), ...difference, reason });
  return saveFlag(tx, next);
}
