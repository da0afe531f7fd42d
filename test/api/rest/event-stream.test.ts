/** One stream over a real line: a reader that stops reading owes nobody anything, and is owed one hint. */
import { once } from "node:events";
import { createServer, get, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { afterEach, beforeEach, expect, it } from "vitest";
import { EventStream } from "../../../src/api/rest/event-stream.js";
import { systemCaller } from "../../../src/features/permissions/index.js";

const more = "x".repeat(16 * 1024 * 1024); // more than a line holds
let server: Server;
let stream: EventStream;
let response: ServerResponse;
let reader: IncomingMessage;
let now = 0;

beforeEach(async () => {
  now = 0;
  server = createServer();
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const { port } = server.address() as AddressInfo;
  const request = get({ port, host: "127.0.0.1", agent: false });
  const answered = once(request, "response");
  [, response] = (await once(server, "request")) as [IncomingMessage, ServerResponse];
  stream = new EventStream(response, systemCaller("test"), () => now);
  stream.begin({ "content-type": "text/event-stream" }, null);
  [reader] = (await answered) as [IncomingMessage];
  reader.on("error", () => undefined);
});
afterEach(() => {
  server.closeAllConnections();
  server.close();
});

/** Everything up to the end. */
async function readAll(): Promise<string> {
  let text = "";
  for await (const chunk of reader.setEncoding("utf8")) text += String(chunk);
  return text;
}

it("keeps the latest hint for a reader who is busy, and no other", async () => {
  await new Promise((resolve) => setImmediate(resolve));
  stream.tell(`data: ${more}\n\n`);
  const held = response.writableLength;
  for (const hint of ["first", "second", "third"]) stream.tell(`data: ${hint}\n\n`);
  expect(stream.beat()).toBe(true);
  expect(response.writableLength).toBe(held);
  const text = readAll();
  await expect.poll(() => response.writableLength).toBe(0);
  await new Promise((resolve) => setImmediate(resolve));
  stream.end();
  expect((await text).slice(-40)).toMatch(/x\n\ndata: third\n\n$/);
});

it("destroys the line of a reader who has not read for more than 30 seconds", async () => {
  await new Promise((resolve) => setImmediate(resolve));
  stream.tell(`data: ${more}\n\n`);
  now = 30_000;
  expect(stream.beat()).toBe(true);
  now += 1;
  expect(stream.beat()).toBe(false);
  expect(response.destroyed).toBe(true);
  await expect(readAll()).rejects.toThrow("aborted");
});

it("sends a reader away in time, whether it reads or not", async () => {
  await new Promise((resolve) => setImmediate(resolve));
  stream.tell(`data: ${more}\n\n`);
  const began = performance.now();
  await stream.sendAway();
  expect(performance.now() - began).toBeLessThan(2_000);
  expect(response.destroyed).toBe(true);
  await stream.sendAway();
});
