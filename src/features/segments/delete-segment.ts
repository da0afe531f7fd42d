/** deleteSegment: a segment that nothing names any more. */
import type { Transaction } from "../../platform/database/index.js";
import { Mistakes, reason } from "../../platform/input.js";
import { AuditSubject, checkVersion, write } from "../ledger/index.js";
import { type Caller, permit } from "../permissions/index.js";
import { refuseUsed, type SegmentTools } from "./guard-segment.js";
import { countMembers, readMembers } from "./member.store.js";
import { maxMembersPerCall, type Members, type Segment, settingsOf } from "./segment.js";
import { findSegment, lockSegment } from "./segment.queries.js";
import { removeSegment } from "./segment.store.js";

export interface SegmentRef {
  readonly segment: string;
  readonly project?: string | null | undefined;
  readonly expectedVersion?: number | null | undefined;
  readonly reason?: string | null | undefined;
}

/** Gives the segment as it was. Throws NOT_FOUND, FORBIDDEN, and CONFLICT for a stale version and where something names it, with the list of users. */
export async function deleteSegment(
  tools: SegmentTools,
  caller: Caller,
  input: SegmentRef,
): Promise<Segment> {
  const found = await findSegment(tools, caller, input.project, input.segment);
  const proof = permit(caller, "segment:delete", { project: found.project });
  const mistakes = new Mistakes();
  const why = reason("input.reason", input.reason, mistakes);
  mistakes.throwIfAny();
  return write(tools, proof, async (tx, record) => {
    const segment = await lockSegment(tx, found);
    checkVersion("Segment", segment.version, input.expectedVersion);
    await refuseUsed(tools, tx, segment);
    const { createdAt, updatedAt } = segment;
    const before = { ...(await portraitOf(tx, segment)), createdAt, updatedAt };
    await removeSegment(tx, segment);
    record({
      kind: "segment.deleted",
      subjectType: AuditSubject.SEGMENT,
      subject: segment.key,
      project: segment.project,
      before,
      reason: why,
    });
    return segment;
  });
}

/** A segment as the ledger keeps it. Lists longer than one call may name are kept as their lengths alone: the ledger is no place for a million members. */
export type Portrait = Pick<Segment, "id" | "key" | "name" | "description" | "when" | "version"> &
  (Members | { readonly includedCount: number; readonly excludedCount: number });

/** A segment as the ledger keeps it where it is deleted, with its moments as JSON has them. */
export type DeletedPortrait = Portrait & { readonly createdAt?: string; readonly updatedAt?: string };

export async function portraitOf(tx: Transaction, segment: Segment): Promise<Portrait> {
  const { id, project, key, version } = segment;
  const [included, excluded] = [
    { project, key, list: "INCLUDED" } as const,
    { project, key, list: "EXCLUDED" } as const,
  ];
  const includedCount = await countMembers(tx, included);
  const excludedCount = await countMembers(tx, excluded);
  const known = { id, key, ...settingsOf(segment), version };
  if (Math.max(includedCount, excludedCount) > maxMembersPerCall) {
    return { ...known, includedCount, excludedCount };
  }
  return {
    ...known,
    included: await readMembers(tx, included, includedCount),
    excluded: await readMembers(tx, excluded, excludedCount),
  };
}
