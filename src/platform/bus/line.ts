/** Watches connections that do not notice by themselves that the other end is gone. */
import { withDeadline } from "../deadline.js";
import type { Log } from "../log.js";
import { Listeners } from "./listeners.js";
import type { Unsubscribe } from "./bus.js";

/** What a line needs of an ioredis client. */
interface Client {
  readonly connect: () => Promise<unknown>;
  readonly ping: () => Promise<unknown>;
  /** With `true` it connects again. */
  readonly disconnect: (reconnect?: boolean) => void;
  on(event: "ready" | "close", listener: () => void): unknown;
  on(event: "error", listener: (error: Error) => void): unknown;
}

interface LineOptions {
  readonly log: Log;
  /** Epoch milliseconds. */
  readonly now: () => number;
  /** Time between two PINGs, and how long each may take. */
  readonly heartbeatMs: number;
  /** What has to work on new connections before the line counts as up, such as subscribing; tried again until it does. */
  readonly prepare: () => Promise<unknown>;
}

/** Connections that are only of use together: up while every one of them answers. */
export class Line {
  readonly #clients: readonly Client[];
  readonly #options: LineOptions;
  readonly #back: Listeners<[]>;
  #heartbeat: NodeJS.Timeout | undefined;
  #up = false;
  #since: number;
  #closed = false;
  /** Whether somebody was told that it is not up. */
  #missed = false;
  #prepared: Promise<unknown> | undefined;
  /** Connections lost so far: a PONG that is older than a loss proves nothing. */
  #losses = 0;
  #lastError: string | undefined;

  constructor(clients: readonly Client[], options: LineOptions) {
    this.#clients = clients;
    this.#options = options;
    this.#back = new Listeners(options.log);
    this.#since = options.now();
    for (const client of clients) {
      client.on("error", (error) => (this.#lastError = error.message || error.name));
      client.on("close", () => this.#lose());
      client.on("ready", () => void this.#beat());
    }
  }

  /** What went wrong last, for the operator. */
  get lastError(): string | undefined {
    return this.#lastError;
  }

  /** Rejects if it is not up after the first attempt; more follow in the background until it is, or closed. */
  async open(): Promise<void> {
    this.#heartbeat = setInterval(() => void this.#beat({ redial: true }), this.#options.heartbeatMs);
    this.#heartbeat.unref();
    await Promise.all(this.#clients.map(async (client) => await client.connect()));
    await this.#beat();
    if (!this.#up) throw new Error(this.#lastError ?? "no PONG");
  }

  /** Nobody waits for the first attempt any longer: from now on it is worth telling when it is up. */
  miss(): void {
    this.#missed = !this.#up;
  }

  status(): { readonly up: boolean; readonly since: number } {
    return { up: this.#up, since: this.#since };
  }

  /** Called when the line is up again, once what was subscribed is subscribed again. */
  onBack(listener: () => void): Unsubscribe {
    return this.#back.add(listener);
  }

  close(): void {
    this.#closed = true;
    this.#up = false;
    clearInterval(this.#heartbeat);
    this.#back.clear();
    for (const client of this.#clients) client.disconnect();
  }

  /**
   * A PING is answered after what was sent before it, so that its answer also proves the subscription.
   * A connection that does not answer, or never became one, is dialled again.
   */
  async #beat({ redial = false } = {}): Promise<void> {
    if (this.#closed) return;
    const losses = this.#losses;
    const answers = await Promise.all(
      this.#clients.map(async (client) => {
        const isAlive = await this.#answers(client);
        if (!isAlive && redial && !this.#closed) client.disconnect(true);
        return isAlive;
      }),
    );
    this.#turn(answers.every(Boolean) && losses === this.#losses);
  }

  async #answers(client: Client): Promise<boolean> {
    const late = (): Error => new Error(`no answer within ${this.#options.heartbeatMs} ms`);
    const answered = this.#prepare().then(async () => await client.ping());
    return await withDeadline(answered, this.#options.heartbeatMs, late).then(
      () => true,
      (error: unknown) => {
        if (error instanceof Error) this.#lastError ??= error.message;
        return false;
      },
    );
  }

  /** Once for connections that stay; again where it failed. */
  async #prepare(): Promise<void> {
    this.#prepared ??= this.#options.prepare();
    await this.#prepared.catch((error: unknown) => {
      this.#prepared = undefined;
      throw error;
    });
  }

  #lose(): void {
    this.#losses += 1;
    this.#prepared = undefined;
    this.#turn(false);
  }

  #turn(up: boolean): void {
    if (this.#closed || up === this.#up) return;
    this.#up = up;
    this.#since = this.#options.now();
    if (!up) {
      const reason = this.#lastError ?? "the connection was closed";
      this.#options.log.warn({ reason }, "Redis is lost: changes elsewhere are found by polling");
    } else if (this.#missed) {
      this.#lastError = undefined; // the next loss has a reason of its own
      this.#options.log.info("Redis is back");
      this.#back.tell();
    }
    this.#missed = !up;
  }
}
