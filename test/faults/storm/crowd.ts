/** All the subscribers, and their comings and goings. */
import { setTimeout as sleep } from "node:timers/promises";
import { Random } from "../../fuzz/random.js";
import { EventReader } from "./event-reader.js";
import { HeldAnswers } from "./held-answers.js";
import { HeldChanges } from "./held-changes.js";
import { HeldRuleset } from "./held-ruleset.js";
import type { Held } from "./held.js";
import type { Member } from "./member.js";
import type { History } from "./positions.js";
import type { Reachable } from "./server.js";
import { Subscriber } from "./subscriber.js";
import type { Traffic } from "./traffic.js";
import type { Truth } from "./truth.js";
import { contexts } from "./world.js";

export interface CrowdOptions {
  readonly size: number;
  readonly seed: number;
  readonly servers: readonly Reachable[];
  readonly key: (name: string) => string;
  readonly traffic: Traffic;
  readonly history: History;
  /** Where history stands before anybody subscribes. */
  readonly revision: string;
  readonly blame: (what: string) => void;
}

const churnMs = { least: 50, most: 400 }; // one of them goes that often

export class Crowd {
  readonly members: readonly Member[];
  readonly #random: Random;
  #running: Promise<unknown> = Promise.resolve();

  constructor(private readonly options: CrowdOptions) {
    this.#random = new Random(options.seed, 900);
    this.members = Array.from({ length: options.size }, (_, index) => memberOf(options, index));
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
      const how = member.differsFrom(truth);
      return how === null ? [] : [`${member.toString()}: ${how}`];
    });
  }

  agreed(truth: Truth): void {
    for (const member of this.members) member.agreed(truth);
  }

  /** Of all its members together. */
  total(figure: "taken" | "returns" | "resyncs"): number {
    return this.members.reduce((sum, member) => sum + member[figure], 0);
  }

  async #churn(): Promise<void> {
    while (await this.options.traffic.mayGoOn()) {
      this.#random.pick(this.members).drop();
      await sleep(this.#random.between(churnMs.least, churnMs.most));
    }
  }
}

/** Of ten: one hears of changes, two have the rules, one follows the event stream, and six ask for answers, two of them as browsers do. */
function memberOf(options: CrowdOptions, index: number): Member {
  const { seed, servers, key, revision, history, blame } = options;
  const random = new Random(seed, 1_000 + index);
  const context = Math.floor(index / 10) % contexts.length;
  const subscriber = (held: Held, keyName: string): Member =>
    new Subscriber({ held, key: key(keyName), random, servers, blame });
  switch (index % 10) {
    case 0:
      return subscriber(new HeldChanges(revision), "management");
    case 1:
    case 2:
      return subscriber(new HeldRuleset(history), "server_development");
    case 3:
      return new EventReader({ context, key: key("client_development"), random, servers });
    case 4:
    case 5:
      return subscriber(new HeldAnswers(context, true, history), "client_development");
    default:
      return subscriber(
        new HeldAnswers((context + index) % contexts.length, false, history),
        "server_development",
      );
  }
}
