/** A budget that instances share: each decides by what it knows and adds what it spent to the others' in the background. */
import type { Budget } from "./limits.js";
import { LocalBudget } from "./local-budget.js";

/** How long after a spending the others know of it, about. */
export const shareEveryMs = 1_000;
/** Who spends less than this part of the pace is not worth telling: a thousand quiet browsers would be a thousand keys a second. */
const worthTelling = 0.01;
const mostKeysAtOnce = 500;

/** Adds milliseconds to what each key owes and gives when each is paid off, for all instances together. */
export type Share = (
  costs: readonly (readonly [key: string, costMs: number])[],
) => Promise<readonly number[]>;

export class SharedBudget implements Budget {
  readonly #local: LocalBudget;
  /** Key → how many were spent since the others were told. */
  #spent = new Map<string, number>();

  /** `now` gives epoch milliseconds. */
  constructor(perMinute: number, now: () => number) {
    this.#local = new LocalBudget(perMinute, now);
  }

  spend(key: string, count = 1): number {
    const wait = this.#local.spend(key, count);
    if (wait === 0 && this.#local.costMs > 0) this.#spent.set(key, (this.#spent.get(key) ?? 0) + count);
    return wait;
  }

  /** What cannot be shared stays known here alone. */
  async share(share: Share): Promise<void> {
    const { costMs } = this.#local;
    const spent = [...this.#spent]
      .map(([key, count]) => [key, count * costMs] as const)
      .filter(([, cost]) => cost >= worthTelling * shareEveryMs);
    this.#spent = new Map();
    for (let start = 0; start < spent.length; start += mostKeysAtOnce) {
      const some = spent.slice(start, start + mostKeysAtOnce);
      const paidOff = await share(some);
      for (const [index, [key]] of some.entries()) {
        const since = (this.#spent.get(key) ?? 0) * costMs;
        this.#local.learn(key, (paidOff[index] ?? 0) + since);
      }
    }
  }
}
