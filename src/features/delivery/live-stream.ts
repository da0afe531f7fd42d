/** A feed as one listener iterates it, without a queue: what there is to tell is worked out only when the listener is ready to hear it. */
import { ended, type Feed, type FeedSource } from "./feed.js";

/** Makes a feed of its working part. */
export function feedOf<Cursor, Event>(source: FeedSource<Cursor, Event>): Feed<Cursor, Event> {
  return {
    start: source.start,
    topic: () => source.topic(),
    listen: (wake) => source.listen(wake),
    step: (cursor) => source.step(cursor),
    forget: () => source.forget(),
    [Symbol.asyncIterator]: () => new LiveStream(source),
  };
}

/**
 * Steps at once and after each wake-up, however many came while the listener was busy: a slow one gets one answer that covers all.
 * `return()` releases everything at once, also while somebody waits for `next()`.
 */
class LiveStream<Cursor, Event> implements AsyncIterableIterator<Event, undefined> {
  #cursor: Cursor;
  #stirred = true;
  #closed = false;
  #resume: () => void = () => undefined;
  #turn: Promise<unknown> = Promise.resolve();
  readonly #stop: () => void;

  constructor(private readonly source: FeedSource<Cursor, Event>) {
    this.#cursor = source.start;
    this.#stop = source.listen(() => this.#wake());
  }

  [Symbol.asyncIterator](): this {
    return this;
  }

  /** One at a time, in the order of the calls. */
  next(): Promise<IteratorResult<Event, undefined>> {
    const turn = this.#turn.then(async () => this.#pull());
    this.#turn = turn.catch(() => undefined); // whoever called next() hears of it
    return turn;
  }

  async return(): Promise<IteratorResult<Event, undefined>> {
    this.#close();
    return { done: true, value: undefined };
  }

  async throw(error: unknown): Promise<IteratorResult<Event, undefined>> {
    this.#close();
    throw error;
  }

  async #pull(): Promise<IteratorResult<Event, undefined>> {
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

  async #ask(): Promise<Event | undefined | typeof ended> {
    try {
      const step = await this.source.step(this.#cursor);
      if (step === ended) return ended;
      this.#cursor = step.cursor;
      return step.event;
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
