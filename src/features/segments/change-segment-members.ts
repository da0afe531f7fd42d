/** changeSegmentMembers: some members onto one of a segment's lists, some off it, without touching the rest. */
import { Mistakes, reason } from "../../platform/input.js";
import { quote } from "../../platform/problems.js";
import { AuditSubject, write } from "../ledger/index.js";
import { type Caller, permit } from "../permissions/index.js";
import { readMemberList } from "./create-segment.js";
import { guardUpdate, type SegmentTools } from "./guard-segment.js";
import { addMembers, removeMembers } from "./member.store.js";
import { maxMembersPerCall, type Segment, SegmentList } from "./segment.js";
import { findSegment, lockSegment } from "./segment.queries.js";
import { saveSegment } from "./segment.store.js";

export interface ChangeSegmentMembers {
  readonly segment: string;
  /** INCLUDED when absent. */
  readonly list?: SegmentList | null | undefined;
  /** Targeting keys; with `remove` at most 5 000. */
  readonly add?: readonly string[] | null | undefined;
  readonly remove?: readonly string[] | null | undefined;
  readonly project?: string | null | undefined;
  readonly expectedVersion?: number | null | undefined;
  readonly reason?: string | null | undefined;
}

/** One side of a change of members, as the ledger keeps it: only what was really removed (before) or added (after). */
export interface MembersPart {
  readonly list: SegmentList;
  readonly members: readonly string[];
}

/**
 * Throws NOT_FOUND, BAD_USER_INPUT, CONFLICT, PRECONDITION_REQUIRED, and FORBIDDEN naming the environments in use where the caller may not.
 * A call that adds and removes nobody leaves no trace.
 */
export async function changeSegmentMembers(
  tools: SegmentTools,
  caller: Caller,
  input: ChangeSegmentMembers,
): Promise<Segment> {
  const found = await findSegment(tools, caller, input.project, input.segment);
  const proof = permit(caller, "segment:update", { project: found.project });
  const { list, add, remove, why } = readInput(input);
  return write(tools, proof, async (tx, record) => {
    const segment = await lockSegment(tx, found);
    await guardUpdate(tools, tx, caller, segment, input.expectedVersion);
    const { project, key } = segment;
    const removed = await removeMembers(tx, { project, key, list }, remove);
    const added = await addMembers(tx, { project, key, list }, add);
    if (added.length === 0 && removed.length === 0) return segment;
    const saved = await saveSegment(tx, segment, {});
    record({
      kind: "segment.members_changed",
      subjectType: AuditSubject.SEGMENT,
      subject: key,
      project,
      before: { list, members: removed } satisfies MembersPart,
      after: { list, members: added } satisfies MembersPart,
      reason: why,
    });
    return saved;
  });
}

function readInput(input: ChangeSegmentMembers) {
  const mistakes = new Mistakes();
  const add = readMemberList("input.add", input.add, mistakes);
  const remove = readMemberList("input.remove", input.remove, mistakes);
  const why = reason("input.reason", input.reason, mistakes);
  const total = add.length + remove.length;
  if (total > maxMembersPerCall) {
    mistakes.add("input", `must add and remove at most ${maxMembersPerCall} members a call, got ${total}.`);
  }
  const added = new Set(add);
  const both = remove.find((member) => added.has(member));
  if (both !== undefined) {
    mistakes.add("input.remove", `must not name what is added too, got ${quote(both)}.`);
  }
  mistakes.throwIfAny();
  return { list: input.list ?? SegmentList.INCLUDED, add, remove, why };
}
