/** Whole lives of WebSockets: fair ones that subscribe, and ones that keep no rule of the protocol. */
import { WebSocket } from "ws";
import { anyCredential } from "./credentials.js";
import { hostileDocument } from "./hostile-documents.js";
import type { Tools } from "./http-doors.js";
import { judgeClose, judgeText, type Sent, type Violation } from "./judge.js";
import { oddJson, oddText } from "./values.js";

export interface SocketLife {
  readonly sent: Sent;
  readonly violation: Violation | null;
  /** How it ended: a close code, or `left` where this side hung up. */
  readonly outcome: string;
}

type Frame = string | Buffer;

/** One frame, fair or not. `ids` are those that were used before. */
function anyFrame(tools: Tools, ids: string[]): Frame {
  const { random, operations, credentials } = tools;
  const message = (value: unknown): string => JSON.stringify(value);
  const id = ids.length > 0 && random.chance(0.2) ? random.pick(ids) : `id-${random.below(1_000)}`;
  const subscribe = (kind: "query" | "mutation" | "subscription"): string => {
    ids.push(id);
    const { query, variables } = operations.make(kind);
    return message({ id, type: "subscribe", payload: { query, variables } });
  };
  return random.weighed<() => Frame>([
    [14, () => subscribe("subscription")],
    [6, () => subscribe("query")],
    [1, () => subscribe("mutation")],
    [4, () => message({ id, type: "complete" })],
    [2, () => message({ type: "ping", payload: oddJson(random) })],
    [2, () => message({ type: "pong" })],
    [1, () => message({ type: "connection_init", payload: oddJson(random) })],
    [
      1,
      () =>
        message({ type: "connection_init", payload: { authorization: anyCredential(random, credentials) } }),
    ],
    [
      2,
      () =>
        message({
          id,
          type: "subscribe",
          payload: { query: hostileDocument(random, operations.make("query")).query },
        }),
    ],
    [2, () => message({ id: oddJson(random), type: "subscribe", payload: oddJson(random) })],
    [
      1,
      () =>
        message({
          id,
          type: "subscribe",
          payload: { query: "{ me { id } }", variables: oddJson(random), extensions: oddJson(random) },
        }),
    ],
    [
      1,
      () =>
        message({
          id,
          type: random.pick(["next", "error", "connection_ack", "start", "stop", ""]),
          payload: {},
        }),
    ],
    [1, () => message(oddJson(random))],
    [1, () => oddText(random)],
    [1, () => Buffer.from(random.list(random.below(300), () => random.below(256)))],
    [1, () => "x".repeat(random.pick([60_000, 65_536, 65_537, 300_000]))],
  ])();
}

const fair = "graphql-transport-ws";

/** All frames of one life, drawn beforehand. */
function anyFrames(tools: Tools): readonly Frame[] {
  const { random, credentials } = tools;
  const ids: string[] = [];
  const frames = random.list(random.between(1, 25), () => anyFrame(tools, ids));
  const credential = anyCredential(random, credentials);
  const params = random.weighed<() => unknown>([
    [8, () => ({ ...(credential !== null && { authorization: `Bearer ${credential}` }) })],
    [1, () => ({ headers: { "X-Api-Key": credential } })],
    [1, () => ({ authorization: credential, since: random.pick(tools.names.cursors) })],
  ])();
  if (random.chance(0.85)) frames.unshift(JSON.stringify({ type: "connection_init", payload: params }));
  if (random.chance(0.01)) {
    const ping = JSON.stringify({ type: "ping" });
    frames.push(...Array.from({ length: 3_000 }, () => ping));
  }
  if (random.chance(0.01)) frames.push(...manySubscriptions(3_000));
  return frames;
}

function manySubscriptions(count: number): string[] {
  const query = 'subscription { flagChanges(project: "default") { revision } }';
  return Array.from({ length: count }, (_, index) =>
    JSON.stringify({ id: `many-${index}`, type: "subscribe", payload: { query } }),
  );
}

/** How a socket is opened and left. */
interface Manner {
  readonly address: string;
  readonly protocol: string;
  /** Whether everything after the first frame is kept back until the server has let it in. */
  readonly awaitsAck: boolean;
  readonly byForce: boolean;
  readonly listenMs: number;
}

/** Opens a socket, says everything, listens for a moment and goes. */
export async function liveOnSocket(tools: Tools): Promise<SocketLife> {
  const { random, url } = tools;
  const frames = anyFrames(tools);
  const manner = {
    address: url.replace("http", "ws") + (random.chance(0.97) ? "/graphql" : "/elsewhere"),
    protocol: random.chance(0.95) ? fair : random.pick(["graphql-ws", "x"]),
    awaitsAck: random.chance(0.9),
    byForce: random.chance(0.3),
    listenMs: random.between(20, 400),
  };
  const sent = {
    title: "WebSocket",
    shown: () => `${JSON.stringify(manner)}\n${frames.map(shownFrame).join("\n")}`,
    again: async () => live(manner, frames),
  };
  const { found, outcome } = await live(manner, frames);
  return { sent, outcome, violation: found === null ? null : { ...found, sent } };
}

interface Lived {
  readonly outcome: string;
  readonly found: Omit<Violation, "sent"> | null;
}

async function live(manner: Manner, frames: readonly Frame[]): Promise<Lived> {
  const socket = new WebSocket(manner.address, manner.protocol, { maxPayload: 0 });
  let found: Lived["found"] = null;
  const note = (what: string | null, answer: string): void => {
    if (what !== null) found ??= { what, answer };
  };
  return new Promise((resolve) => {
    const say = (some: readonly Frame[]): void => {
      for (const frame of some) if (socket.readyState === WebSocket.OPEN) socket.send(frame);
    };
    socket.on("open", () => {
      say(manner.awaitsAck ? frames.slice(0, 1) : frames);
      setTimeout(() => leave(socket, manner.byForce), manner.listenMs);
    });
    socket.on("message", (data: Buffer) => {
      const text = data.toString();
      note(judgeText(text), text);
      if (manner.awaitsAck && text.includes('"connection_ack"')) say(frames.slice(1));
    });
    socket.on("close", (code, reason) => {
      note(judgeClose(code) ?? judgeText(reason.toString()), `${code} ${reason.toString()}`);
      resolve({ outcome: String(code), found });
    });
    socket.on("error", ({ message }) => resolve({ outcome: /\d{3}/.exec(message)?.[0] ?? "refused", found }));
  });
}

function leave(socket: WebSocket, byForce: boolean): void {
  if (byForce) socket.terminate();
  else socket.close(1000);
  setTimeout(() => socket.terminate(), 2_000).unref();
}

function shownFrame(frame: Frame): string {
  return typeof frame === "string"
    ? JSON.stringify(frame).slice(0, 3_000)
    : `binary ${frame.toString("hex")}`;
}
