/** All open event streams of OFREP: whom to tell of which environment, who may stay, and how they end. */
import type { ServerResponse } from "node:http";
import { AnswerWatch, type Audience, mayHear } from "../../features/delivery/index.js";
import type { Caller } from "../../features/permissions/index.js";
import { rateLimited } from "../../platform/problems.js";
import { spenderOf } from "../budgets.js";
import type { ServerTools } from "../graphql/context.js";
import { EventStream } from "./event-stream.js";

export type StreamTools = Pick<ServerTools, "delivery" | "recognise" | "metrics">;

/** Somebody who was let in. */
export interface Listener extends Audience {
  readonly caller: Caller;
  readonly response: ServerResponse;
  readonly headers: Readonly<Record<string, number | string | string[] | undefined>>;
  /** The event that they had last; null: none. */
  readonly lastEventId: string | null;
}

/** The listeners to one environment's answers, who are told the same. */
interface Channel {
  readonly audience: Audience;
  readonly watch: AnswerWatch;
  readonly streams: Set<EventStream>;
  hint: Hint;
}

interface Hint {
  readonly id: string;
  /** The whole event. */
  readonly text: string;
}

const roundEveryMs = 15_000;
const mostStreams = 1_000; // of one credential; of a CLIENT key from one address
const tryAgainMs = 60_000;
const perTurn = 250; // so that requests need not wait until thousands were told

export class EventStreams {
  readonly #channels = new Map<string, Channel>();
  /** Spender → how many are open. */
  readonly #open = new Map<string, number>();
  readonly #timer: NodeJS.Timeout;
  readonly #countEnded: (labels: Readonly<Record<string, string>>) => void;
  #closed = false;

  constructor(
    private readonly tools: StreamTools,
    /** Marks a state as this server's own. */
    private readonly seal: (state: string) => string,
  ) {
    const { metrics } = tools;
    metrics.gauge("halyard_event_streams", "Open OFREP event streams", () => this.#size());
    const help = "OFREP event streams that the server ended: slow, not_permitted, closing";
    this.#countEnded = metrics.counter("halyard_event_streams_ended_total", help, "reason");
    this.#timer = setInterval(() => this.#round(), roundEveryMs);
  }

  /** Opens a stream, which lasts for as long as the caller may evaluate there. Throws RATE_LIMITED. */
  open({ caller, place, isPublic, response, headers, lastEventId }: Listener): void {
    if (response.destroyed) return; // gone while we looked
    if (this.#closed) return this.#sendOn(response, caller, headers);
    const spender = spenderOf(caller);
    const before = this.#open.get(spender) ?? 0;
    if (before >= mostStreams) throw rateLimited("event streams", tryAgainMs);
    this.#open.set(spender, before + 1);
    const channel = this.#channelOf({ place, isPublic });
    const stream = new EventStream(response, caller, this.tools.delivery.now);
    channel.streams.add(stream);
    response.on("close", () => this.#left(channel, stream, spender));
    const { id, text } = channel.hint;
    stream.begin(headers, lastEventId === id ? null : text);
  }

  /** Sends everybody to the other instances. */
  async close(): Promise<void> {
    this.#closed = true;
    clearInterval(this.#timer);
    const all = [...this.#channels.values()].flatMap(({ streams }) =>
      [...streams].filter(({ hasEnded }) => !hasEnded),
    );
    const ends: Promise<void>[] = [];
    await inTurns(all, (stream) => {
      this.#countEnded({ reason: "closing" });
      ends.push(stream.sendAway());
    });
    await Promise.all(ends);
  }

  /** Browsers come back to a stream that ended, and never to one that was refused. */
  #sendOn(response: ServerResponse, caller: Caller, headers: Listener["headers"]): void {
    const stream = new EventStream(response, caller, this.tools.delivery.now);
    stream.begin(headers, null);
    void stream.sendAway();
  }

  #size(): number {
    let size = 0;
    for (const { streams } of this.#channels.values()) size += streams.size;
    return size;
  }

  #channelOf(audience: Audience): Channel {
    const known = this.#channels.get(nameOf(audience));
    if (known !== undefined) return known;
    const woken = (): void => void this.#woken(channel);
    const watch = new AnswerWatch(this.tools.delivery, audience, woken);
    const channel: Channel = { audience, watch, streams: new Set(), hint: this.#hintOf(watch) };
    this.#channels.set(nameOf(audience), channel);
    return channel;
  }

  #left(channel: Channel, stream: EventStream, spender: string): void {
    channel.streams.delete(stream);
    const left = (this.#open.get(spender) ?? 1) - 1;
    if (left === 0) this.#open.delete(spender);
    else this.#open.set(spender, left);
    if (channel.streams.size > 0) return;
    channel.watch.close();
    this.#channels.delete(nameOf(channel.audience));
  }

  #hintOf(watch: AnswerWatch): Hint {
    const id = this.seal(watch.state);
    const lastModified = Math.floor(watch.changedAt / 1_000);
    const data = JSON.stringify({ type: "refetchEvaluation", etag: id, lastModified });
    return { id, text: `event: message\nid: ${id}\ndata: ${data}\n\n` };
  }

  async #woken(channel: Channel): Promise<void> {
    const isNews = channel.watch.look();
    if (isNews) channel.hint = this.#hintOf(channel.watch);
    await inTurns([...channel.streams], (stream) => {
      if (this.#mayStay(channel, stream) && isNews) stream.tell(channel.hint.text);
    });
  }

  #round(): void {
    for (const channel of this.#channels.values()) {
      void inTurns([...channel.streams], (stream) => {
        if (this.#mayStay(channel, stream) && !stream.beat()) this.#countEnded({ reason: "slow" });
      });
    }
  }

  #mayStay({ audience }: Channel, stream: EventStream): boolean {
    if (stream.hasEnded) return false; // counted then, and only on its way out
    if (mayHear(this.tools, stream.caller, audience.place)) return true;
    stream.end();
    this.#countEnded({ reason: "not_permitted" });
    return false;
  }
}

function nameOf({ place, isPublic }: Audience): string {
  return `${place.project}/${place.environment}/${isPublic}`;
}

async function inTurns<T>(all: readonly T[], look: (one: T) => void): Promise<void> {
  for (let start = 0; start < all.length; start += perTurn) {
    if (start > 0) await new Promise((resolve) => setImmediate(resolve));
    for (const one of all.slice(start, start + perTurn)) look(one);
  }
}
