/** When the ledger is read: steadily, whenever somebody asks, and after the process stood still; never two reads at a time. */
import { randomInt } from "node:crypto";

/** One read; tells whether it worked. Never rejects. */
export type Read = () => Promise<boolean>;

const pollEveryMs = 1_000; // ±20 %
const retryAfterMs = 500; // ±20 %
const watchEveryMs = 250;
const stallMs = 500; // a timer that comes so late says that the process was stopped or blocked

export class ReadLoop {
  /** Reads that began, and reads that ended, since the start. */
  #begun = 0;
  #ended = 0;
  #running: Promise<void> | null = null;
  #worked = true;
  #poll: NodeJS.Timeout | undefined;
  #watch: NodeJS.Timeout | undefined;
  #closed = false;

  constructor(private readonly read: Read) {}

  /** Reads from now on without being asked. */
  start(): void {
    this.#schedule();
    this.#watchForStalls();
  }

  /**
   * Resolves when a read that began after the call has ended, or as soon as `enough()`; tells whether the last one worked. However many ask
   * during a read that began too early, one more serves them all.
   */
  async ask(enough: () => boolean = () => false): Promise<boolean> {
    const wanted = this.#begun + 1;
    while (this.#ended < wanted && !this.#closed && !enough()) await this.#next();
    return this.#worked;
  }

  /** Runs something else in a read's place; the only call that rejects as its work does. */
  async alone(work: () => Promise<void>): Promise<void> {
    while (this.#running !== null) await this.#running;
    let failure: unknown;
    await this.#run(async () => {
      try {
        await work();
        return true;
      } catch (error) {
        failure = error;
        return false;
      }
    });
    if (!this.#worked) throw failure;
  }

  /** Resolves when nothing is under way any more. */
  async close(): Promise<void> {
    this.#closed = true;
    clearTimeout(this.#poll);
    clearInterval(this.#watch);
    await this.#running;
  }

  async #next(): Promise<void> {
    await (this.#running ?? this.#run(this.read));
  }

  async #run(read: Read): Promise<void> {
    this.#begun += 1;
    this.#running = read().then((worked) => {
      this.#worked = worked;
      this.#ended = this.#begun;
      this.#running = null;
    });
    await this.#running;
  }

  #schedule(): void {
    if (this.#closed) return;
    const usual = this.#worked ? pollEveryMs : retryAfterMs;
    const wait = randomInt(usual * 0.8, usual * 1.2);
    this.#poll = setTimeout(() => void this.#next().then(() => this.#schedule()), wait);
  }

  /** What was read before a stall is old, and sockets may have died in it. */
  #watchForStalls(): void {
    let due = performance.now() + watchEveryMs;
    this.#watch = setInterval(() => {
      const late = performance.now() - due;
      due = performance.now() + watchEveryMs;
      if (late > stallMs) void this.ask();
    }, watchEveryMs);
    this.#watch.unref();
  }
}
