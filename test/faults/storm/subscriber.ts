/** One subscriber on a socket of its own, which comes back whenever it is cut off, and now and then goes somewhere else of itself. */
import { setTimeout as sleep } from "node:timers/promises";
import { WebSocket } from "ws";
import type { Random } from "../../fuzz/random.js";
import type { Held } from "./held.js";
import type { Member } from "./member.js";
import type { Reachable } from "./server.js";
import type { Truth } from "./truth.js";

export interface SubscriberOptions {
  readonly held: Held;
  readonly key: string;
  readonly random: Random;
  readonly servers: readonly Reachable[];
  readonly blame: (what: string) => void;
}

interface Refusal {
  readonly extensions?: { readonly code?: string };
}

interface Frame {
  readonly id?: string;
  readonly type: string;
  readonly payload?: { readonly data?: unknown; readonly errors?: readonly Refusal[] };
}

const openWithinMs = 2_000;
const backMs = { least: 50, most: 300 };
const id = "1";

export class Subscriber implements Member {
  returns = 0;
  #socket: WebSocket | undefined;
  #server: Reachable | undefined;
  #isOver = false;

  constructor(private readonly options: SubscriberOptions) {}

  get taken(): number {
    return this.options.held.taken;
  }

  get resyncs(): number {
    return this.options.held.resyncs;
  }

  async run(): Promise<void> {
    while (!this.#isOver) {
      await this.#subscribeOnce();
      await sleep(this.options.random.between(backMs.least, backMs.most));
      this.returns += 1;
    }
  }

  drop(): void {
    this.#socket?.terminate();
  }

  pause(): void {
    this.#socket?.pause();
  }

  goOn(): void {
    this.#socket?.resume();
  }

  stop(): void {
    this.#isOver = true;
    this.drop();
  }

  toString(): string {
    return `${this.options.held.name} at ${this.#server?.name ?? "no server"}`;
  }

  differsFrom(truth: Truth): string | null {
    return this.options.held.differsFrom(truth);
  }

  agreed(truth: Truth): void {
    this.options.held.agreed(truth);
  }

  /** Resolves when the line is gone, for whatever reason. */
  async #subscribeOnce(): Promise<void> {
    const { random, servers } = this.options;
    const ups = servers.filter(({ isUp }) => isUp);
    const server = random.pick(ups.length === 0 ? servers : ups);
    this.#server = server;
    const socket = new WebSocket(`${server.url.replace(/^http/, "ws")}/graphql`, "graphql-transport-ws");
    this.#socket = socket;
    const opened = setTimeout(() => socket.terminate(), openWithinMs);
    socket.on("error", () => undefined); // "close" follows
    socket.on("open", () => {
      socket.send(
        JSON.stringify({ type: "connection_init", payload: { authorization: `Bearer ${this.options.key}` } }),
      );
    });
    socket.on("message", (data: Buffer) => {
      const frame = JSON.parse(data.toString()) as Frame;
      if (frame.type === "connection_ack") clearTimeout(opened);
      if (!this.#isOver) this.#hear(frame, socket);
    });
    await new Promise((resolve) => socket.once("close", resolve));
    clearTimeout(opened);
  }

  #hear({ type, payload }: Frame, socket: WebSocket): void {
    const { held, blame } = this.options;
    switch (type) {
      case "connection_ack":
        return socket.send(JSON.stringify({ id, type: "subscribe", payload: held.operation() }));
      case "next": {
        if (payload?.errors !== undefined) return this.#refused(payload.errors, socket);
        const wrong = held.take(payload?.data);
        if (wrong !== null) blame(`${this.toString()} ${wrong}`);
        return;
      }
      case "error":
        return this.#refused(payload as unknown as readonly Refusal[], socket);
      case "complete": // a server that is going down ends its subscriptions
        return socket.terminate();
      case "ping":
        return socket.send(JSON.stringify({ type: "pong" }));
    }
  }

  /** Comes back later. What needs the database may say so while that is away. */
  #refused(errors: readonly Refusal[], socket: WebSocket): void {
    const isAway = errors.every(({ extensions }) => extensions?.code === "UNAVAILABLE");
    if (!isAway) this.options.blame(`${this.toString()} was refused: ${JSON.stringify(errors)}`);
    socket.terminate();
  }
}
