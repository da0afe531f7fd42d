/** All the subscribers, and their comings and goings. */
import { setTimeout as sleep } from "node:timers/promises";
import { Random } from "../../fuzz/random.js";
import { HeldAnswers } from "./held-answers.js";
import { HeldChanges } from "./held-changes.js";
import { HeldRuleset } from "./held-ruleset.js";
import type { Held } from "./held.js";
import type { Server } from "./server.js";
import { Subscriber } from "./subscriber.js";
import type { Traffic } from "./traffic.js";
import type { Truth } from "./truth.js";
import { contexts } from "./world.js";

export interface CrowdOptions {
  readonly size: number;
  readonly seed: number;
  readonly servers: readonly Server[];
  readonly key: (name: string) => string;
  readonly traffic: Traffic;
  /** Where history stands before anybody subscribes. */
  readonly revision: string;
  readonly blame: (what: string) => void;
}

const churnMs = { least: 50, most: 400 }; // one of them goes that often

export class Crowd {
  readonly members: readonly Subscriber[];
  readonly #random: Random;
  #running: Promise<unknown> = Promise.resolve();

  constructor(private readonly options: CrowdOptions) {
    const { size, seed, servers, key, revision, blame } = options;
    this.#random = new Random(seed, 900);
    this.members = Array.from({ length: size }, (_, index) => {
      const [held, keyName] = roleOf(index, revision);
      return new Subscriber({
        held,
        key: key(keyName),
        random: new Random(seed, 1_000 + index),
        servers,
        blame,
      });
    });
  }

  start(): void {
    const runs = this.members.map(async (member) => member.run());
    this.#running = Promise.all([...runs, this.#churn()]);
  }

  async stop(): Promise<void> {
    for (const member of this.members) member.stop();
    await this.#running;
  }

  /** Who differs from the truth, and how. */
  differences(truth: Truth): string[] {
    return this.members.flatMap((member) => {
      const how = member.held.differsFrom(truth);
      return how === null ? [] : [`${member.toString()}: ${how}`];
    });
  }

  agreed(truth: Truth): void {
    for (const { held } of this.members) held.agreed(truth);
  }

  get taken(): number {
    return this.members.reduce((sum, { held }) => sum + held.taken, 0);
  }

  get returns(): number {
    return this.members.reduce((sum, { returns }) => sum + returns, 0);
  }

  get resyncs(): number {
    return this.members.reduce((sum, { held }) => sum + (held instanceof HeldChanges ? held.resyncs : 0), 0);
  }

  async #churn(): Promise<void> {
    while (await this.options.traffic.mayGoOn()) {
      this.#random.pick(this.members).drop();
      await sleep(this.#random.between(churnMs.least, churnMs.most));
    }
  }
}

/** What the member of that number holds, and the key it comes with. Of ten: seven ask for answers, one for changes, two for rules. */
function roleOf(index: number, revision: string): readonly [Held, keyName: string] {
  switch (index % 10) {
    case 0:
      return [new HeldChanges(revision), "management"];
    case 1:
    case 2:
      return [new HeldRuleset(), "server_development"];
    default: {
      const clientOnly = index % 3 === 0;
      const held = new HeldAnswers(index % contexts.length, clientOnly);
      return [held, clientOnly ? "client_development" : "server_development"];
    }
  }
}
