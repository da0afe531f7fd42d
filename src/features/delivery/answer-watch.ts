/** Notices when the answers of an environment may be other ones, for clients that are told so and then ask anew. */
import { setTimeout as sleep } from "node:timers/promises";
import { changedFlags, evaluate } from "../../evaluation/index.js";
import { withDeadline } from "../../platform/deadline.js";
import { Problem } from "../../platform/problems.js";
import { type Caller, isPermitted, isUndecided } from "../permissions/index.js";
import { type LiveEnvironment, nextInstant } from "../snapshots/index.js";
import { hasReached } from "./arrival.js";
import type { Delivery, DeliveryTools } from "./delivery.js";
import { type PlaceKeys, placeOf } from "./place.js";
import { readRevision } from "./revision.js";

/** Whose answers: those of everybody in an environment, or those of CLIENT keys, for whom some flags do not exist. */
export interface Audience {
  readonly place: PlaceKeys;
  readonly isPublic: boolean;
}

/** What the answers were last worked out from. */
interface Seen {
  readonly live: LiveEnvironment | undefined;
  /** Epoch milliseconds. */
  readonly now: number;
}

type Sources = Pick<Delivery, "snapshots" | "hub" | "now" | "revision">;

export class AnswerWatch {
  #seen: Seen;
  #state: string;
  #changedAt: number;
  readonly #stop: () => void;

  /** `woken` is called when it is time to `look`, and when rights may have changed. */
  constructor(
    private readonly sources: Sources,
    private readonly audience: Audience,
    woken: () => void,
  ) {
    this.#stop = sources.hub.listen(audience.place, woken);
    this.#seen = this.#now();
    this.#state = this.#nameOf(this.#seen);
    this.#changedAt = this.#seen.now;
  }

  /** Opaque. Who was told it and is told it again, by whichever instance, has missed nothing. */
  get state(): string {
    return this.#state;
  }

  /** When answers last changed, epoch milliseconds; no later than this, where they did before there was this watch. */
  get changedAt(): number {
    return this.#changedAt;
  }

  /** Whether the answers may be other ones than at the last look. */
  look(): boolean {
    const before = this.#seen;
    const now = this.#now();
    this.#seen = now;
    if (!this.#mayDiffer(before, now)) return false;
    this.#state = this.#nameOf(now);
    this.#changedAt = now.now;
    return true;
  }

  close(): void {
    this.#stop();
  }

  #now(): Seen {
    const { project, environment } = this.audience.place;
    return { live: this.sources.snapshots.find(project, environment), now: this.sources.now() };
  }

  /** By its next instant a stretch of time is known, whatever the clock says within it. */
  #nameOf({ live, now }: Seen): string {
    const next = live === undefined ? undefined : nextInstant(live, now);
    return `${this.sources.revision()}-${(next ?? 0).toString(36)}`;
  }

  #mayDiffer(before: Seen, after: Seen): boolean {
    if (before.live === undefined || after.live === undefined) return before.live !== after.live;
    const instant = nextInstant(before.live, before.now);
    if (instant !== undefined && instant <= after.now) return true;
    if (before.live === after.live) return false;
    if (this.audience.isPublic && before.live.proofKeys !== after.live.proofKeys) return true;
    const touched = changedFlags(before.live.snapshot, after.live.snapshot);
    if (!this.audience.isPublic) return touched.size > 0;
    return [...touched].some((key) => isPublicFlag(before.live, key) || isPublicFlag(after.live, key));
  }
}

function isPublicFlag(live: LiveEnvironment | undefined, key: string): boolean {
  if (live === undefined) return false;
  return evaluate(live.snapshot, key, {}, 0, { clientOnly: true }).errorCode !== "FLAG_NOT_FOUND";
}

/** Whether somebody who was let in to hear of changes may still hear of them. */
export function mayHear(
  { delivery, recognise }: Pick<DeliveryTools, "recognise"> & { readonly delivery: Sources },
  caller: Caller,
  place: PlaceKeys,
): boolean {
  const today = recognise(caller);
  if (isUndecided(today)) return true;
  const isThere = delivery.snapshots.find(place.project, place.environment) !== undefined;
  return isThere && isPermitted(today, "evaluation:evaluate", placeOf(place));
}

const clocksDifferByMs = 1_000;

/**
 * Brings this instance to the state of a watch, perhaps another instance's, so that whoever was told of it is not answered by an older one.
 * Throws UNAVAILABLE where the ledger cannot be read within `withinMs`. Only for states that this server made: others would make it read for nothing.
 */
export async function catchUp(
  { delivery }: { readonly delivery: Pick<Delivery, "snapshots" | "reader" | "now"> },
  { project, environment }: PlaceKeys,
  state: string,
  withinMs: number,
): Promise<void> {
  const { snapshots, reader, now } = delivery;
  const reached = hasReached(state, reader);
  if (reached !== true && !(await withDeadline(reached, withinMs, behind))) throw behind();
  const live = snapshots.find(project, environment);
  const own = live === undefined ? undefined : nextInstant(live, now());
  const theirs = parseInt(readRevision(state)?.digest ?? "0", 36) || Infinity;
  if (own === undefined || own >= theirs) return;
  // The other instance's clock has passed an instant that this one's is about to reach.
  const wait = own - now();
  if (wait <= clocksDifferByMs) await sleep(wait + 1); // timers come up to a millisecond early
}

function behind(): Problem {
  return new Problem("UNAVAILABLE", "This instance has not seen the change yet: ask again.");
}
