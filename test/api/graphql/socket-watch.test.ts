/** Sockets whose other end is gone without a word. */
import { createServer, type IncomingMessage } from "node:http";
import type { AddressInfo } from "node:net";
import { afterEach, beforeEach, expect, it, vi } from "vitest";
import { WebSocket, WebSocketServer } from "ws";
import { Line } from "../../../src/api/graphql/fan-out/line.js";
import { SocketWatch } from "../../../src/api/graphql/socket-watch.js";
import { openMetrics } from "../../../src/platform/metrics.js";

const server = createServer();
const sockets = new WebSocketServer({ server });
let watch: SocketWatch;
let url = "";

beforeEach(async () => {
  vi.useFakeTimers({ toFake: ["setInterval", "clearInterval"] });
  const reader = { onAdvance: () => () => false };
  watch = new SocketWatch(
    { recognise: (caller) => caller, metrics: openMetrics(), delivery: { reader } },
    30_000,
  );
  sockets.on("connection", (socket: WebSocket, request: IncomingMessage) =>
    watch.add(new Line(socket, request.socket)),
  );
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  url = `ws://127.0.0.1:${(server.address() as AddressInfo).port}`;
});
afterEach(async () => {
  watch.close();
  vi.useRealTimers();
  for (const socket of sockets.clients) socket.terminate();
  await new Promise<void>((resolve) => void server.close(() => resolve()));
});

async function open(
  autoPong: boolean,
): Promise<{ readonly socket: WebSocket; readonly pings: () => number }> {
  const socket = new WebSocket(url, { autoPong });
  let pings = 0;
  socket.on("ping", () => (pings += 1));
  await new Promise((resolve) => socket.once("open", resolve));
  return { socket, pings: () => pings };
}

it("a ping comes every 12 seconds, and who leaves one unanswered is cut off at the next", async () => {
  const [alive, dead] = [await open(true), await open(false)];
  await expect.poll(() => sockets.clients.size).toBe(2);
  vi.advanceTimersByTime(9_000);
  await new Promise((resolve) => setTimeout(resolve, 50));
  expect(alive.pings()).toBe(0);
  vi.advanceTimersByTime(3_000);
  await expect.poll(() => [alive.pings(), dead.pings()]).toEqual([1, 1]);
  await new Promise((resolve) => setTimeout(resolve, 50)); // for the answer to arrive
  vi.advanceTimersByTime(12_000);
  await expect.poll(() => dead.socket.readyState).toBe(WebSocket.CLOSED);
  await expect.poll(alive.pings).toBe(2);
  expect(alive.socket.readyState).toBe(WebSocket.OPEN);
});
