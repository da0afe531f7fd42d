/** The one way in which people change a guarded rollout: every use case that does is a few lines on top. */
import type { Transaction } from "../../platform/database/index.js";
import { Mistakes, reason as readReason } from "../../platform/input.js";
import { notFound, nullIfNotFound } from "../../platform/problems.js";
import { type Environment, findEnvironment } from "../environments/index.js";
import { lockFlag, lockFlagEnvironment } from "../flags/index.js";
import {
  AuditSubject,
  type ChangeKind,
  checkVersion,
  type LedgerTools,
  type RecordEntry,
  write,
} from "../ledger/index.js";
import { type Action, type Caller, permit } from "../permissions/index.js";
import { type GuardedRollout, nameOf } from "./rollout.js";
import { findRollout } from "./rollout.queries.js";
import { holdRollout } from "./rollout.store.js";

export interface RolloutTools extends LedgerTools {
  /** Epoch milliseconds. */
  readonly now: () => number;
}

export interface RolloutRef {
  readonly id: string;
  /** GuardedRollout.version that the change builds on; must be given where the environment says so. */
  readonly expectedVersion?: number | null | undefined;
  readonly reason?: string | null | undefined;
}

/** What a change is made from: the rollout as it is, while nothing else changes it. */
export interface RolloutScope {
  readonly tx: Transaction;
  readonly record: RecordEntry;
  readonly rollout: GuardedRollout;
  readonly now: Date;
  readonly reason: string | null;
}

/** What people may do to a rollout. */
interface Deed {
  readonly action: Extract<Action, "rollout:run" | "rollout:approve">;
  /** Whether it may leave out expectedVersion where the environment demands it, as what is done in a hurry may. */
  readonly urgent?: true;
  readonly change: (scope: RolloutScope, environment: Environment) => Promise<GuardedRollout>;
}

/**
 * Finds the rollout, asks for the right in its environment, holds it and does what `change` does. Throws NOT_FOUND, FORBIDDEN, BAD_USER_INPUT,
 * CONFLICT for a stale version, PRECONDITION_REQUIRED.
 */
export async function changeRollout(
  tools: RolloutTools,
  caller: Caller,
  input: RolloutRef,
  { action, urgent, change }: Deed,
): Promise<GuardedRollout> {
  const found = await findRollout(tools, caller, input.id);
  const { project } = found;
  const environment = await findEnvironment(tools, caller, project, found.environment);
  const proof = permit(caller, action, { project, environment });
  const mistakes = new Mistakes();
  const reason = readReason("input.reason", input.reason, mistakes);
  mistakes.throwIfAny();
  return write(tools, proof, async (tx, record) => {
    const rollout = await hold(tx, found);
    if (rollout === null) throw notFound("Guarded rollout", input.id);
    const isVersionRequired = environment.requireExpectedVersion && urgent !== true;
    checkVersion(nameOf(rollout), rollout.version, input.expectedVersion, isVersionRequired);
    return change({ tx, record, rollout, now: new Date(tools.now()), reason }, environment);
  });
}

/**
 * The rollout as it is, while nothing else changes it, its flag or that flag's settings; null when it is gone. Locked in the order in which all
 * changes of flags lock, so that nobody waits in a circle.
 */
export async function hold(tx: Transaction, found: GuardedRollout): Promise<GuardedRollout | null> {
  const { id, project, flag, environment } = found;
  const lock = async () => {
    await lockFlag(tx, project, flag);
    return lockFlagEnvironment(tx, project, flag, environment);
  };
  return (await nullIfNotFound(lock())) === null ? null : holdRollout(tx, id);
}

/** Records what happens to the rollout among the changes of its flag; to be called before anything else is recorded. */
export function recordCourse(
  { record, rollout, reason }: RolloutScope,
  kind: ChangeKind,
  before: Partial<GuardedRollout>,
  after: Partial<GuardedRollout>,
): void {
  const { id, key, flag: subject, project, environment } = rollout;
  const about = { subjectType: AuditSubject.FLAG, subject, project, environment } as const;
  record({ kind, ...about, before: { id, key, ...before }, after: { id, key, ...after }, reason });
}
