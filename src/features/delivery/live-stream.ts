/** A subscriber's stream without a queue: what there is to tell is worked out only when the subscriber is ready to hear it. */

/** Gives the next thing to tell, undefined when there is nothing now, `ended` when there never will be. */
export type Source<T> = () => T | undefined | typeof ended | Promise<T | undefined | typeof ended>;

/** Ends a stream. */
export const ended = Symbol("ended");

/** Registers to be woken whenever there may be something new; gives how to stop. */
export type Listen = (wake: () => void) => () => void;

/**
 * Asks `source` at once and after each wake-up, however many came while the reader was busy: a slow reader gets one answer that covers all.
 * `return()` releases everything at once, also while somebody waits for `next()`.
 */
export class LiveStream<T> implements AsyncIterableIterator<T, undefined> {
  #stirred = true;
  #closed = false;
  #resume: () => void = () => undefined;
  #turn: Promise<unknown> = Promise.resolve();
  readonly #stop: () => void;

  constructor(
    listen: Listen,
    private readonly source: Source<T>,
  ) {
    this.#stop = listen(() => this.#wake());
  }

  [Symbol.asyncIterator](): this {
    return this;
  }

  /** One at a time, in the order of the calls. */
  next(): Promise<IteratorResult<T, undefined>> {
    const turn = this.#turn.then(async () => this.#pull());
    this.#turn = turn.catch(() => undefined); // whoever called next() hears of it
    return turn;
  }

  async return(): Promise<IteratorResult<T, undefined>> {
    this.#close();
    return { done: true, value: undefined };
  }

  async throw(error: unknown): Promise<IteratorResult<T, undefined>> {
    this.#close();
    throw error;
  }

  async #pull(): Promise<IteratorResult<T, undefined>> {
    while (!this.#closed) {
      if (!this.#stirred) {
        await this.#woken();
        continue;
      }
      this.#stirred = false;
      const told = await this.#ask();
      if (this.#closed) break;
      if (told === ended) this.#close();
      else if (told !== undefined) {
        this.#stirred = true; // there may be more
        return { done: false, value: told };
      }
    }
    return { done: true, value: undefined };
  }

  async #ask(): Promise<T | undefined | typeof ended> {
    try {
      return await this.source();
    } catch (error) {
      this.#close();
      throw error;
    }
  }

  async #woken(): Promise<void> {
    await new Promise<void>((resolve) => {
      this.#resume = resolve;
    });
  }

  #wake(): void {
    this.#stirred = true;
    this.#resume();
  }

  #close(): void {
    if (this.#closed) return;
    this.#closed = true;
    this.#stop();
    this.#resume();
  }
}
