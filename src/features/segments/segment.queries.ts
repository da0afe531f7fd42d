/** Finding segments and their members, as far as the caller may know of them. */
import type { Database, Transaction } from "../../platform/database/index.js";
import { makePage, type Page, type PageArguments, readPage } from "../../platform/graphql/page.js";
import { isKey, Mistakes, search } from "../../platform/input.js";
import { notFound } from "../../platform/problems.js";
import { type Caller, permit } from "../permissions/index.js";
import { findProject } from "../projects/index.js";
import { countMembers, type MemberList, pageMembers } from "./member.store.js";
import type { Segment, SegmentList, SegmentName } from "./segment.js";
import { countSegments, lockSegmentRow, pageSegments, readSegment } from "./segment.store.js";

interface Tools {
  readonly database: Database;
}

/** Throws UNAUTHENTICATED for strangers, FORBIDDEN without the role VIEWER, NOT_FOUND for what does not exist or may not be seen. */
export async function findSegment(
  tools: Tools,
  caller: Caller,
  projectKey: string | null | undefined,
  key: string,
): Promise<Segment> {
  const { key: project } = await findProject(tools, caller, projectKey);
  permit(caller, "segment:read", { project });
  const segment = isKey(key) ? await readSegment(tools.database, { project, key }) : null;
  if (segment === null) throw notFound("Segment", key);
  return segment;
}

export interface SegmentQuery extends PageArguments {
  readonly project?: string | null | undefined;
  /** Looked for in keys, names and descriptions, in any case. */
  readonly search?: string | null | undefined;
}

/** A page of the project's segments, by key. Throws like `findSegment`, and BAD_USER_INPUT. */
export async function listSegments(
  tools: Tools,
  caller: Caller,
  query: SegmentQuery,
): Promise<Page<Segment>> {
  const { key: project } = await findProject(tools, caller, query.project);
  permit(caller, "segment:read", { project });
  const sought = readSearch(query.search);
  const request = readPage("segments", 1, query);
  const { database } = tools;
  const rows = await pageSegments(database, project, sought, request);
  return makePage(
    "segments",
    request,
    rows,
    (segment) => [segment.key],
    (segment) => segment,
    async () => countSegments(database, project, sought),
  );
}

export interface MemberQuery extends PageArguments {
  readonly list: SegmentList;
  /** Looked for in the members, in any case. */
  readonly search?: string | null | undefined;
}

/** A page of one of the segment's lists, in the order of members. Throws FORBIDDEN and BAD_USER_INPUT. */
export async function listMembers(
  tools: Tools,
  caller: Caller,
  { project, key }: SegmentName,
  query: MemberQuery,
): Promise<Page<string>> {
  permit(caller, "segment:read", { project });
  const sought = readSearch(query.search);
  const request = readPage("members", 1, query);
  const place: MemberList = { project, key, list: query.list };
  const rows = await pageMembers(tools.database, place, sought, request);
  return makePage(
    "members",
    request,
    rows,
    (member) => [member],
    (member) => member,
    async () => countMembers(tools.database, place, sought),
  );
}

function readSearch(value: string | null | undefined): string | null {
  const mistakes = new Mistakes();
  const sought = search("search", value, mistakes);
  mistakes.throwIfAny();
  return sought;
}

/** Locks a segment until the transaction ends. Throws NOT_FOUND when it was deleted meanwhile. */
export async function lockSegment(tx: Transaction, name: SegmentName): Promise<Segment> {
  const segment = await lockSegmentRow(tx, name);
  if (segment === null) throw notFound("Segment", name.key);
  return segment;
}
