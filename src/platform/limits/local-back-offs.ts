/** Failures in a row as one process knows them. */
import { type BackOff, forgetFailuresMs } from "./limits.js";
import { Recent } from "./recent.js";

const mostKeys = 50_000;

interface Failures {
  readonly count: number;
  /** Until when the next attempt has to wait, epoch milliseconds. */
  readonly until: number;
  /** When the last one was, epoch milliseconds. */
  readonly last: number;
}

export class LocalBackOffs {
  readonly #failures = new Recent<Failures>(mostKeys);
  readonly #now: () => number;

  /** `now` gives epoch milliseconds. */
  constructor(now: () => number) {
    this.#now = now;
  }

  /** As `Limits.attempt`. */
  attempt(backOffs: readonly BackOff[]): number {
    const now = this.#now();
    const waits = backOffs.map(({ key }) => (this.#of(key, now)?.until ?? 0) - now);
    const wait = Math.max(0, ...waits);
    if (wait > 0) return wait;
    for (const backOff of backOffs) {
      const count = (this.#of(backOff.key, now)?.count ?? 0) + 1;
      this.#failures.set(backOff.key, { count, until: now + pauseAfter(count, backOff), last: now });
    }
    return 0;
  }

  succeed(keys: readonly string[]): void {
    for (const key of keys) this.#failures.delete(key);
  }

  withdraw(keys: readonly string[]): void {
    for (const key of keys) {
      const failures = this.#failures.get(key);
      if (failures === undefined) continue;
      this.#failures.set(key, { ...failures, count: failures.count - 1, until: 0 });
    }
  }

  #of(key: string, now: number): Failures | undefined {
    const failures = this.#failures.get(key);
    return failures === undefined || now - failures.last >= forgetFailuresMs ? undefined : failures;
  }
}

function pauseAfter(failures: number, { free, firstMs, longestMs }: BackOff): number {
  return failures <= free ? 0 : Math.min(longestMs, firstMs * 2 ** (failures - free - 1));
}
