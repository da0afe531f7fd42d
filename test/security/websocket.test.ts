/** The WebSocket door against those who break its rules: each mistake has its close code, and nobody else notices. */
import { mkdtemp, rm } from "node:fs/promises";
import { connect, type Socket } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { createApiKey } from "../../src/features/accounts/index.js";
import { systemCaller } from "../../src/features/permissions/index.js";
import { adminEmail, makeFirst, password, startInstance, type TestInstance } from "../support/instance.js";
import { freshDatabase } from "../support/databases.js";
import { bearer, type FrameSocket, openFrames } from "../support/graphql-frames.js";
import { startServerProcess } from "../support/server-process.js";

let instance: TestInstance;
let key: Awaited<ReturnType<typeof makeFirst>>;
let offset = 0;
beforeAll(async () => {
  const database = await freshDatabase("pglite");
  instance = await startInstance({}, { database, now: () => Date.now() + offset });
  key = await makeFirst(instance, {});
});
afterAll(async () => instance.app.close());

const live =
  'subscription { evaluations(context: { targetingKey: "user-1" }, flagKeys: ["welcome"]) { snapshot } }';
const begin = (id: string, query = live) => ({ id, type: "subscribe", payload: { query } });
const client = () => bearer(key("CLIENT", "development"));

/** A subscriber who has heard the first answers. */
async function subscriber(init: Readonly<Record<string, unknown>>, query = live): Promise<FrameSocket> {
  const frames = await openFrames(instance.url, init);
  frames.say(begin("1", query));
  await frames.frame(({ id, type }) => id === "1" && type === "next");
  return frames;
}

async function change(query: string, variables: Readonly<Record<string, unknown>> = {}) {
  const { data, errors: refusals } = await instance.graphql(query, variables, key("MANAGEMENT"));
  expect(refusals).toBeUndefined();
  return data;
}

/** Each on its own; they wait side by side for deadlines that none of them moves. */
describe("a client that", () => {
  it.concurrent.each<[string, (frames: FrameSocket) => void, number]>([
    ["subscribes before it is let in", ({ say }) => say(begin("1")), 4401],
    ["sends no JSON", ({ say }) => say("{"), 4400],
    ["sends JSON that is no message", ({ say }) => say("[]"), 4400],
    ["sends a message of no known type", ({ say }) => say({ type: "start" }), 4400],
    ["sends a message that only servers send", ({ say }) => say({ type: "connection_ack" }), 4400],
    ["sends 30 000 brackets", ({ say }) => say("[".repeat(30_000)), 4400],
    ["sends a payload that is none", ({ say }) => say({ type: "connection_init", payload: 5 }), 4400],
    ["opens twice", ({ say }) => say({ type: "connection_init" }, { type: "connection_init" }), 4429],
    ["never opens", () => undefined, 4408],
    ["sends more than 64 KiB at once", ({ say }) => say(" ".repeat(64 * 1024 + 1)), 1009],
    [
      "sends bytes that are no text",
      ({ socket }) => socket.send(Buffer.from([0xff]), { binary: false }),
      1007,
    ],
  ])("%s", async (_what, misbehave, code) => {
    const frames = await openFrames(instance.url);
    misbehave(frames);
    expect(await frames.closed()).toMatchObject({ code });
  });

  it.concurrent.each<[string, (frames: FrameSocket) => void, number]>([
    ["opens once more", ({ say }) => say({ type: "connection_init" }), 4429],
    ["uses an id twice", ({ say }) => say(begin("1"), begin("1")), 4409],
    ["sends an operation that is no text", ({ say }) => say({ ...begin("1"), payload: { query: 5 } }), 4400],
    [
      "sends variables that are none",
      ({ say }) => say({ ...begin("1"), payload: { query: live, variables: "" } }),
      4400,
    ],
    ["subscribes without an id", ({ say }) => say({ ...begin(""), id: undefined }), 4400],
    ["answers what nobody asked", ({ say }) => say({ id: "1", type: "next", payload: {} }), 4400],
  ])("was let in and %s", async (_what, misbehave, code) => {
    const frames = await openFrames(instance.url, client());
    misbehave(frames);
    expect(await frames.closed()).toMatchObject({ code });
  });

  it.concurrent("takes nearly three seconds to open is let in; one that takes longer is not", async () => {
    const start = Date.now();
    const [late, silent] = [await openFrames(instance.url), await openFrames(instance.url)];
    setTimeout(() => late.say({ type: "connection_init", payload: client() }), 2_000);
    await late.frame(({ type }) => type === "connection_ack");
    expect(await silent.closed(5_000)).toMatchObject({ code: 4408 });
    expect(Date.now() - start).toBeLessThan(5_000);
    expect(late.socket.readyState).toBe(late.socket.OPEN);
    late.socket.terminate();
  });

  it.concurrent("is a stranger is let stay: there is nothing to lose", async () => {
    const frames = await openFrames(instance.url, bearer("nonsense"));
    await new Promise((resolve) => {
      setTimeout(resolve, 3_500);
    });
    frames.say(begin("1"));
    expect(await frames.frame(({ id, type }) => id === "1" && type === "next")).toMatchObject({
      payload: { errors: [{ extensions: { code: "UNAUTHENTICATED", reason: "INVALID" } }] },
    });
    frames.socket.terminate();
  });

  it("sends 64 KiB at once is answered", async () => {
    const frames = await openFrames(instance.url, client());
    frames.say(JSON.stringify(begin("1", "{ __typename }")).padEnd(64 * 1024));
    expect(await frames.frame(({ id, type }) => id === "1" && type === "next")).toMatchObject({
      payload: { data: { __typename: "Query" } },
    });
    frames.socket.terminate();
  });

  it("names no protocol is closed with 4406", async () => {
    const frames = await openFrames(instance.url, undefined, []);
    expect((await frames.closed()).code).toBe(4406);
  });

  it("sends what Object.prototype has is taken at its word", async () => {
    const frames = await openFrames(
      instance.url,
      JSON.parse('{ "__proto__": { "authorization": "x" } }') as Record<string, unknown>,
    );
    frames.say(begin("__proto__"), begin("constructor", "{ __typename }"));
    expect(await frames.frame(({ id, type }) => id === "__proto__" && type === "next")).toMatchObject({
      payload: { errors: [{ extensions: { code: "UNAUTHENTICATED", reason: "MISSING" } }] },
    });
    await frames.frame(({ id, type }) => id === "constructor" && type === "complete");
    frames.socket.terminate();
  });

  it("asks for a 21st operation is told so, and keeps the others", async () => {
    const frames = await openFrames(instance.url, client());
    frames.say(...Array.from({ length: 21 }, (_, at) => begin(`s${at}`)));
    const refused = await frames.frame(({ type }) => type === "error");
    expect(refused).toMatchObject({ id: "s20", payload: [{ extensions: { code: "LIMIT_EXCEEDED" } }] });
    for (let at = 0; at < 20; at += 1)
      await frames.frame(({ id, type }) => id === `s${at}` && type === "next");
    frames.say({ id: "s0", type: "complete" }, begin("s21"));
    await frames.frame(({ id, type }) => id === "s21" && type === "next");
    frames.socket.terminate();
  });
});

describe("an open socket", () => {
  it("is closed with 4403 at once when its key is revoked, silent or not", async () => {
    const { secret, apiKey } = await createApiKey(instance.app.tools, systemCaller("test"), {
      ...{ name: "short-lived", kind: "CLIENT", environment: "development" },
    });
    const silent = await openFrames(instance.url, bearer(secret));
    const listening = await subscriber(bearer(secret));
    const neighbour = await subscriber(client());
    const start = Date.now();
    await change("mutation ($id: ID!) { revokeApiKey(input: { id: $id }) { id } }", { id: apiKey.id });
    for (const { closed } of [silent, listening]) {
      expect(await closed(2_000)).toEqual({ code: 4403, reason: "The credential was revoked." });
    }
    expect(Date.now() - start).toBeLessThan(2_000);
    expect(neighbour.socket.readyState).toBe(neighbour.socket.OPEN);
    neighbour.socket.terminate();
  });

  it("is closed with 4403 soon after its token expires", async () => {
    const login = `mutation ($input: LoginInput!) { login(input: $input) { accessToken } }`;
    const input = { email: adminEmail, password };
    const { data } = await instance.graphql<{ login: { accessToken: string } }>(login, { input }, null);
    const { closed } = await openFrames(instance.url, bearer(data?.login.accessToken ?? ""));
    offset += 601_000;
    expect(await closed(30_000)).toEqual({ code: 4403, reason: "The credential has expired." });
    await expect.poll(() => instance.app.tools.delivery.isCutOff()).toBe(false); // by the clock that was moved
  });

  it("is closed when its user is deactivated, in the midst of a subscription", async () => {
    const email = "eve@example.com";
    await change("mutation ($input: CreateUserInput!) { createUser(input: $input) { id } }", {
      input: { email, password, role: "DEVELOPER" },
    });
    const login = `mutation ($input: LoginInput!) { login(input: $input) { accessToken } }`;
    const { data } = await instance.graphql<{ login: { accessToken: string } }>(
      login,
      { input: { email, password } },
      null,
    );
    const token = data?.login.accessToken ?? "";
    const frames = await openFrames(instance.url, bearer(token));
    const kill = 'subscription { flagChanges(flagKeys: ["welcome"]) { flag { owner { email } } } }';
    frames.say(begin("1", kill));
    await change("mutation ($input: UserRefInput!) { deactivateUser(input: $input) { id } }", {
      input: { email },
    });
    expect((await frames.closed(2_000)).code).toBe(4403);
  });
});

describe("a reader that stops reading", () => {
  const large = "x".repeat(60_000);
  beforeAll(async () => {
    await change("mutation ($input: CreateFlagInput!) { createFlag(input: $input) { key } }", {
      input: {
        key: "large",
        type: "STRING",
        variants: [
          { key: "on", value: large },
          { key: "off", value: "" },
        ],
      },
    });
  });
  const asking = `{ ${Array.from({ length: 10 }, (_, at) => `a${at}: flag(key: "large") { variants { value } }`).join(" ")} }`;

  it("is closed with 1013 and costs no more than a few MiB; others go on", async () => {
    const neighbour = await subscriber(client());
    const frames = await openFrames(instance.url, bearer(key("MANAGEMENT")));
    frames.socket.pause();
    for (let at = 0; at < 600; at += 1) frames.say(begin(`q${at}`, asking));
    const before = process.memoryUsage().rss;
    await new Promise((resolve) => {
      setTimeout(resolve, 8_000);
    });
    expect(process.memoryUsage().rss - before).toBeLessThan(200 * 1024 * 1024);
    frames.socket.resume();
    expect(await frames.closed()).toMatchObject({ code: 1013 });
    await change(
      'mutation { setFlagEnabled(input: { flagKey: "welcome", environment: "development", enabled: false }) { version } }',
    );
    await neighbour.frame(({ id, type }) => id === "1" && type === "next", 2_000);
    neighbour.socket.terminate();
  });

  it("is not listened to either, whatever it goes on sending", async () => {
    const frames = await openFrames(instance.url, client());
    frames.socket.pause();
    const loud = "x".repeat(50_000); // comes back with each answer
    for (let at = 0; at < 1_000; at += 1) frames.say(begin(`${at}${loud}`, "{"));
    await new Promise((resolve) => {
      setTimeout(resolve, 2_500);
    });
    expect(frames.socket.bufferedAmount).toBeGreaterThan(20_000_000);
    frames.socket.terminate();
  });

  it("of one large answer is let be", async () => {
    const frames = await openFrames(instance.url, bearer(key("MANAGEMENT")));
    frames.say(begin("q", asking));
    const { payload } = await frames.frame(({ type }) => type === "next");
    expect(JSON.stringify(payload).length).toBeGreaterThan(600_000);
    frames.say(begin("r", "{ __typename }"));
    await frames.frame(({ id, type }) => id === "r" && type === "complete");
    frames.socket.terminate();
  });
});

describe("upgrades", () => {
  const upgrade = (path: string, more = ""): string =>
    `GET ${path} HTTP/1.1\r\nHost: halyard\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n${more}\r\n`;
  const proper = "Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n";
  const dial = async (): Promise<Socket> =>
    new Promise((resolve, reject) => {
      const socket = connect(Number(new URL(instance.url).port), "127.0.0.1", () => resolve(socket));
      socket.on("error", reject);
    });

  it("that are never finished keep nobody waiting", async () => {
    const halves = await Promise.all(Array.from({ length: 1_000 }, dial));
    for (const half of halves) half.on("error", () => undefined).write("GET /graphql HTTP/1.1\r\nUpgrade: ");
    const start = Date.now();
    const frames = await openFrames(instance.url, client());
    expect((await fetch(`${instance.url}/livez`)).status).toBe(200);
    expect(Date.now() - start).toBeLessThan(2_000);
    frames.socket.terminate();
    for (const half of halves) half.resetAndDestroy();
  });

  it("that are finished and then left alone are closed", async () => {
    const before = await connections();
    const idle = await Promise.all(Array.from({ length: 200 }, dial));
    const ends = idle.map(
      async (socket) =>
        new Promise<void>((resolve) => socket.on("error", () => undefined).on("close", () => resolve())),
    );
    for (const socket of idle) socket.on("data", () => undefined).write(upgrade("/graphql", proper));
    await Promise.all(ends); // told 4408, and cut off because they do not answer that
    await expect.poll(connections, { timeout: 5_000 }).toBeLessThanOrEqual(before);
  });

  it("that break off, or are none, take nobody along", async () => {
    for (const head of [
      upgrade("/graphql", proper),
      upgrade("/graphql"),
      upgrade("/elsewhere"),
      upgrade("//"),
    ]) {
      for (let attempt = 0; attempt < 20; attempt += 1) {
        const socket = await dial();
        socket.on("error", () => undefined).write(head, () => socket.resetAndDestroy());
      }
    }
    expect((await fetch(`${instance.url}/livez`)).status).toBe(200);
  });
});

/** How many sockets the server holds. */
async function connections(): Promise<number> {
  const response = await fetch(`${instance.url}/health`);
  return ((await response.json()) as { connections: number }).connections;
}

it("none of it is written to standard error", async () => {
  const folder = await mkdtemp(join(tmpdir(), "halyard-stderr-"));
  const server = await startServerProcess({ DATA_DIR: folder });
  try {
    for (const text of [" ".repeat(64 * 1024 + 1), "{", JSON.stringify({ type: "connection_ack" })]) {
      const frames = await openFrames(server.url);
      frames.say(text);
      await frames.closed();
    }
    const broken = await openFrames(server.url, {});
    broken.say(begin("1"), begin("2", "{"));
    broken.socket.terminate();
    const binary = await openFrames(server.url);
    binary.socket.send(Buffer.from([0xff]), { binary: false });
    await binary.closed();
    expect((await fetch(`${server.url}/livez`)).status).toBe(200);
    expect(server.output()).not.toMatch(/Error|implementation|^ +at /m);
  } finally {
    await server.stop();
    await rm(folder, { recursive: true });
  }
});
