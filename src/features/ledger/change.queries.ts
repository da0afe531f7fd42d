/** Reading the audit log: by filter, of one subject, and the newest change of many. */
import type { Database } from "../../platform/database/index.js";
import {
  makePage,
  type Page,
  type PageArguments,
  placeAfter,
  readPage,
} from "../../platform/graphql/page.js";
import { dateTime, Mistakes, text } from "../../platform/input.js";
import { type Caller, isPermitted, permit, reaches, roleAt } from "../permissions/index.js";
import { AuditSubject, type Change } from "./change.js";
import {
  type ChangeCriteria,
  countChanges,
  listChanges,
  listNewestChanges,
  type SubjectKey,
} from "./change.store.js";

/** What to look for in the audit log; absent and null members and empty lists ask for nothing, several must all hold. */
export interface AuditFilter {
  readonly project?: string | null | undefined;
  readonly environment?: string | null | undefined;
  /** Short for `subjectType: FLAG` and `subject`. */
  readonly flagKey?: string | null | undefined;
  readonly subjectType?: AuditSubject | null | undefined;
  readonly subject?: string | null | undefined;
  readonly actorId?: string | null | undefined;
  readonly kinds?: readonly string[] | null | undefined;
  /** RFC 3339; inclusive. */
  readonly since?: unknown;
  /** RFC 3339; exclusive. */
  readonly until?: unknown;
}

interface Tools {
  readonly database: Database;
}

type Sight = Pick<ChangeCriteria, "visibleProjects" | "hiddenSubjects">;

const listName = "auditEvents";
const maxKinds = 100;
const maxTextLength = 512;

/** Changes that the caller may see, newest first. Without a project: of all projects, and of the server for those with a role there. */
export async function auditEvents(
  tools: Tools,
  caller: Caller,
  filter: AuditFilter,
  args: PageArguments,
): Promise<Page<Change>> {
  const sight = sightOf(caller, filter.project ?? undefined);
  return pageOf(tools, { ...sight, ...readFilter(filter) }, args);
}

/** Everything that happened to one subject of a project, newest first. */
export async function historyOf(
  tools: Tools,
  caller: Caller,
  subject: Pick<SubjectKey, "project" | "subjectType" | "subject">,
  args: PageArguments,
): Promise<Page<Change>> {
  return pageOf(tools, { ...sightOf(caller, subject.project), ...subject }, args);
}

/** The newest change of each subject, in the order of `keys`; null where nothing is recorded. One statement. */
export async function lastChanges(
  database: Database,
  keys: readonly SubjectKey[],
): Promise<(Change | null)[]> {
  if (keys.length === 0) return [];
  const rows = await listNewestChanges(database, keys);
  const newestFirst = rows.sort((a, b) => b.seq - a.seq);
  return keys.map((key) => newestFirst.find((row) => isOf(row, key)) ?? null);
}

function isOf(row: Change, key: SubjectKey): boolean {
  if (row.project !== key.project || row.subjectType !== key.subjectType || row.subject !== key.subject) {
    return false;
  }
  return key.environment === undefined || row.environment === null || row.environment === key.environment;
}

async function pageOf(tools: Tools, criteria: ChangeCriteria, args: PageArguments): Promise<Page<Change>> {
  const request = readPage(listName, 1, args);
  const rows = await listChanges(tools.database, criteria, placeAfter(request), request.limit + 1);
  return makePage(
    listName,
    request,
    rows,
    (row) => [row.seq],
    (row) => row,
    async () => countChanges(tools.database, criteria),
  );
}

/**
 * What the caller may see. Who has a role for the whole server sees everything, except that accounts and settings of the server are for its
 * ADMINs; who has roles in projects sees those projects. Throws like `permit` for everybody else.
 */
function sightOf(caller: Caller, project: string | undefined): Sight {
  const { identity } = caller;
  if (project !== undefined) {
    permit(caller, "audit:read", { project });
    return { visibleProjects: [project], hiddenSubjects: [] };
  }
  const projects = projectsOf(caller);
  if (projects.length > 0 && !isPermitted(caller, "audit:read")) {
    return { visibleProjects: projects, hiddenSubjects: [] };
  }
  permit(caller, "audit:read");
  const isAdmin = reaches(roleAt(identity), "ADMIN");
  return {
    visibleProjects: null,
    hiddenSubjects: isAdmin ? [] : [AuditSubject.USER, AuditSubject.API_KEY, AuditSubject.SETTINGS],
  };
}

function projectsOf(caller: Caller): string[] {
  const { identity } = caller;
  const named = identity.kind === "USER" ? [...identity.projectRoles.keys()] : [];
  if (identity.kind === "API_KEY" && identity.project !== null) named.push(identity.project);
  return named.filter((project) => isPermitted(caller, "audit:read", { project }));
}

function readFilter(filter: AuditFilter): Partial<ChangeCriteria> {
  const mistakes = new Mistakes();
  const optional = <T, R>(value: T | null | undefined, read: (value: T) => R): R | undefined =>
    value === undefined || value === null ? undefined : read(value);
  const word = (path: string) => (value: string) => text(path, value, mistakes, { max: maxTextLength });
  const moment = (path: string) => (value: unknown) => toSixDecimals(dateTime(path, value, mistakes));

  const flagKey = optional(filter.flagKey, word("filter.flagKey"));
  const subject = optional(filter.subject, word("filter.subject"));
  const subjectType = filter.subjectType ?? undefined;
  if (flagKey !== undefined && (subject ?? flagKey) !== flagKey) {
    mistakes.add("filter.subject", "must be left out beside flagKey, which names another subject.");
  }
  if (flagKey !== undefined && (subjectType ?? "FLAG") !== "FLAG") {
    mistakes.add("filter.subjectType", `must be FLAG beside flagKey, got ${subjectType}.`);
  }
  const kinds = optional(filter.kinds, (list) => {
    if (list.length > maxKinds) mistakes.add("filter.kinds", `must have at most ${maxKinds} entries.`);
    const words = list.map((kind, index) => word(`filter.kinds[${index}]`)(kind));
    return words.length === 0 ? undefined : words;
  });
  const read = {
    project: optional(filter.project, word("filter.project")),
    environment: optional(filter.environment, word("filter.environment")),
    subjectType: flagKey === undefined ? subjectType : AuditSubject.FLAG,
    subject: flagKey ?? subject,
    actorId: optional(filter.actorId, word("filter.actorId")),
    kinds,
    since: optional(filter.since, moment("filter.since")),
    until: optional(filter.until, moment("filter.until")),
  };
  mistakes.throwIfAny();
  return read;
}

/** The ledger's moments are compared as text, all of one length. */
function toSixDecimals(moment: string): string {
  const [seconds = "", decimals = ""] = moment.slice(0, -1).split(".");
  return `${seconds}.${decimals.padEnd(6, "0")}Z`;
}
