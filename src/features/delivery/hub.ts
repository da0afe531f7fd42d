/** Wakes subscribers: when an environment was swapped, when its clock turns an answer, and when rights may have changed. */
import type { Change } from "../ledger/index.js";
import { type LiveEnvironment, nextInstant, type Snapshots } from "../snapshots/index.js";
import type { PlaceKeys } from "./place.js";
import { TouchedFlags } from "./touched-flags.js";

type Wake = () => void;

/** The subscribers of one environment. */
interface Audience {
  readonly place: PlaceKeys;
  readonly listeners: Set<Wake>;
  /** What they were last woken for. */
  seen: LiveEnvironment | undefined;
  timer: NodeJS.Timeout | undefined;
}

const longestTimerMs = 3_600_000; // an hour; setTimeout fires at once beyond 24.8 days
const wokenPerTurn = 250; // so that queries need not wait until thousands were told

export class Hub {
  readonly #audiences = new Map<string, Audience>();
  #closed = false;
  #someoneWaits = false;
  /** What each wave of listeners needs to know, worked out once. */
  readonly touched = new TouchedFlags();

  constructor(
    private readonly snapshots: Pick<Snapshots, "find">,
    /** Epoch milliseconds; never goes back. */
    private readonly now: () => number,
  ) {}

  /** Calls `wake` until the returned function is called. */
  listen(place: PlaceKeys, wake: Wake): () => void {
    const audience = this.#audienceOf(place);
    const entry = (): void => wake(); // its own, so that nobody is unsubscribed by another's leaving
    audience.listeners.add(entry);
    if (audience.listeners.size === 1) this.#arm(audience);
    return () => {
      if (!audience.listeners.delete(entry) || audience.listeners.size > 0) return;
      clearTimeout(audience.timer);
      this.#audiences.delete(keyOf(place));
    };
  }

  /** Somebody could not be told anything because the ledger cannot be read: everybody is woken when it is. */
  waits(): void {
    this.#someoneWaits = true;
  }

  /** After each step of the reader, when everything in memory is current. `changes` is empty when the ledger can be read again and had none. */
  advanced(changes: readonly Change[] | null): void {
    const everyone =
      this.#someoneWaits || changes === null || changes.length === 0 || changes.some(changesRights);
    this.#someoneWaits = false;
    for (const audience of this.#audiences.values()) {
      const { project, environment } = audience.place;
      const live = this.snapshots.find(project, environment);
      const swapped = live !== audience.seen;
      audience.seen = live;
      if (swapped) this.#arm(audience);
      if (swapped || everyone) wakeInTurns([...audience.listeners]);
    }
  }

  close(): void {
    this.#closed = true;
    for (const { timer } of this.#audiences.values()) clearTimeout(timer);
    this.#audiences.clear();
  }

  #audienceOf(place: PlaceKeys): Audience {
    const known = this.#audiences.get(keyOf(place));
    if (known !== undefined) return known;
    const seen = this.snapshots.find(place.project, place.environment);
    const audience = { place, listeners: new Set<Wake>(), seen, timer: undefined };
    this.#audiences.set(keyOf(place), audience);
    return audience;
  }

  /** One timer an environment, at the next instant at which an answer may change by the clock. */
  #arm(audience: Audience): void {
    clearTimeout(audience.timer);
    if (this.#closed || audience.seen === undefined) return;
    const now = this.now();
    const instant = nextInstant(audience.seen, now);
    if (instant === undefined) return;
    const wait = Math.min(instant - now, longestTimerMs);
    audience.timer = setTimeout(() => {
      if (this.now() >= instant) wakeInTurns([...audience.listeners]);
      this.#arm(audience);
    }, wait);
  }
}

function keyOf({ project, environment }: PlaceKeys): string {
  return `${project}/${environment}`;
}

/** Sessions, roles, keys; and what goes with a project or environment. */
function changesRights({ subjectType }: Change): boolean {
  return subjectType !== "FLAG" && subjectType !== "SEGMENT";
}

function wakeInTurns(wakes: readonly Wake[]): void {
  for (const wake of wakes.slice(0, wokenPerTurn)) wake();
  if (wakes.length > wokenPerTurn) setImmediate(() => wakeInTurns(wakes.slice(wokenPerTurn)));
}
