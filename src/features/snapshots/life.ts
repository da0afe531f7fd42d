/** From the first read to the last: how an instance begins, with the database or without it, and how it ends. */
import type { Bus } from "../../platform/bus/index.js";
import { withDeadline } from "../../platform/deadline.js";
import type { Position, Reader } from "../ledger/index.js";
import type { Keeping } from "./keeping.js";

/** What lives as long as the instance does. */
interface Members {
  readonly bus: Pick<Bus, "onRing" | "onReady">;
  readonly reader: Reader;
  /** Tells the other instances of this one. */
  readonly heartbeats: { readonly start: () => Promise<void>; readonly close: () => Promise<void> };
  /** null where nothing is put away. */
  readonly keeping: Keeping | null;
}

/** For the first read that goes on from what was taken up; after that it counts as stale. */
const firstReadMs = 5_000;

export class Life {
  readonly #stops: (() => void)[] = [];
  #isLeaving = false;
  #isFollowing = false;

  constructor(private readonly members: Members) {}

  /** Whether there is anything to answer by. */
  readonly isLoaded = (): boolean => this.#isFollowing;

  /** Whether it can answer and is to be asked. */
  readonly isReady = (): boolean => this.#isFollowing && !this.#isLeaving;

  /** With what was put away only what has changed since is read; rejects when the database does not answer. */
  readonly start = async (): Promise<void> => {
    const { reader, keeping, heartbeats } = this.members;
    if (!this.#isFollowing) {
      const kept = (await keeping?.takeUp()) ?? null;
      if (kept === null) await keeping?.sow();
      await (kept === null ? reader.start() : this.#goOnFrom(kept.position));
      this.#follow();
    }
    await heartbeats.start();
  };

  /**
   * Without the database, which is asked again and again from now on. False where nothing was put away: then nothing was begun. What was begun
   * already goes on from where it is.
   */
  readonly startAway = async (): Promise<boolean> => {
    if (this.#isFollowing) return true;
    const kept = (await this.members.keeping?.takeUp()) ?? null;
    if (kept === null) return false;
    this.members.reader.startFrom(kept.position);
    this.#follow();
    return true;
  };

  readonly drain = (): void => {
    this.#isLeaving = true;
  };

  readonly close = async (): Promise<void> => {
    const { reader, keeping, heartbeats } = this.members;
    this.drain();
    for (const stop of this.#stops.splice(0)) stop();
    await reader.close();
    await keeping?.close();
    await heartbeats.close();
  };

  /** Reads at each doorbell, and when the bus may have missed some. */
  #follow(): void {
    const { bus, reader } = this.members;
    this.#stops.push(bus.onRing((doorbell) => void reader.reach(doorbell)));
    this.#stops.push(bus.onReady(() => reader.nudge()));
    this.#isFollowing = true;
  }

  async #goOnFrom(position: Position): Promise<void> {
    const { reader } = this.members;
    let stop = (): void => undefined;
    const read = new Promise<void>((resolve) => {
      stop = reader.onAdvance(() => resolve());
    });
    reader.startFrom(position);
    await withDeadline(read, firstReadMs, () => new Error("not read in time")).catch(() => undefined);
    stop();
  }
}
