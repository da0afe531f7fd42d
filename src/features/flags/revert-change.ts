/** revertChange: takes one change back, as far as nothing later built on it. */
import { isUuid, Mistakes, reason as readReason } from "../../platform/input.js";
import { badField, notFound } from "../../platform/problems.js";
import { AuditSubject, type Change, findChange, isRevertible, type LedgerTools } from "../ledger/index.js";
import { type Caller, isPermitted, refuseUnready } from "../permissions/index.js";
import type { HolderTools } from "../projects/index.js";
import { revertSegmentChange, type RevertManner, type SegmentTools } from "../segments/index.js";
import { revertFlagChange } from "./revert-flag.js";
import { isKill, revertKill } from "./revert-kill.js";
import { revertSettingsChange } from "./revert-settings.js";

export interface RevertChange {
  readonly changeId: string;
  /** Version of what the change was of: FlagEnvironment.version, Flag.version, Segment.version or Metric.version. */
  readonly expectedVersion?: number | null | undefined;
  readonly reason?: string | null | undefined;
}

/** Takes a change back and gives the id of the change that it recorded. */
type Reverter<Tools> = (
  tools: Tools,
  caller: Caller,
  change: Change,
  manner: RevertManner,
) => Promise<string>;

/** Metrics are of a later room: how their changes are taken back comes through here, supplied by the composition root. */
export interface RevertTools extends SegmentTools, HolderTools {
  readonly revertMetric: Reverter<LedgerTools>;
}

/**
 * Restores what the change altered and nothing else, needs the rights of what it writes, and gives the new change, which can be reverted in
 * turn. Throws NOT_FOUND for a change that the caller may not see, BAD_USER_INPUT for one that cannot be reverted, CONFLICT naming what
 * was altered since, and for a stale version.
 */
export async function revertChange(tools: RevertTools, caller: Caller, input: RevertChange): Promise<Change> {
  const change = await findVisibleChange(tools, caller, input.changeId);
  const mistakes = new Mistakes();
  const reason = readReason("input.reason", input.reason, mistakes);
  mistakes.throwIfAny();
  if (!isRevertible(change)) throw badField("input.changeId", whyNot(change));
  const manner = { reason, expectedVersion: input.expectedVersion };
  const made = await findChange(
    tools.database,
    await reverterOf(tools, change)(tools, caller, change, manner),
  );
  if (made === null) throw new Error("The ledger lacks what was just recorded.");
  return made;
}

function whyNot({ kind, body }: Change): string {
  return body === null
    ? "names a change whose content was erased, so that nobody knows what to go back to."
    : `names a change of the kind ${kind}, which cannot be reverted.`;
}

async function findVisibleChange(tools: SegmentTools, caller: Caller, id: string): Promise<Change> {
  refuseUnready(caller);
  const change = isUuid(id) ? await findChange(tools.database, id) : null;
  const project = change?.project ?? null;
  const isVisible = isPermitted(caller, "audit:read", project === null ? {} : { project });
  if (change === null || !isVisible) throw notFound("Change", id);
  return change;
}

function reverterOf({ revertMetric }: RevertTools, change: Change): Reverter<RevertTools> {
  if (change.subjectType === AuditSubject.METRIC) return revertMetric;
  if (change.subjectType === AuditSubject.SEGMENT) return revertSegmentChange;
  if (change.environment !== null) return revertSettingsChange;
  return isKill(change) ? revertKill : revertFlagChange;
}
