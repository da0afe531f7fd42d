/** Sends a server whatever chance makes up, through every door and several at a time, and watches that it stays well. */
import type { GraphQLSchema } from "graphql";
import { anyCredential, makeCredentials } from "./credentials.js";
import {
  anyHostileDocument,
  anyOfrep,
  anyOperation,
  type Exchange,
  NoAnswer,
  oddGraphQL,
  sendOperation,
  type Tools,
} from "./http-doors.js";
import { judge, outcomeOf, type Sent, type Violation } from "./judge.js";
import { freshNames, learn } from "./names.js";
import { type GraphQLRequest, OperationMaker } from "./operations.js";
import { Random } from "./random.js";
import { rawExchange } from "./raw-http.js";
import { anyDefinition } from "./rules.js";
import { shrink } from "./shrink.js";
import { liveOnSocket } from "./socket-door.js";
import { startTarget, type Target } from "./target.js";
import { Watch, type Watched } from "./watch.js";

export interface FuzzOptions {
  readonly schema: GraphQLSchema;
  readonly seed: number;
  readonly seconds: number;
  readonly connections: number;
}

export interface FuzzReport extends Watched {
  /** `query flags 200` → how often. */
  readonly counts: ReadonlyMap<string, number>;
  readonly violations: readonly Violation[];
}

const enough = 5;

/** Starts a server, fuzzes it for that long or until enough is wrong, and stops it. */
export async function fuzz(options: FuzzOptions): Promise<FuzzReport> {
  const target = await startTarget();
  try {
    return await new Fuzzing(target, options).run();
  } finally {
    await target.stop();
  }
}

class Fuzzing {
  readonly #counts = new Map<string, number>();
  readonly #violations: Violation[] = [];
  readonly #names = freshNames();
  readonly #watch: Watch;
  #until = 0;

  constructor(
    private readonly target: Target,
    private readonly options: FuzzOptions,
  ) {
    this.#watch = new Watch(target, (violation) => this.#violations.push(violation));
  }

  async run(): Promise<FuzzReport> {
    const { url, key } = this.target;
    const { connections, schema, seconds, seed } = this.options;
    const credentials = await makeCredentials(url, key);
    this.#until = Date.now() + seconds * 1_000;
    const senders = Array.from({ length: connections }, async (_, index) => {
      const random = new Random(seed, index);
      const operations = new OperationMaker(schema, random, this.#names);
      await this.#keepSending({ url, random, names: this.#names, operations, credentials });
    });
    await Promise.all([...senders, this.#watch.keepLooking(() => this.#goesOn)]);
    return { counts: this.#counts, violations: this.#violations, ...this.#watch.report() };
  }

  get #goesOn(): boolean {
    return Date.now() < this.#until && this.#violations.length < enough;
  }

  async #keepSending(tools: Tools): Promise<void> {
    while (this.#goesOn) {
      await this.#watch.mayGoOn();
      try {
        await this.#sendSomething(tools);
      } catch (error) {
        this.#blameForSilence(error);
      }
    }
  }

  async #sendSomething(tools: Tools): Promise<void> {
    await tools.random.weighed<() => Promise<void>>([
      [42, async () => this.#operation(tools, anyOperation(tools))],
      [8, async () => this.#define(tools)],
      [10, async () => this.#operation(tools, anyHostileDocument(tools))],
      [8, async () => this.#consider(await oddGraphQL(tools))],
      [18, async () => this.#consider(await anyOfrep(tools))],
      [8, async () => this.#consider(await rawExchange(tools))],
      [6, async () => this.#socket(tools)],
    ])();
  }

  async #define(tools: Tools): Promise<void> {
    const { random, names, credentials } = tools;
    await this.#operation(tools, anyDefinition(random, names), credentials.root);
  }

  async #operation(
    { url, random, credentials }: Tools,
    request: GraphQLRequest,
    credential = anyCredential(random, credentials),
  ): Promise<void> {
    const send = async (operation: GraphQLRequest): Promise<Exchange> =>
      sendOperation(url, credential, operation);
    const exchange = await send(request);
    learn(this.#names, exchange.answer.body, credentials.kept);
    const what = judge(exchange.answer);
    if (what === null) return this.#consider(exchange);
    const smallest = await shrink(request, async (smaller) => judge((await send(smaller)).answer) === what);
    const again = await send(smallest);
    this.#consider(judge(again.answer) === null ? exchange : again);
  }

  #consider({ sent, answer }: Exchange): void {
    this.#note(sent, outcomeOf(answer));
    const what = judge(answer);
    if (what !== null) this.#violations.push({ what, sent, answer: answer.body.slice(0, 2_000) });
  }

  async #socket(tools: Tools): Promise<void> {
    const { sent, violation, outcome } = await liveOnSocket(tools);
    this.#note(sent, outcome);
    if (violation !== null) this.#violations.push(violation);
  }

  #note(sent: Sent, outcome: string): void {
    this.#watch.saw(sent);
    const name = `${sent.title} ${outcome}`;
    this.#counts.set(name, (this.#counts.get(name) ?? 0) + 1);
  }

  #blameForSilence(error: unknown): void {
    if (!(error instanceof NoAnswer)) throw error;
    this.#violations.push({ what: error.message, sent: error.sent, answer: "" });
  }
}
