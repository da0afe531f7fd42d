/** The subscription `flagChanges`: every change of flags and segments, in order, never coalesced. */
import { notFound } from "../../platform/problems.js";
import { bodyOf, canonicalJson, type Change, type Position, revisionOf } from "../ledger/index.js";
import { type Caller, isEvaluationKey, isPermitted, isUndecided, permit } from "../permissions/index.js";
import { hasReached } from "./arrival.js";
import type { DeliveryTools } from "./delivery.js";
import { ended, type Feed, type FeedSource, type Step, type Stepped } from "./feed.js";
import { feedOf } from "./live-stream.js";
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

/** A place in the ledger; or somebody who comes, with a revision. */
type Cursor = Position | string;

/**
 * Checks everything at once: project and environment are filters, but a CLIENT or SERVER key has its own, and what is named must exist. A
 * change that concerns all environments of a project passes the filter of each. Ends when the caller may no longer watch, and when the project
 * or environment that was named is gone.
 */
export function flagChanges(
  tools: DeliveryTools,
  caller: Caller,
  args: FlagChangesArguments,
): Feed<Cursor, FlagChange> {
  const filter = readFilter(tools, caller, args);
  return feedOf(new Watch(tools, caller, filter, args.since ?? null));
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

class Watch implements FeedSource<Cursor, FlagChange> {
  readonly start: Cursor;
  /** What those are told who come together and have missed too much. */
  #resyncs: Step<Cursor, FlagChange> | undefined;

  constructor(
    private readonly tools: DeliveryTools,
    private readonly caller: Caller,
    private readonly filter: Filter,
    since: string | null,
  ) {
    this.start = since ?? tools.delivery.reader.position();
  }

  topic(): string {
    const { project, environment, flagKeys } = this.filter;
    return canonicalJson([project, environment, flagKeys && [...flagKeys].sort()]);
  }

  listen(wake: () => void): () => void {
    return this.tools.delivery.reader.onAdvance(wake);
  }

  step(cursor: Cursor): Stepped<Cursor, FlagChange> | Promise<Stepped<Cursor, FlagChange>> {
    const caller = this.tools.recognise(this.caller);
    if (isUndecided(caller)) return { cursor, event: undefined };
    if (!mayWatch(caller, this.filter.project)) return ended;
    return typeof cursor === "string" ? this.#resume(cursor) : this.#follow(cursor, caller);
  }

  forget(): void {
    this.#resyncs = undefined;
  }

  /** Up to the next change that is to be told, or to the head. */
  #follow(
    cursor: Position,
    caller: Caller,
  ): Stepped<Cursor, FlagChange> | Promise<Stepped<Cursor, FlagChange>> {
    const { recent, reader } = this.tools.delivery;
    let at = cursor;
    for (;;) {
      const row = recent.next(at, reader.position());
      if (row === undefined) return this.#isGone() ? ended : { cursor: at, event: undefined };
      if (row === null) return this.#resync();
      if (row instanceof Promise) {
        const before = at;
        return row.then((read) => (read === null ? this.#resync() : this.step(before))); // it is in memory then
      }
      at = row;
      if (passes(row, this.filter) && mayWatch(caller, row.project)) return { cursor: at, event: told(row) };
    }
  }

  /** From where the subscriber left off, if history can be followed from there. Silent while this instance is behind that and cannot read. */
  async #resume(since: string): Promise<Stepped<Cursor, FlagChange>> {
    const { recent, reader } = this.tools.delivery;
    if (!(await hasReached(since, reader))) return { cursor: since, event: undefined };
    const revision = readRevision(since);
    const position = revision === null ? null : await recent.resume(revision, reader.position());
    return position === null ? this.#resync() : this.step(position);
  }

  #resync(): Step<Cursor, FlagChange> {
    const { reader, now } = this.tools.delivery;
    const position = reader.position();
    if (this.#resyncs?.cursor === position) return this.#resyncs;
    const at = new Date(now()).toISOString();
    const event = {
      revision: revisionOf(position),
      kind: "RESYNC",
      flagKey: null,
      change: null,
      at,
    } as const;
    return (this.#resyncs = { cursor: position, event });
  }

  #isGone(): boolean {
    const { snapshots } = this.tools.delivery;
    const { project, environment } = this.filter;
    if (project === null) return false;
    if (environment === null) return !snapshots.hasProject(project);
    return snapshots.find(project, environment) === undefined;
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

const messages = new WeakMap<Change, FlagChange>();

/** The same object for all who are told. */
function told(change: Change): FlagChange {
  const message = messages.get(change) ?? messageOf(change);
  messages.set(change, message);
  return message;
}

function messageOf(change: Change): FlagChange {
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
