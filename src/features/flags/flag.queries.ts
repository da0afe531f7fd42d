/** Reading flags: one by key, and a project's in pages. */
import type { FlagType } from "../../evaluation/index.js";
import type { Database } from "../../platform/database/index.js";
import {
  makePage,
  type Page,
  type PageArguments,
  type PageRequest,
  readPage,
} from "../../platform/graphql/page.js";
import { isKey, Mistakes, search as readSearch } from "../../platform/input.js";
import { badField, notFound, quote } from "../../platform/problems.js";
import { environmentsOf } from "../environments/index.js";
import { type Caller, permit } from "../permissions/index.js";
import { findProject } from "../projects/index.js";
import { findSegments } from "../segments/index.js";
import { findOwnerId } from "./find-owner.js";
import type { Flag, FlagKind } from "./flag.js";
import { readTags } from "./flag-input.js";
import {
  countFlags,
  type FlagCriteria,
  type FlagOrder,
  FlagOrderField,
  listFlags,
} from "./flag-list.store.js";
import { findFlag } from "./flag.store.js";

interface Tools {
  readonly database: Database;
}

/** Which flags to list; absent and null members, and empty lists, ask for nothing, several must all hold. */
export interface FlagFilter {
  /** Contained in key, name or description, whatever the case of the letters. */
  readonly search?: string | null | undefined;
  /** All of them. */
  readonly tags?: readonly string[] | null | undefined;
  /** Any of them. */
  readonly types?: readonly FlagType[] | null | undefined;
  /** Any of them. */
  readonly kinds?: readonly FlagKind[] | null | undefined;
  readonly archived?: boolean | null | undefined;
  /** Environment key. */
  readonly enabledIn?: string | null | undefined;
  /** E-mail. */
  readonly owner?: string | null | undefined;
  /** Segment key. */
  readonly usesSegment?: string | null | undefined;
}

/** The flag of that key. Throws NOT_FOUND alike for what does not exist and for what the caller may not see, and FORBIDDEN. */
export async function getFlag(
  tools: Tools,
  caller: Caller,
  projectKey: string | null | undefined,
  key: string,
): Promise<Flag> {
  const project = await findProject(tools, caller, projectKey);
  permit(caller, "flag:read", { project: project.key });
  const flag = isKey(key) ? await findFlag(tools.database, project.key, key) : null;
  if (flag === null) throw notFound("Flag", key);
  return flag;
}

/**
 * A page of the flags of a project. Throws NOT_FOUND for a project, owner or segment, FORBIDDEN, and BAD_USER_INPUT for an unknown
 * environment, a page size out of bounds and a cursor of another list or order.
 */
export async function pageOfFlags(
  tools: Tools,
  caller: Caller,
  projectKey: string | null | undefined,
  filter: FlagFilter,
  order: FlagOrder,
  args: PageArguments,
): Promise<Page<Flag>> {
  const { key: project } = await findProject(tools, caller, projectKey);
  permit(caller, "flag:read", { project });
  const list = `flags by ${order.field}`;
  const request = checkCursor(order.field, args, readPage(list, 2, args));
  const criteria = await readFilter(tools.database, project, filter);
  const rows = await listFlags(tools.database, project, criteria, order, request);
  return makePage(
    list,
    request,
    rows,
    (row) => row.sortValues,
    (row) => row.flag,
    async () => countFlags(tools.database, project, criteria),
  );
}

/** A cursor that was forged may hold values of other types than the order's. */
function checkCursor(field: FlagOrderField, args: PageArguments, request: PageRequest): PageRequest {
  if (request.cursor === null) return request;
  const [value, key] = request.cursor;
  const ofText = field === FlagOrderField.KEY || field === FlagOrderField.NAME;
  const fits = ofText ? typeof value === "string" : Number.isSafeInteger(value);
  if (fits && typeof key === "string") return request;
  const name = request.forward ? "after" : "before";
  throw badField(name, `is not a cursor of this list, got ${quote(args[name])}.`);
}

async function readFilter(database: Database, project: string, filter: FlagFilter): Promise<FlagCriteria> {
  const mistakes = new Mistakes();
  const tags = readTags("filter.tags", filter.tags ?? [], mistakes);
  const search = readSearch("filter.search", filter.search, mistakes) ?? undefined;
  const enabledIn = filter.enabledIn ?? undefined;
  if (enabledIn !== undefined) {
    const valid = (await environmentsOf(database, project)).map(({ key }) => key);
    if (!valid.includes(enabledIn)) {
      mistakes.add("filter.enabledIn", `must be one of ${valid.join(", ")}, got ${quote(enabledIn)}.`);
    }
  }
  mistakes.throwIfAny();
  return {
    search,
    enabledIn,
    tags: nonEmpty(tags),
    types: nonEmpty(filter.types ?? []),
    kinds: nonEmpty(filter.kinds ?? []),
    archived: filter.archived ?? undefined,
    ownerId: (await findOwnerId(database, filter.owner)) ?? undefined,
    usesSegment: await findSegmentKey(database, project, filter.usesSegment ?? undefined),
  };
}

function nonEmpty<T>(list: readonly T[]): readonly T[] | undefined {
  return list.length === 0 ? undefined : list;
}

async function findSegmentKey(
  database: Database,
  project: string,
  key: string | undefined,
): Promise<string | undefined> {
  if (key === undefined) return undefined;
  const found = isKey(key) ? await findSegments(database, project, [key]) : [];
  if (found.length === 0) throw notFound("Segment", key);
  return key;
}
