/**
 * The driver, postgres.js, held to one connection for its whole life. Left to itself it reconnects behind the back of a
 * transaction, writes to a socket that is gone, and waits without end: docs/decisions/0008-postgres-js-guarded.md.
 */
import type { Socket } from "node:net";
import postgres from "postgres";
import { driverTypes } from "./parity.js";
import { type Address, dial } from "./postgres-socket.js";
import { DatabaseUnavailable } from "./unavailable.js";

/** To connect, and then for the first byte. */
const CONNECT_DEADLINE_MS = 5_000;
const GOODBYE_SECONDS = 1;

const settings = {
  max: 1,
  fetch_types: false,
  backoff: false,
  connect_timeout: 0,
  idle_timeout: 0,
  max_lifetime: null,
  types: driverTypes,
  connection: { application_name: "halyard", TimeZone: "UTC", DateStyle: "ISO" },
  onnotice: () => {},
};

/**
 * The driver as Drizzle wants it, with its reading of the URL. It never connects.
 * @throws if the URL or the environment asks for what is not done here.
 */
export function readUrl(url: string): postgres.Sql {
  const driver = postgres(url, settings);
  const { host, target_session_attrs: target } = driver.options;
  if (host.length !== 1) throw new Error("a list of hosts is not supported");
  // The driver would ask a new connection for its role, and end the process if it is lost meanwhile.
  if (target) throw new Error("target_session_attrs is not supported");
  return driver;
}

/** Rows, as objects or as lists of values, and PostgreSQL's word for what was done. */
export type Answer = unknown[] & { readonly command: string };

export interface ConnectionOptions {
  readonly url: string;
  /** Silence for so long drops the connection while it is used, and ends it while it is not; 0 is never. */
  readonly silenceMs: number;
  /** Told once that the connection is no more. */
  readonly onLost?: () => void;
}

/** Connects at the first statement. Once it is lost, every statement is refused before it reaches the driver. */
export class Connection {
  readonly #options: ConnectionOptions;
  readonly #sql: postgres.Sql;
  #isDialled = false;
  #isUsed = false;
  #isEnding = false;
  #socket: Socket | undefined;
  #loss: Error | undefined;
  #last: Promise<unknown> = Promise.resolve();
  #failRunning: (reason: Error) => void = () => {};

  constructor(options: ConnectionOptions) {
    this.#options = options;
    const { host, port, ssl } = readUrl(options.url).options;
    const address = { host: host[0] ?? "", port: port[0] ?? 0, ssl };
    const socket = async (): Promise<Socket> => await this.#dial(address); // documented, but has no type
    const guarded = { ...settings, ssl: false, socket };
    this.#sql = postgres(options.url, guarded);
  }

  get isFree(): boolean {
    return !this.#isUsed && !this.#isEnding && this.#loss === undefined;
  }

  get isLost(): boolean {
    return this.#loss !== undefined;
  }

  /** Lends the connection, which must be free, to `work`. */
  async use<T>(work: (connection: Connection) => Promise<T>): Promise<T> {
    this.#isUsed = true;
    this.#socket?.setTimeout(this.#options.silenceMs);
    try {
      return await work(this);
    } finally {
      this.#isUsed = false;
    }
  }

  /** Runs a statement after those that were asked for before it; without parameters also several in one text. */
  async run(text: string, parameters: readonly unknown[] = [], asLists = false): Promise<Answer> {
    const running = this.#last.then(async () => await this.#send(text, parameters, asLists));
    this.#last = running.catch(() => {});
    return await running;
  }

  /** Takes leave of the server. */
  async end(): Promise<void> {
    this.#isEnding = true;
    if (this.#loss === undefined) await this.#sql.end({ timeout: GOODBYE_SECONDS });
    this.drop(new Error("the connection was ended"));
  }

  /** Gives the connection up at once, and with it a transaction under way. */
  drop(reason: Error): void {
    if (this.#loss !== undefined) return;
    this.#loss = new DatabaseUnavailable("the connection to PostgreSQL is lost", { cause: reason });
    this.#socket?.destroy();
    this.#failRunning(this.#loss);
    this.#options.onLost?.();
  }

  async #send(text: string, parameters: readonly unknown[], asLists: boolean): Promise<Answer> {
    return await new Promise<Answer>((resolve, reject) => {
      if (this.#loss !== undefined) return reject(this.#loss);
      this.#failRunning = reject;
      const query = this.#sql.unsafe<Answer>(text, [...parameters] as postgres.ParameterOrJSON<never>[]);
      // Where the driver looks this up for a statement that failed, it remembers the statement for ever.
      void Object.defineProperty(query, "origin", { value: "" });
      (asLists ? query.values() : query).then(resolve, reject);
    });
  }

  /** The driver asks for a socket each time that it wants to connect. It gets one, once. */
  async #dial(address: Address): Promise<Socket> {
    if (this.#isDialled) throw new Error("a connection is not opened twice");
    this.#isDialled = true;
    try {
      const socket = await dial(address, CONNECT_DEADLINE_MS);
      this.#socket = socket;
      this.#watch(socket);
      if (this.#loss !== undefined) socket.destroy();
      return socket;
    } catch (error) {
      this.drop(error instanceof Error ? error : new Error(String(error)));
      throw error;
    }
  }

  #watch(socket: Socket): void {
    const { silenceMs } = this.#options;
    socket.setTimeout(Math.min(CONNECT_DEADLINE_MS, silenceMs || CONNECT_DEADLINE_MS));
    socket.once("data", () => socket.setTimeout(silenceMs));
    socket.on("timeout", () => {
      if (this.#isUsed) this.drop(new Error(`silent for ${socket.timeout} ms`));
      else void this.end();
    });
    socket.once("error", (reason) => this.drop(reason));
    socket.once("close", () => this.drop(new Error("the server closed the connection")));
  }
}
