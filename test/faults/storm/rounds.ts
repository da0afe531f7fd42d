/** Which faults come when: a shuffled deck in which every kind comes as often as any other, and now and then two at once. */
import type { Random } from "../../fuzz/random.js";
import type { Fault } from "./fault.js";

export class Rounds {
  #deck: Fault[] = [];

  constructor(
    private readonly faults: readonly Fault[],
    private readonly random: Random,
  ) {}

  /** What is done together. */
  next(): readonly Fault[] {
    const first = this.#draw(() => true);
    if (first === undefined) throw new Error("There are no faults.");
    const second = this.random.chance(overlapping)
      ? this.#draw(({ victims }) => !victims.some((victim) => first.victims.includes(victim)))
      : undefined;
    return second === undefined ? [first] : [first, second];
  }

  #draw(fits: (fault: Fault) => boolean): Fault | undefined {
    if (this.#deck.length === 0) this.#deck = this.#shuffled();
    const at = this.#deck.findIndex(fits);
    return at < 0 ? undefined : this.#deck.splice(at, 1)[0];
  }

  #shuffled(): Fault[] {
    const deck = [...this.faults];
    for (let at = deck.length - 1; at > 0; at -= 1) {
      const other = this.random.below(at + 1);
      [deck[at], deck[other]] = [deck[other] as Fault, deck[at] as Fault];
    }
    return deck;
  }
}

const overlapping = 0.25;
