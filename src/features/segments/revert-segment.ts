/** Takes one change of a segment back, as far as nothing later built on it. */
import { isUniqueViolation, type Transaction } from "../../platform/database/index.js";
import { conflict, notFound, quote } from "../../platform/problems.js";
import {
  AuditSubject,
  bodyOf,
  canonicalJson,
  type Change,
  checkVersion,
  type Entry,
  type RecordEntry,
  write,
} from "../ledger/index.js";
import { type Caller, permit } from "../permissions/index.js";
import type { MembersPart } from "./change-segment-members.js";
import { fillLists } from "./create-segment.js";
import { type DeletedPortrait, type Portrait, portraitOf } from "./delete-segment.js";
import { permitWhereInUse, refuseUsed, type SegmentTools } from "./guard-segment.js";
import { addMembers, countPresent, removeMembers } from "./member.store.js";
import { type Segment, type SegmentName, type SegmentSettings, settingsOf } from "./segment.js";
import { brokenReferences, saveReferences, takeTurn } from "./segment-condition.js";
import { lockSegment } from "./segment.queries.js";
import { insertSegment, removeSegment, saveSegment } from "./segment.store.js";

/** What a revert is asked with. */
export interface RevertManner {
  readonly reason: string | null;
  /** Version of what is taken back that the revert builds on. */
  readonly expectedVersion: number | null | undefined;
}

/** One revert: what is to be taken back, and where. */
interface Revert extends SegmentName {
  readonly tools: SegmentTools;
  readonly tx: Transaction;
  readonly caller: Caller;
  readonly expectedVersion: number | null | undefined;
}

type Sides = Pick<Entry, "before" | "after">;

/**
 * Undoes a creation, deletion, update or change of members, or an earlier revert, and gives the id of the change that it records. What the
 * change did not touch stays. Needs the rights of what it writes; throws NOT_FOUND, FORBIDDEN, and CONFLICT where something later builds on the change.
 */
export async function revertSegmentChange(
  tools: SegmentTools,
  caller: Caller,
  change: Pick<Change, "project" | "subject" | "body">,
  { reason, expectedVersion }: RevertManner,
): Promise<string> {
  const { project, subject: key } = change;
  if (project === null) throw notFound("Segment", key);
  const { before, after } = bodyOf(change);
  const removes = before === null;
  const proof = permit(caller, removes ? "segment:delete" : "segment:update", { project });
  return write(tools, proof, async (tx, record) => {
    const revert: Revert = { tools, tx, caller, project, key, expectedVersion };
    return recordRevert(record, revert, await takeBack(revert, before, after), reason);
  });
}

/** The body of a change tells what kind it was: creation has no before, deletion no after, a change of members names the list. */
async function takeBack(revert: Revert, before: unknown, after: unknown): Promise<Sides> {
  if (before === null) return takeBackCreation(revert, after as Portrait);
  if (after === null) return takeBackDeletion(revert, before as DeletedPortrait);
  const sides = { before: before as object, after: after as object };
  if ("list" in sides.after) {
    return takeBackMembers(revert, before as MembersPart, after as MembersPart);
  }
  return takeBackUpdate(revert, sides.before, sides.after);
}

function recordRevert(
  record: RecordEntry,
  { project, key }: SegmentName,
  sides: Sides,
  reason: string | null,
): string {
  const subjectType = AuditSubject.SEGMENT;
  return record({ kind: "segment.reverted", subjectType, subject: key, project, ...sides, reason });
}

async function lockExpected(revert: Revert): Promise<Segment> {
  const segment = await lockSegment(revert.tx, revert);
  checkVersion("Segment", segment.version, revert.expectedVersion);
  return segment;
}

async function takeBackUpdate(
  revert: Revert,
  before: Partial<SegmentSettings>,
  after: Partial<SegmentSettings>,
): Promise<Sides> {
  const { tx, tools, caller, project } = revert;
  await takeTurn(tx, project, before.when ?? null);
  const segment = await lockExpected(revert);
  await permitWhereInUse(tools, tx, caller, segment);
  const settings = settingsOf(segment);
  const changed = (Object.keys(after) as (keyof SegmentSettings)[]).filter(
    (name) => !same(settings[name], after[name] ?? null),
  );
  if (changed.length > 0) throw changedSince(revert, `its ${changed.join(" and ")}`);
  await saveSegment(tx, segment, before);
  if (before.when !== undefined) await restoreReferences(revert, before.when);
  return { before: after, after: before };
}

async function takeBackMembers(revert: Revert, before: MembersPart, after: MembersPart): Promise<Sides> {
  const { tx, tools, caller, project, key } = revert;
  const segment = await lockExpected(revert);
  await permitWhereInUse(tools, tx, caller, segment);
  const place = { project, key, list: after.list };
  const stillAdded = await countPresent(tx, place, after.members);
  const backAlready = await countPresent(tx, place, before.members);
  if (stillAdded !== after.members.length || backAlready > 0) throw changedSince(revert, "these members");
  await removeMembers(tx, place, after.members);
  await addMembers(tx, place, before.members);
  await saveSegment(tx, segment, {});
  return { before: after, after: before };
}

async function takeBackCreation(revert: Revert, created: Portrait): Promise<Sides> {
  const { tx, tools } = revert;
  const segment = await lockExpected(revert);
  const before = await portraitOf(tx, segment);
  if (!same(comparable(before), comparable(created))) throw changedSince(revert, "it");
  await refuseUsed(tools, tx, segment);
  await removeSegment(tx, segment);
  return { before };
}

async function takeBackDeletion(revert: Revert, deleted: DeletedPortrait): Promise<Sides> {
  const { tx, project } = revert;
  if (!("included" in deleted)) {
    throw conflict(`Segment ${quote(deleted.key)} had too many members for the ledger to bring it back.`);
  }
  const { createdAt: _createdAt, updatedAt: _updatedAt, ...portrait } = deleted;
  const { included, excluded, ...settings } = portrait;
  checkVersion("Segment", settings.version, revert.expectedVersion);
  await takeTurn(tx, project, settings.when);
  await insertFree({ ...settings, project, version: settings.version + 1 }, tx);
  await fillLists(tx, revert, { included, excluded });
  await restoreReferences(revert, settings.when);
  return { after: portrait };
}

async function insertFree(segment: Parameters<typeof insertSegment>[1], tx: Transaction): Promise<void> {
  try {
    await insertSegment(tx, segment);
  } catch (error) {
    if (!isUniqueViolation(error)) throw error;
    throw conflict(`The key ${quote(segment.key)} was given to another segment meanwhile.`);
  }
}

/** Names that have gone since are a conflict here, not a mistake in an input. */
async function restoreReferences(revert: Revert, when: Segment["when"]): Promise<void> {
  const [broken] = await brokenReferences(revert.tx, revert, when);
  if (broken !== undefined) throw conflict(`The former condition cannot come back: it ${broken.message}`);
  await saveReferences(revert.tx, revert, when);
}

function changedSince({ key }: SegmentName, what: string): Error {
  return conflict(`Segment ${quote(key)} cannot go back: ${what} changed again since.`);
}

function same(a: unknown, b: unknown): boolean {
  return canonicalJson(a) === canonicalJson(b);
}

/** Lists are sets, and what was just created has no version to compare. */
function comparable(portrait: Portrait): object {
  const { version: _version, ...rest } = portrait;
  if (!("included" in portrait)) return rest;
  return { ...rest, included: sorted(portrait.included), excluded: sorted(portrait.excluded) };
}

function sorted(members: readonly string[]): string[] {
  return members.toSorted((a, b) => (a < b ? -1 : 1));
}
