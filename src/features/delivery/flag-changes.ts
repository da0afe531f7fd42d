/** The subscription `flagChanges`: every change of flags and segments, in order, never coalesced. */
import { notFound } from "../../platform/problems.js";
import type { Change, Position } from "../ledger/index.js";
import { revisionOf } from "../ledger/index.js";
import { type Caller, isEvaluationKey, isPermitted, permit } from "../permissions/index.js";
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
export function flagChanges(tools: DeliveryTools, caller: Caller, args: FlagChangesArguments): LiveStream<FlagChange> {
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

function readFilter({ delivery: { snapshots } }: DeliveryTools, caller: Caller, args: FlagChangesArguments): Filter {
  const flagKeys = args.flagKeys ? new Set(args.flagKeys) : null;
  const { identity } = caller;
  if (isEvaluationKey(identity)) return { ...permitPlace(snapshots, caller, action, args), flagKeys };
  const own = identity.kind === "API_KEY" ? identity.project : null;
  const project = args.project ?? own;
  const environment = args.environment ?? null;
  if (project !== null) {
    permit(caller, action, { project });
    if (!snapshots.hasProject(project)) throw notFound("Project", project);
    if (environment !== null && snapshots.find(project, environment) === undefined) {
      throw notFound("Environment", environment);
    }
  } else if (!watchesSomewhere(caller)) permit(caller, action);
  return { project, environment, flagKeys };
}

function watchesSomewhere(caller: Caller): boolean {
  const { identity } = caller;
  const projects = identity.kind === "USER" ? [...identity.projectRoles.keys()] : [];
  return projects.some((project) => isPermitted(caller, action, { project }));
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
    if (!this.#isAllowed(caller)) return ended;
    this.#cursor ??= (await this.#resume()) ?? undefined;
    if (this.#cursor === undefined) return this.#resync();
    for (;;) {
      const [row, ...rest] = await this.#rows(this.#cursor);
      if (row === undefined) return undefined;
    }
  }
}
