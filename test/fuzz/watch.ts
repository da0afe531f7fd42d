/** Watches the server's health while it is fuzzed, and finds out what made it slow by sending it again in peace. */
import type { Sent, Violation } from "./judge.js";
import type { Health, Target } from "./target.js";

/** The event loop is to be free within this time. */
const lagBoundMs = 200;
const memoryBound = 1_500 * 1024 * 1024; // bytes
const lookEveryMs = 500;
const settleMs = 300;

export interface Watched {
  /** The longest that the server's event loop was busy, as far as that can be told on a busy machine; milliseconds. */
  readonly worstLagMs: number;
  /** Moments above the bound that nothing sent in them brings about again: many things at once, or a machine that was busy. */
  readonly unexplained: number;
  /** Resident bytes: early, at most, and at the end. */
  readonly memory: { readonly early: number; readonly most: number; readonly last: number };
}

export class Watch {
  #recent: Sent[] = [];
  #worstLagMs = 0;
  #unexplained = 0;
  readonly #memory: number[] = [];
  /** While somebody looks closer, nothing else is sent. */
  #closerLook: Promise<void> | undefined;

  constructor(
    private readonly target: Target,
    private readonly blame: (violation: Violation) => void,
  ) {}

  /** Resolves when it is a good time to send something. */
  async mayGoOn(): Promise<void> {
    await this.#closerLook;
  }

  saw(sent: Sent): void {
    this.#recent.push(sent);
  }

  async keepLooking(goesOn: () => boolean): Promise<void> {
    await this.target.look(); // the start's own lag is not the fuzzer's doing
    while (goesOn()) {
      await sleep(lookEveryMs);
      const suspects = this.#recent;
      this.#recent = [];
      await this.#consider(await this.target.look(), suspects);
    }
  }

  report(): Watched {
    const [early = 0] = this.#memory;
    const memory = { early, most: Math.max(0, ...this.#memory), last: this.#memory.at(-1) ?? 0 };
    return { worstLagMs: this.#worstLagMs, unexplained: this.#unexplained, memory };
  }

  async #consider({ mistakes, lagMs, memory }: Health, suspects: readonly Sent[]): Promise<void> {
    this.#worstLagMs = Math.max(this.#worstLagMs, lagMs);
    if (memory > 0) this.#memory.push(memory);
    const found = [...mistakes];
    if (memory > memoryBound) found.push(`memory grew to ${Math.round(memory / 1024 / 1024)} MiB`);
    for (const what of found) this.blame({ what, sent: together(suspects), answer: "" });
    if (lagMs <= lagBoundMs) return;
    this.#closerLook = this.#findCulprit(suspects);
    await this.#closerLook;
    this.#closerLook = undefined;
  }

  async #findCulprit(suspects: readonly Sent[]): Promise<void> {
    await sleep(settleMs);
    for (const sent of suspects) {
      const lagMs = await this.#leastLagOf(sent);
      if (lagMs <= lagBoundMs) continue;
      this.blame({ what: `keeps the event loop busy for ${Math.round(lagMs)} ms`, sent, answer: "" });
      return;
    }
    this.#unexplained += 1;
  }

  /** Of up to three times: a machine that is busy with something else is not so three times in a row. */
  async #leastLagOf(sent: Sent): Promise<number> {
    let least = Infinity;
    for (let time = 0; time < 3 && least > lagBoundMs; time += 1) {
      await this.target.look();
      await sent.again().catch(() => undefined);
      await sleep(20); // the histogram counts a delay when it is over
      least = Math.min(least, (await this.target.look()).lagMs);
    }
    return least;
  }
}

async function sleep(ms: number): Promise<void> {
  await new Promise((resolve) => setTimeout(resolve, ms));
}

function together(suspects: readonly Sent[]): Sent {
  return {
    title: "everything of that moment",
    shown: () => suspects.map((one) => one.shown()).join("\n\n"),
    again: async () => Promise.all(suspects.map(async (one) => one.again())),
  };
}
