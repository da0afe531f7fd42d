/** Shares out the event loop among all who have something to tell, so that questions need not wait until thousands were told. */

const costPerTurn = 1_000;

/** What work costs, roughly in tenths of what the fan-out of one subscriber takes. */
export const cost = { frame: 3, execution: 12 } as const;

export class Pace {
  #spent = 0;
  readonly #waiting: (() => void)[] = [];
  #isTimed = false;

  /** Whether this turn of the event loop has done its share: wait for another then. */
  get isSpent(): boolean {
    return this.#spent >= costPerTurn;
  }

  spend(units: number): void {
    this.#spent += units;
    this.#time();
  }

  /** Resolves in a later turn; in the order in which they asked. */
  async nextTurn(): Promise<void> {
    this.#time();
    await new Promise<void>((resolve) => {
      this.#waiting.push(resolve);
    });
  }

  #time(): void {
    if (this.#isTimed) return;
    this.#isTimed = true;
    setImmediate(() => {
      this.#isTimed = false;
      this.#spent = 0;
      const share = this.#waiting.splice(0, costPerTurn / cost.frame);
      if (this.#waiting.length > 0) this.#time();
      for (const resume of share) resume();
    });
  }
}
