/** createSegment: a new segment with its first members and its condition. */
import { isUniqueViolation, type Transaction } from "../../platform/database/index.js";
import { description, key as readKey, Mistakes, nameOrKey, reason, strings } from "../../platform/input.js";
import { alreadyExists } from "../../platform/problems.js";
import { AuditSubject, type LedgerTools, write } from "../ledger/index.js";
import { type Caller, permit } from "../permissions/index.js";
import { findProject } from "../projects/index.js";
import type { WrittenCondition } from "./condition-input.js";
import { addMembers } from "./member.store.js";
import {
  maxMemberLength,
  maxMembersPerCall,
  type Members,
  type Segment,
  type SegmentName,
  settingsOf,
} from "./segment.js";
import { readWhen, saveReferences, takeTurn } from "./segment-condition.js";
import { insertSegment } from "./segment.store.js";

export interface CreateSegment {
  readonly key: string;
  readonly name?: string | null | undefined;
  readonly description?: string | null | undefined;
  /** Targeting keys, at most 5 000. */
  readonly included?: readonly string[] | null | undefined;
  /** Targeting keys, at most 5 000. */
  readonly excluded?: readonly string[] | null | undefined;
  readonly when?: WrittenCondition | null | undefined;
  readonly project?: string | null | undefined;
  readonly reason?: string | null | undefined;
}

/** Throws NOT_FOUND, FORBIDDEN, BAD_USER_INPUT, and ALREADY_EXISTS for a key that is taken in whatever case. */
export async function createSegment(
  tools: LedgerTools,
  caller: Caller,
  input: CreateSegment,
): Promise<Segment> {
  const { key: project } = await findProject(tools, caller, input.project);
  const proof = permit(caller, "segment:create", { project });
  const { why, members, ...draft } = readInput(input);
  try {
    return await write(tools, proof, async (tx, record) => {
      await takeTurn(tx, project, draft.when);
      const segment = await insertSegment(tx, { ...draft, project });
      await saveReferences(tx, segment, draft.when);
      await fillLists(tx, segment, members);
      record({
        kind: "segment.created",
        subjectType: AuditSubject.SEGMENT,
        subject: segment.key,
        project,
        after: { id: segment.id, key: segment.key, ...settingsOf(segment), ...members },
        reason: why,
      });
      return segment;
    });
  } catch (error) {
    if (isUniqueViolation(error)) throw alreadyExists("Segment", draft.key);
    throw error;
  }
}

/** Adds members to both lists of a segment that has none yet. */
export async function fillLists(
  tx: Transaction,
  { project, key }: SegmentName,
  { included, excluded }: Members,
): Promise<void> {
  await addMembers(tx, { project, key, list: "INCLUDED" }, included);
  await addMembers(tx, { project, key, list: "EXCLUDED" }, excluded);
}

function readInput(input: CreateSegment) {
  const mistakes = new Mistakes();
  const key = readKey("input.key", input.key, mistakes);
  const read = {
    key,
    name: nameOrKey("input.name", input.name, key, mistakes),
    description: description("input.description", input.description, mistakes),
    when: readWhen("input.when", input.when, mistakes),
    members: {
      included: readMemberList("input.included", input.included, mistakes),
      excluded: readMemberList("input.excluded", input.excluded, mistakes),
    },
    why: reason("input.reason", input.reason, mistakes),
  };
  mistakes.throwIfAny();
  return read;
}

/** Targeting keys, each once; none when absent. */
export function readMemberList(
  path: string,
  input: readonly string[] | null | undefined,
  mistakes: Mistakes,
): readonly string[] {
  const limits = { max: maxMembersPerCall, text: maxMemberLength };
  return [...new Set(strings(path, input ?? [], mistakes, limits))];
}
