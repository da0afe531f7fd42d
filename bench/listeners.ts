/** Subscribers on real WebSockets, in a process of their own, that note when each change reached them, and stop reading when they are told to. */
import { setTimeout as pause } from "node:timers/promises";
import { WebSocket } from "ws";

/** What they are told to do. Each is answered with a `Told`. */
export type Order =
  | {
      readonly kind: "open";
      readonly url: string;
      readonly credential: string;
      readonly subscriptions: readonly string[];
    }
  /** Forget what was noted so far. */
  | { readonly kind: "begin" }
  /** Read nothing any more. */
  | { readonly kind: "pause" }
  /** Read again; those that were closed meanwhile are opened anew. */
  | { readonly kind: "resume" }
  | { readonly kind: "report" };

export interface Told {
  /** Number of the change and the moment of its arrival, one after the other; milliseconds of the machine's own clock. */
  readonly arrivals: Float64Array;
  /** How many sockets were closed since they were opened, by code. */
  readonly closed: Readonly<Record<string, number>>;
}

const openedAtOnce = 50;
const closingTakesMs = 2_000;
const mark = Buffer.from('"value":');

/** Milliseconds by the clock that all processes of a machine share. */
export function machineMs(): number {
  return Number(process.hrtime.bigint()) / 1e6;
}

let arrivals: number[] = [];
let closed: Record<string, number> = {};
let url = "";
let credential = "";
let subscriptions: readonly string[] = [];
const sockets = new Map<number, WebSocket>();

async function obey(order: Order): Promise<void> {
  switch (order.kind) {
    case "open":
      ({ url, credential, subscriptions } = order);
      await openAll();
      break;
    case "begin":
      arrivals = [];
      closed = {};
      break;
    case "pause":
      for (const socket of sockets.values()) socket.pause();
      break;
    case "resume":
      for (const socket of sockets.values()) socket.resume();
      await pause(closingTakesMs); // what is in the way comes first
      await openAll();
      break;
    case "report":
      break;
  }
  process.send?.({ arrivals: Float64Array.from(arrivals), closed } satisfies Told);
}

/** Those that are not open. */
async function openAll(): Promise<void> {
  const missing = subscriptions.map((_, index) => index).filter((index) => !sockets.has(index));
  for (let from = 0; from < missing.length; from += openedAtOnce)
    await Promise.all(missing.slice(from, from + openedAtOnce).map(openOne));
}

/** Resolves with the first answer. */
async function openOne(index: number): Promise<void> {
  const socket = new WebSocket(`${url.replace(/^http/, "ws")}/graphql`, ["graphql-transport-ws"], {
    perMessageDeflate: false,
  });
  sockets.set(index, socket);
  await new Promise<void>((resolve, reject) => {
    socket.on("error", reject);
    socket.on("close", (code, reason) => {
      sockets.delete(index);
      closed[code] = (closed[code] ?? 0) + 1;
      reject(new Error(`closed with ${code}: ${reason.toString()}`));
    });
    socket.on("open", () => {
      socket.send(
        JSON.stringify({ type: "connection_init", payload: { authorization: `Bearer ${credential}` } }),
      );
    });
    socket.on("message", (data: Buffer) => {
      const at = data.indexOf(mark);
      if (at >= 0) {
        arrivals.push(
          Number.parseInt(data.toString("latin1", at + mark.length, at + mark.length + 12), 10),
          machineMs(),
        );
        resolve();
        return;
      }
      const { type } = JSON.parse(data.toString()) as { readonly type: string };
      if (type === "connection_ack") {
        const payload = { query: subscriptions[index] };
        socket.send(JSON.stringify({ id: "1", type: "subscribe", payload }));
      } else if (type === "ping") socket.send('{"type":"pong"}');
      else reject(new Error(data.toString()));
    });
  });
}

process.on("message", (order: Order) => {
  obey(order).catch((error: unknown) => {
    console.error(error);
    process.exit(1);
  });
});
