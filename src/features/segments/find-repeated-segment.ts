/** What a repeated change of a segment is answered: the segment as it is now, or as it was when it was deleted. */
import type { Database } from "../../platform/database/index.js";
import { asDeleted, type Repetition, sameOrGone } from "../ledger/index.js";
import { type Caller, permit } from "../permissions/index.js";
import type { Segment } from "./segment.js";
import { findSegment } from "./segment.queries.js";

/** Throws NOT_FOUND and FORBIDDEN. */
export async function findRepeatedSegment(
  tools: { readonly database: Database },
  caller: Caller,
  repetition: Repetition,
): Promise<Segment> {
  const { change, input } = repetition;
  if (change?.kind === "segment.deleted") {
    permit(caller, "segment:read", { project: change.project ?? "" });
    return asDeleted(change) as Segment;
  }
  const project = change?.project ?? input.project;
  return sameOrGone(repetition, findSegment(tools, caller, project, change?.subject ?? input.segment ?? ""));
}
