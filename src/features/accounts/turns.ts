/** Lets what concerns one thing happen one after the other, and what concerns different things side by side. */
import { rateLimited } from "../../platform/problems.js";

const mostWaiting = 100; // for one thing
const retryAfterMs = 5_000;

export class Turns {
  readonly #waiting = new Map<string, { count: number; last: Promise<unknown> }>();
  readonly #full: () => void;

  /** `full` is told when somebody is sent away. */
  constructor(full: () => void) {
    this.#full = full;
  }

  /** Settles as `work` does, which begins when everything before it has ended. Throws RATE_LIMITED when too much waits already. */
  async take<T>(key: string, work: () => Promise<T>): Promise<T> {
    const line = this.#waiting.get(key) ?? { count: 0, last: Promise.resolve() };
    if (line.count >= mostWaiting) {
      this.#full();
      throw rateLimited("sign-ins at once", retryAfterMs);
    }
    this.#waiting.set(key, line);
    line.count += 1;
    const turn = line.last.then(work);
    line.last = turn.catch(() => undefined);
    try {
      return await turn;
    } finally {
      line.count -= 1;
      if (line.count === 0) this.#waiting.delete(key);
    }
  }
}
