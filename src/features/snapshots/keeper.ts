/** Puts the state away now and then: soon after the first load, seldom while things change, one time after the other, and never at anybody's cost. */
import type { Log } from "../../platform/log.js";
import type { KeptAt } from "./kept-state.js";

/** A place where state is put away. */
export interface Shelf {
  /** `disk` or `redis`. */
  readonly name: string;
  /** False where it is somebody else's turn; rejects where it does not work. */
  readonly put: (at: KeptAt, lines: () => Iterable<string>) => Promise<boolean>;
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
  #kept: string | undefined;
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
    this.#kept = position.hash;
  }

  /** The state has changed. */
  changed(): void {
    if (this.#isClosed || this.#timer !== undefined || this.#writing !== undefined) return;
    if (this.#options.at().position.hash === this.#kept) return;
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

  /** Never rejects. */
  async #write(): Promise<void> {
    const { shelf, log, count } = this.#options;
    const at = this.#options.at();
    if (at.position.seq === 0 || at.position.hash === this.#kept) return;
    this.#isFirst = false;
    try {
      const isDone = await shelf.put(at, () => this.#options.lines(at));
      if (!isDone) return;
      this.#kept = at.position.hash;
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
