/** Puts the state away now and then: soon after the first load, seldom while things change, one time after the other, and never at anybody's cost. */
import type { Log } from "../../platform/log.js";
import type { KeptAt } from "./kept-state.js";

/** A place where state is put away. */
export interface Shelf {
  /** `disk` or `redis`. */
  readonly name: string;
  /** `isWrong`: what is there of this position is not to stay. False where it is somebody else's turn; rejects where it does not work. */
  readonly put: (at: KeptAt, lines: () => Iterable<string>, isWrong: boolean) => Promise<boolean>;
}

export interface KeeperOptions {
  readonly shelf: Shelf;
  readonly log: Log;
  /** Where this instance stands now. */
  readonly at: () => KeptAt;
  readonly lines: (at: KeptAt) => Iterable<string>;
  readonly count: (labels: { readonly place: string; readonly outcome: "written" | "failed" }) => void;
  /** Milliseconds after the first change, and between two writes. */
  readonly pace?: { readonly firstMs: number; readonly everyMs: number };
}

const usualPace = { firstMs: 1_000, everyMs: 30_000 };

export class Keeper {
  readonly #options: KeeperOptions;
  readonly #pace: { readonly firstMs: number; readonly everyMs: number };
  /** Which state is there, and how often everything had been read anew by then. */
  #kept: { readonly hash: string; readonly load: number } | undefined;
  #load = 0;
  #timer: NodeJS.Timeout | undefined;
  #writing: Promise<void> | undefined;
  #isFirst = true;
  #isFailing = false;
  #isClosed = false;

  constructor(options: KeeperOptions) {
    this.#options = options;
    this.#pace = options.pace ?? usualPace;
  }

  /** This state is there already. */
  knows({ position }: KeptAt): void {
    this.#kept = { hash: position.hash, load: this.#load };
  }

  /** The state has changed. `isAnew`: everything was read anew, and may be otherwise although the position is the same. */
  changed(isAnew = false): void {
    if (isAnew) this.#load += 1;
    if (this.#isClosed || this.#timer !== undefined || this.#writing !== undefined) return;
    if (this.#isThere(this.#options.at())) return;
    this.#schedule(this.#isFirst ? this.#pace.firstMs : this.#pace.everyMs);
  }

  stop(): void {
    this.#isClosed = true;
    clearTimeout(this.#timer);
  }

  /** Stops, and puts the last state away unless it is there already. */
  async close(): Promise<void> {
    if (this.#isClosed) return;
    this.stop();
    await this.#writing;
    await this.#write();
  }

  #schedule(waitMs: number): void {
    this.#timer = setTimeout(() => {
      this.#timer = undefined;
      this.#writing = this.#write().finally(() => {
        this.#writing = undefined;
        this.changed();
      });
    }, waitMs).unref();
  }

  #isThere({ position }: KeptAt): boolean {
    return this.#kept?.hash === position.hash && this.#kept.load === this.#load;
  }

  /** Never rejects. */
  async #write(): Promise<void> {
    const { shelf, log, count } = this.#options;
    const at = this.#options.at();
    const { hash, seq } = at.position;
    if (seq === 0 || this.#isThere(at)) return;
    this.#isFirst = false;
    const load = this.#load;
    try {
      const isDone = await shelf.put(at, () => this.#options.lines(at), this.#kept?.hash === hash);
      if (!isDone) return;
      this.#kept = { hash, load };
      this.#isFailing = false;
      count({ place: shelf.name, outcome: "written" });
    } catch (error) {
      count({ place: shelf.name, outcome: "failed" });
      if (!this.#isFailing)
        log.warn({ err: error, place: shelf.name }, "The snapshot could not be kept; it is tried again.");
      this.#isFailing = true;
    }
  }
}
