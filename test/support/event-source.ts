/** A browser's EventSource as the HTML standard has it, over node's http: for what the server says on a line, and for coming back after it broke. */
import { get, type IncomingMessage } from "node:http";

export interface SentEvent {
  readonly event: string;
  readonly id: string;
  readonly data: string;
}

export interface EventSource {
  /** The next event; rejects when none comes in time, or when the source has given up. */
  readonly next: (withinMs?: number) => Promise<SentEvent>;
  /** Events that were not asked for yet. */
  readonly pending: () => number;
  /** Everything that was received, as it came; also of earlier lines. */
  readonly received: () => string;
  /** How often it was connected. */
  readonly connected: () => number;
  /** The status that made it give up; 0: the line was refused. null: it has not. */
  readonly gaveUp: () => number | null;
  /** Reads no further until told to. */
  readonly pause: () => void;
  readonly resume: () => void;
  readonly close: () => void;
}

/** Connects, and again after each line that ended; gives up at a status that is not 200, as browsers do. */
export function openEventSource(
  url: string | (() => string),
  headers: Readonly<Record<string, string>> = {},
): EventSource {
  const source = new Source(typeof url === "string" ? () => url : url, headers);
  source.connect();
  return {
    next: async (withinMs = 5_000) => source.next(withinMs),
    pending: () => source.events.length,
    received: () => source.received,
    connected: () => source.connections,
    gaveUp: () => source.gaveUp,
    pause: () => source.line?.pause(),
    resume: () => source.line?.resume(),
    close: () => source.close(),
  };
}

class Source {
  readonly events: SentEvent[] = [];
  received = "";
  connections = 0;
  gaveUp: number | null = null;
  line: IncomingMessage | undefined;
  #retryMs = 3_000;
  #lastId = "";
  #closed = false;
  #timer: NodeJS.Timeout | undefined;
  #request: ReturnType<typeof get> | undefined;

  constructor(
    private readonly url: () => string,
    private readonly headers: Readonly<Record<string, string>>,
  ) {}

  connect(): void {
    const last = this.#lastId === "" ? {} : { "last-event-id": this.#lastId };
    const headers = { accept: "text/event-stream", ...this.headers, ...last };
    this.#request = get(this.url(), { headers, agent: false }, (line) => this.#opened(line));
    this.#request.on("error", () => this.#lost());
  }

  async next(withinMs: number): Promise<SentEvent> {
    const until = performance.now() + withinMs;
    for (;;) {
      const event = this.events.shift();
      if (event !== undefined) return event;
      if (this.gaveUp !== null) throw new Error(`The event source gave up at status ${this.gaveUp}.`);
      if (performance.now() > until) throw new Error(`No event within ${withinMs} ms.`);
      await new Promise((resolve) => setTimeout(resolve, 5));
    }
  }

  close(): void {
    this.#closed = true;
    clearTimeout(this.#timer);
    this.#request?.destroy();
  }

  #opened(line: IncomingMessage): void {
    line.on("error", () => undefined); // "close" comes, too
    if (line.statusCode !== 200 || line.headers["content-type"] !== "text/event-stream") {
      this.gaveUp = line.statusCode ?? 0;
      return this.close();
    }
    this.connections += 1;
    this.line = line;
    let rest = "";
    line.setEncoding("utf8");
    line.on("data", (chunk: string) => {
      this.received += chunk;
      const blocks = (rest + chunk).split("\n\n");
      rest = blocks.pop() ?? "";
      for (const block of blocks) this.#read(block);
    });
    line.on("close", () => this.#lost());
  }

  /** One block of lines, up to the empty one. */
  #read(block: string): void {
    const fields = new Map<string, string>();
    for (const line of block.split("\n")) {
      const [, name = "", value = ""] = /^([^:]*):? ?(.*)$/.exec(line) ?? [];
      if (name !== "") fields.set(name, value);
    }
    this.#retryMs = Number(fields.get("retry") ?? this.#retryMs);
    this.#lastId = fields.get("id") ?? this.#lastId;
    const data = fields.get("data");
    if (data !== undefined)
      this.events.push({ event: fields.get("event") ?? "message", id: this.#lastId, data });
  }

  #lost(): void {
    if (this.#closed) return;
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => this.connect(), this.#retryMs);
  }
}
