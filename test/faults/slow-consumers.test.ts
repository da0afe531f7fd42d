/** Readers that stop reading cost a bounded amount of memory and are closed in time; nobody else notices. */
import { connect, type Socket } from "node:net";
import { setTimeout as sleep } from "node:timers/promises";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type Closers, openDoors } from "../../src/api/doors.js";
import { type App, createApp } from "../../src/app.js";
import { firstStart } from "../../src/cli/first-start.js";
import { systemCaller } from "../../src/features/permissions/index.js";
import { updateVariant } from "../../src/features/flags/update-variant.js";
import { createFlag } from "../../src/features/flags/create-flag.js";
import { readConfig } from "../../src/platform/config.js";
import { freshDatabase } from "../support/databases.js";
import { bearer, type FrameSocket, openFrames } from "../support/graphql-frames.js";
import { testSecretKey } from "../support/server.js";
import { silentLog } from "../support/silent-log.js";

const slowAfterMs = 6_000;
const largeBytes = 60_000;
const times = 10; // in one message
const values = Array.from({ length: times }, (_, index) => `v${index}: value`).join(" ");
const query = `subscription { evaluations(context: {}, flagKeys: ["large"]) { evaluations { ${values} } } }`;
const readers = 10;

let app: App;
let url: string;
let credential: string;
const closers: Closers = [];
const caller = systemCaller("test");

beforeAll(async () => {
  const config = readConfig({ NODE_ENV: "test", PORT: "0", SECRET_KEY: testSecretKey });
  app = await createApp(config, { log: silentLog, database: await freshDatabase() });
  const made = await firstStart(app.tools, caller, config);
  const key = made?.keys.find(({ kind, environment }) => kind === "SERVER" && environment === "development");
  credential = key?.secret ?? expect.fail("The first start made no such key.");
  ({ address: url } = await openDoors(config, app.tools, silentLog, closers, { slowAfterMs }));
  const variants = [
    { key: "on", value: "" },
    { key: "off", value: "" },
  ];
  const environments = [{ environment: "development", enabled: true }];
  await createFlag(app.tools, caller, { key: "large", type: "STRING", variants, environments });
});
afterAll(async () => {
  for (const closer of closers.reverse()) await closer();
  await app.close();
});

async function subscriber(): Promise<FrameSocket> {
  const frames = await openFrames(url, bearer(credential));
  frames.say({ id: "1", type: "subscribe", payload: { query } });
  await frames.frame(({ type }) => type === "next");
  return frames;
}

/** One that stops to read once it has subscribed, as a program does that hangs. */
async function stopped(): Promise<Socket> {
  const { hostname, port, host } = new URL(url);
  const socket = connect(Number(port), hostname);
  const head = `GET /graphql HTTP/1.1\r\nHost: ${host}\r\nConnection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Protocol: graphql-transport-ws\r\n\r\n`;
  socket.on("error", () => undefined);
  const heard = new Promise<void>((resolve) => {
    let text = "";
    socket.on("data", (data: Buffer) => {
      text += data.toString("latin1");
      if (text.includes('"next"')) resolve();
    });
  });
  socket.write(head);
  socket.write(masked({ type: "connection_init", payload: bearer(credential) }));
  await sleep(100);
  socket.write(masked({ id: "1", type: "subscribe", payload: { query } }));
  await heard;
  socket.pause();
  return socket;
}

/** A text frame as clients send it, under a mask of zeros. */
function masked(message: unknown): Buffer {
  const text = Buffer.from(JSON.stringify(message));
  const size = text.length < 126 ? [0x80 | text.length] : [0x80 | 126, text.length >> 8, text.length & 0xff];
  return Buffer.concat([Buffer.from([0x81, ...size, 0, 0, 0, 0]), text]);
}

async function counted(name: string): Promise<number> {
  const text = await app.tools.metrics.render();
  return Number(new RegExp(`^${name} (\\d+)`, "m").exec(text)?.[1] ?? 0);
}

async function connections(): Promise<number> {
  const response = await fetch(`${url}/health`);
  return ((await response.json()) as { connections: number }).connections;
}

describe("readers who stopped reading", () => {
  it("are told nothing more, are closed in time, and keep nobody else from hearing everything", async () => {
    const kept = await Promise.all(Array.from({ length: readers }, subscriber));
    const hung = await Promise.all(Array.from({ length: 2 }, stopped));
    const before = process.memoryUsage().rss;
    const started = performance.now();
    let told = 0;
    while ((await counted("halyard_slow_consumers_closed_total")) < hung.length) {
      if (performance.now() - started > slowAfterMs * 3) throw new Error("They were not closed in time.");
      told += 1;
      const value = String(told).padEnd(largeBytes, "x");
      await updateVariant(app.tools, caller, { flagKey: "large", variant: "on", value });
      for (const { frame } of kept) {
        const { payload } = await frame(({ type }) => type === "next");
        expect(JSON.stringify(payload)).toContain(value);
      }
      await sleep(20);
    }
    expect(performance.now() - started).toBeGreaterThan(slowAfterMs / 2);
    expect(told * largeBytes * times).toBeGreaterThan(8_000_000); // more than the lines hold
    expect(process.memoryUsage().rss - before).toBeLessThan(200 * 1024 * 1024);
    await expect.poll(connections, { timeout: 15_000 }).toBe(readers); // they do not answer, and are cut off
    for (const { socket } of kept) socket.terminate();
    for (const socket of hung) socket.destroy();
  });

  it("who catch up are told once what has become of it all", async () => {
    const socket = await stopped();
    const rounds = 25;
    let value = "";
    for (let round = 0; round < rounds; round += 1) {
      value = `${round}-`.padEnd(largeBytes, "y");
      await updateVariant(app.tools, caller, { flagKey: "large", variant: "on", value });
    }
    const behind = await counted("halyard_subscription_frames_total");
    let text = "";
    socket.on("data", (data: Buffer) => {
      text += data.toString("latin1");
    });
    socket.resume();
    await expect.poll(() => text.includes(value), { timeout: 5_000 }).toBe(true);
    const heard = text.split('"type":"next"').length - 1;
    expect(heard).toBeLessThan(rounds);
    expect(await counted("halyard_subscription_frames_total")).toBe(behind + 1);
    socket.destroy();
  });
});
