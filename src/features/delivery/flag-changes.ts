/** The subscription `flagChanges`: every change of flags and segments, in order, never coalesced. */
import { notFound } from "../../platform/problems.js";
import { bodyOf, type Change, type Position, revisionOf } from "../ledger/index.js";
import { type Caller, isEvaluationKey, isPermitted, isUndecided, permit } from "../permissions/index.js";
import type { DeliveryTools } from "./delivery.js";
import { ended, LiveStream } from "./live-stream.js";
import { permitPlace, type PlaceArguments } from "./place.js";
import { readRevision } from "./revision.js";

export const FlagChangeKind = {
  CREATED: "CREATED",
  UPDATED: "UPDATED",
  ARCHIVED: "ARCHIVED",
  RESTORED: "RESTORED",
  DELETED: "DELETED",
  SEGMENT_UPDATED: "SEGMENT_UPDATED",
  RESYNC: "RESYNC",
} as const;
export type FlagChangeKind = (typeof FlagChangeKind)[keyof typeof FlagChangeKind];

export interface FlagChange {
  readonly revision: string;
  readonly kind: FlagChangeKind;
  /** null for segments and RESYNC. */
  readonly flagKey: string | null;
  /** null for RESYNC. */
  readonly change: Change | null;
  /** RFC 3339. */
  readonly at: string;
}

export interface FlagChangesArguments extends PlaceArguments {
  readonly flagKeys?: readonly string[] | null | undefined;
  /** The revision of the change received last. */
  readonly since?: string | null | undefined;
}

const action = "flag:watch";
const flagKinds: Readonly<Record<string, FlagChangeKind>> = {
  "flag.created": "CREATED",
  "flag.archived": "ARCHIVED",
  "flag.restored": "RESTORED",
  "flag.deleted": "DELETED",
};

/**
 * Checks everything at once: project and environment are filters, but a CLIENT or SERVER key has its own, and what is named must exist. A
 * change that concerns all environments of a project passes the filter of each. Ends when the caller may no longer watch.
 */
export function flagChanges(
  tools: DeliveryTools,
  caller: Caller,
  args: FlagChangesArguments,
): LiveStream<FlagChange> {
  const filter = readFilter(tools, caller, args);
  const watch = new Watch(tools, caller, filter, args.since ?? null);
  return new LiveStream(
    (wake) => tools.delivery.reader.onAdvance(wake),
    async () => watch.next(),
  );
}

interface Filter {
  readonly project: string | null;
  readonly environment: string | null;
  readonly flagKeys: ReadonlySet<string> | null;
}

function readFilter(
  { delivery: { snapshots } }: DeliveryTools,
  caller: Caller,
  args: FlagChangesArguments,
): Filter {
  const flagKeys = args.flagKeys ? new Set(args.flagKeys) : null;
  const { identity } = caller;
  const own = identity.kind === "API_KEY" ? identity.project : null;
  if (isEvaluationKey(identity)) return { ...permitPlace(snapshots, caller, action, args), flagKeys };
  const project = args.project ?? own;
  const environment = args.environment ?? null;
  if (project !== null) {
    permit(caller, action, { project });
    if (!snapshots.hasProject(project)) throw notFound("Project", project);
    if (environment !== null && snapshots.find(project, environment) === undefined) {
      throw notFound("Environment", environment);
    }
  } else if (!mayWatch(caller, null)) permit(caller, action);
  return { project, environment, flagKeys };
}

/** How far one subscriber is. */
class Watch {
  #cursor: Position | undefined;
  /** Read, but not looked at yet. */
  #page: readonly Change[] = [];

  constructor(
    private readonly tools: DeliveryTools,
    private readonly caller: Caller,
    private readonly filter: Filter,
    private readonly since: string | null,
  ) {
    if (since === null) this.#cursor = tools.delivery.reader.position();
  }

  async next(): Promise<FlagChange | undefined | typeof ended> {
    const caller = this.tools.recognise(this.caller);
    if (isUndecided(caller)) return undefined;
    if (!mayWatch(caller, this.filter.project)) return ended;
    let cursor: Position | undefined = this.#cursor ?? (await this.#resume());
    for (;;) {
      const rows = cursor === undefined ? null : await this.#read(cursor);
      if (rows === null) return this.#resync();
      const [row, ...rest] = rows;
      if (row === undefined) return undefined;
      this.#page = rest;
      this.#cursor = cursor = row;
      if (passes(row, this.filter) && mayWatch(caller, row.project)) return told(row);
    }
  }

  async #read(cursor: Position): Promise<readonly Change[] | null> {
    if (this.#page.length > 0) return this.#page;
    const { recent, reader } = this.tools.delivery;
    return recent.after(cursor, reader.position());
  }

  /** Where the subscriber left off, if history can be followed from there; another instance may have been ahead. */
  async #resume(): Promise<Position | undefined> {
    const { recent, reader } = this.tools.delivery;
    const revision = readRevision(this.since ?? "");
    if (revision === null) return undefined;
    await reader.reach(revision);
    return (await recent.resume(revision, reader.position())) ?? undefined;
  }

  #resync(): FlagChange {
    const { reader, now } = this.tools.delivery;
    this.#page = [];
    this.#cursor = reader.position();
    const at = new Date(now()).toISOString();
    return { revision: revisionOf(this.#cursor), kind: "RESYNC", flagKey: null, change: null, at };
  }
}

/** In that project; null: in any at all. */
function mayWatch(caller: Caller, project: string | null): boolean {
  if (project !== null) return isPermitted(caller, action, { project });
  const { identity } = caller;
  const projects = identity.kind === "USER" ? [...identity.projectRoles.keys()] : [];
  return isPermitted(caller, action) || projects.some((one) => mayWatch(caller, one));
}

function passes({ project, environment, subjectType, subject }: Change, filter: Filter): boolean {
  if (subjectType !== "FLAG" && (subjectType !== "SEGMENT" || filter.flagKeys !== null)) return false;
  if (filter.project !== null && filter.project !== project) return false;
  if (filter.environment !== null && (environment ?? filter.environment) !== filter.environment) return false;
  return filter.flagKeys?.has(subject) ?? true;
}

function told(change: Change): FlagChange {
  const isFlag = change.subjectType === "FLAG";
  return {
    revision: revisionOf(change),
    kind: isFlag ? flagKind(change) : "SEGMENT_UPDATED",
    flagKey: isFlag ? change.subject : null,
    change,
    at: change.at,
  };
}

/** Taking back an archiving restores the flag, and the other way round. */
function flagKind(change: Change): FlagChangeKind {
  const known = flagKinds[change.kind];
  const { after } = bodyOf(change);
  if (known !== undefined || typeof after !== "object" || after === null || !("archived" in after)) {
    return known ?? "UPDATED";
  }
  return after.archived === true ? "ARCHIVED" : "RESTORED";
}
