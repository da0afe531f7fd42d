/** Which flags may answer differently from one moment to another, worked out once for the thousands who stood at the same moment. */
import { changedFlags, nextChange, type Snapshot, turningFlags } from "../../evaluation/index.js";

/** Definitions, and when they were asked. */
export interface Moment {
  readonly live: { readonly snapshot: Snapshot };
  /** Epoch milliseconds. */
  readonly now: number;
}

interface Known {
  readonly before: Snapshot;
  readonly after: Snapshot;
  /** The instants that the clock passed: the first, and the one that comes next. */
  readonly first: number | undefined;
  readonly next: number | undefined;
  readonly flags: ReadonlySet<string>;
}

const mostKnown = 32; // as many environments may be swapped together, and their listeners be told in turns

export class TouchedFlags {
  /** Newest first. */
  readonly #known: Known[] = [];

  /** In the order of their keys. `later` is not before `earlier`. */
  between(earlier: Moment, later: Moment): ReadonlySet<string> {
    const { snapshot: before } = earlier.live;
    const { snapshot: after } = later.live;
    const instant = nextChange(after, earlier.now);
    const first = instant === undefined || instant > later.now ? undefined : instant;
    const next = first === undefined ? undefined : nextChange(after, later.now);
    const known = this.#known.find(
      (one) => one.after === after && one.before === before && one.first === first && one.next === next,
    );
    if (known !== undefined) return known.flags;
    const touched = changedFlags(before, after);
    if (first !== undefined) for (const key of turningFlags(after, earlier.now, later.now)) touched.add(key);
    const flags = new Set([...touched].sort());
    this.#known.unshift({ before, after, first, next, flags });
    this.#known.splice(mostKnown);
    return flags;
  }
}
