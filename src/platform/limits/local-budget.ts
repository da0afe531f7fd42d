/** A budget as one process knows it: one number for each key. */
import { type Budget, minuteMs } from "./limits.js";
import { Recent } from "./recent.js";

const mostKeys = 50_000;
const roundingMs = 0.5; // what many additions of a fraction may be off by

/**
 * The generic cell rate algorithm (ITU-T I.371, virtual scheduling): everything spent is paid off at an even pace, and whoever would owe more than a
 * minute has to wait. A bucket of tokens, written as the instant at which it is full again.
 */
export class LocalBudget implements Budget {
  /** What one costs, in milliseconds of the pace; 0: nothing. */
  readonly costMs: number;
  readonly #now: () => number;
  /** Key → when all that was spent is paid off, epoch milliseconds. */
  readonly #paidOff = new Recent<number>(mostKeys);

  /** `now` gives epoch milliseconds. */
  constructor(perMinute: number, now: () => number) {
    this.costMs = perMinute === 0 ? 0 : minuteMs / perMinute;
    this.#now = now;
  }

  spend(key: string, count = 1): number {
    if (this.costMs === 0) return 0;
    const now = this.#now();
    const paidOff = Math.max(this.#paidOff.get(key) ?? 0, now) + Math.min(count * this.costMs, minuteMs);
    const wait = paidOff - now - minuteMs;
    if (wait > roundingMs) return wait;
    this.#paidOff.set(key, paidOff);
    return 0;
  }

  /** Takes note of what all instances together have spent. */
  learn(key: string, paidOff: number): void {
    this.#paidOff.set(key, Math.max(this.#paidOff.get(key) ?? 0, paidOff));
  }
}
