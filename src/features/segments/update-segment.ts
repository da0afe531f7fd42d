/** updateSegment: name, description and condition. */
import { description, Mistakes, name, reason } from "../../platform/input.js";
import { AuditSubject, differenceOf, write } from "../ledger/index.js";
import { type Caller, permit } from "../permissions/index.js";
import type { WrittenCondition } from "./condition-input.js";
import { guardUpdate, type SegmentTools } from "./guard-segment.js";
import { type Segment, settingsOf } from "./segment.js";
import { readWhen, saveReferences, takeTurn } from "./segment-condition.js";
import { findSegment, lockSegment } from "./segment.queries.js";
import { saveSegment } from "./segment.store.js";

export interface UpdateSegment {
  readonly segment: string;
  readonly name?: string | null | undefined;
  /** null clears it. */
  readonly description?: string | null | undefined;
  /** null: nobody but the included members. */
  readonly when?: WrittenCondition | null | undefined;
  readonly project?: string | null | undefined;
  readonly expectedVersion?: number | null | undefined;
  readonly reason?: string | null | undefined;
}

/**
 * Throws NOT_FOUND, BAD_USER_INPUT, CONFLICT, PRECONDITION_REQUIRED, and FORBIDDEN naming the environments in use where the caller may not.
 * An update that changes nothing leaves no trace.
 */
export async function updateSegment(
  tools: SegmentTools,
  caller: Caller,
  input: UpdateSegment,
): Promise<Segment> {
  const found = await findSegment(tools, caller, input.project, input.segment);
  const proof = permit(caller, "segment:update", { project: found.project });
  const { why, ...changes } = readInput(input);
  return write(tools, proof, async (tx, record) => {
    await takeTurn(tx, found.project, changes.when ?? null);
    const segment = await lockSegment(tx, found);
    await guardUpdate(tools, tx, caller, segment, input.expectedVersion);
    const difference = differenceOf(settingsOf(segment), { ...settingsOf(segment), ...changes });
    if (difference === null) return segment;
    const { after } = difference;
    const saved = await saveSegment(tx, segment, after);
    if (after.when !== undefined) await saveReferences(tx, segment, after.when);
    record({
      kind: "segment.updated",
      subjectType: AuditSubject.SEGMENT,
      subject: segment.key,
      project: segment.project,
      ...difference,
      reason: why,
    });
    return saved;
  });
}

function readInput(input: UpdateSegment) {
  const mistakes = new Mistakes();
  const read = {
    ...(input.name === undefined ? {} : { name: name("input.name", input.name, mistakes) }),
    ...(input.description === undefined
      ? {}
      : { description: description("input.description", input.description, mistakes) }),
    ...(input.when === undefined ? {} : { when: readWhen("input.when", input.when, mistakes) }),
    why: reason("input.reason", input.reason, mistakes),
  };
  mistakes.throwIfAny();
  return read;
}
