/** One who follows by OFREP's event stream: each event is a hint to fetch all answers again, which then must be new enough. */
import { setTimeout as sleep } from "node:timers/promises";
import type { Random } from "../../fuzz/random.js";
import { type EventSource, openEventSource, type SentEvent } from "../../support/event-source.js";
import type { Member } from "./member.js";
import type { Reachable } from "./server.js";
import { type Answer, difference, textsOf, type Truth } from "./truth.js";
import { contexts } from "./world.js";

export interface EventReaderOptions {
  /** Index of one of `contexts`. */
  readonly context: number;
  /** Of a CLIENT key. */
  readonly key: string;
  readonly random: Random;
  readonly servers: readonly Reachable[];
}

interface Bulk {
  readonly flags: readonly Answer[];
  readonly eventStreams: readonly { readonly endpoint: { readonly requestUri: string } }[];
}

interface Hint {
  readonly etag: string;
  readonly lastModified: number;
}

const answerWithinMs = 2_000;
const lookEveryMs = 100;
const backMs = { least: 50, most: 300 };

export class EventReader implements Member {
  returns = 0;
  taken = 0;
  readonly resyncs = 0;
  #answers = new Map<string, string>();
  #etag = "";
  #server: Reachable | undefined;
  #source: EventSource | undefined;
  #isDropped = false;
  #isOver = false;

  constructor(private readonly options: EventReaderOptions) {}

  async run(): Promise<void> {
    const { random, servers } = this.options;
    while (!this.#isOver) {
      const ups = servers.filter(({ isUp }) => isUp);
      this.#server = random.pick(ups.length === 0 ? servers : ups);
      this.#isDropped = false;
      await this.#follow(this.#server).catch(() => undefined);
      this.#source?.close();
      await sleep(random.between(backMs.least, backMs.most));
      this.returns += 1;
    }
  }

  drop(): void {
    this.#isDropped = true;
    this.#source?.close();
  }

  pause(): void {
    this.#source?.pause();
  }

  goOn(): void {
    this.#source?.resume();
  }

  stop(): void {
    this.#isOver = true;
    this.drop();
  }

  toString(): string {
    const { targetingKey } = contexts[this.options.context] ?? {};
    return `the event stream of ${targetingKey ?? ""} at ${this.#server?.name ?? "no server"}`;
  }

  differsFrom({ clientAnswers }: Truth): string | null {
    return difference(this.#answers, clientAnswers[this.options.context] ?? new Map<string, string>());
  }

  agreed(): void {}

  /** The stream is opened first and everything fetched then, so that nothing is missed between. Rejects when the line is gone. */
  async #follow(server: Reachable): Promise<void> {
    const [stream] = (await this.#fetch(server, null)) ?? [];
    if (stream === undefined) return;
    const source = openEventSource(`${server.url}${stream.endpoint.requestUri}`);
    this.#source = source;
    while (source.connected() === 0 && source.gaveUp() === null && !this.#isDropped) await sleep(5);
    await this.#fetch(server, null);
    while (!this.#isDropped && source.gaveUp() === null && source.connected() === 1 && server.isUp) {
      const event = await source.next(lookEveryMs).catch(() => null);
      if (event !== null) await this.#fetch(server, hintOf(event));
    }
  }

  /** Answers the streams that are offered; null where nothing has changed. */
  async #fetch(server: Reachable, hint: Hint | null): Promise<Bulk["eventStreams"] | null> {
    const { key, context } = this.options;
    const { targetingKey, attributes } = contexts[context] ?? {};
    const search =
      hint === null
        ? ""
        : `?flagConfigEtag=${encodeURIComponent(hint.etag)}&flagConfigLastModified=${hint.lastModified}`;
    const response = await fetch(`${server.url}/ofrep/v1/evaluate/flags${search}`, {
      method: "POST",
      headers: {
        ...{ "content-type": "application/json", authorization: `Bearer ${key}` },
        ...(hint !== null && { "if-none-match": this.#etag }),
      },
      body: JSON.stringify({ context: { targetingKey, ...attributes } }),
      signal: AbortSignal.timeout(answerWithinMs),
    });
    const text = await response.text();
    if (response.status === 304) return null;
    if (response.status !== 200) throw new Error(`${response.status} ${text}`);
    const bulk = JSON.parse(text) as Bulk;
    this.taken += 1;
    this.#etag = response.headers.get("etag") ?? "";
    this.#answers = textsOf(bulk.flags);
    return bulk.eventStreams;
  }
}

function hintOf({ data }: SentEvent): Hint {
  return JSON.parse(data) as Hint;
}
