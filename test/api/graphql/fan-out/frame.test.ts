import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { afterAll, beforeAll, expect, it } from "vitest";
import { WebSocket, WebSocketServer } from "ws";
import { nextFrame, tailOf } from "../../../../src/api/graphql/fan-out/frame.js";

/** A client of ws itself, which refuses what is no proper frame; what `write` is given goes out on its line. */
let client: WebSocket;
let write: (bytes: Buffer) => void;
const server = createServer();
const sockets = new WebSocketServer({ server });
beforeAll(async () => {
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  sockets.on("connection", (_socket, request) => {
    write = (bytes) => void request.socket.write(bytes);
  });
  client = new WebSocket(`ws://127.0.0.1:${(server.address() as AddressInfo).port}`);
  await new Promise((resolve) => client.once("open", resolve));
});
afterAll(() => {
  client.terminate();
  sockets.close();
  server.close();
});

/** The value of `text` with which the whole message has that many bytes. */
function textFor(bytes: number, id: string): string {
  const rest = JSON.stringify({ id, type: "next", payload: { data: "" } });
  return "x".repeat(bytes - Buffer.byteLength(rest));
}

it.each([
  ["of a few bytes", "1", "x"],
  ["of 125 bytes", "1", textFor(125, "1")],
  ["of 126 bytes", "1", textFor(126, "1")],
  ["of 65 535 bytes", "1", textFor(65_535, "1")],
  ["of 65 536 bytes", "1", textFor(65_536, "1")],
  ["of a million bytes", "1", textFor(1_000_000, "1")],
  ["with text of every kind", 'é"\\🙂', 'ü"\u2028🙂'],
])("a message %s is what a client reads", async (_what, id, data) => {
  const heard = new Promise<string>((resolve) => {
    client.once("message", (message: Buffer) => resolve(message.toString()));
  });
  for (const piece of nextFrame(id, tailOf({ data }))) write(piece);
  expect(JSON.parse(await heard)).toEqual({ id, type: "next", payload: { data } });
});
