/** Thousands who hear the same cost one execution, and nobody hears what was meant for another. */
import type { Client } from "graphql-ws";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { setFlagEnabled } from "../../../../src/features/flags/set-flag-enabled.js";
import { systemCaller } from "../../../../src/features/permissions/index.js";
import { type Certificates, openCertificates } from "../../../support/certificates.js";
import { bearer, type FrameSocket, openFrames } from "../../../support/graphql-frames.js";
import { countListeners } from "../../../support/listeners.js";
import { type LiveSubscription, liveClient, subscribe } from "../../../support/live.js";
import { startServer, type TestServer } from "../../../support/server.js";

let server: TestServer;
let listeners: () => number;
beforeAll(async () => {
  server = await startServer();
  listeners = countListeners(server.app.tools.delivery);
});
afterAll(async () => server.close());

const clients: Client[] = [];
const sockets: FrameSocket[] = [];
afterEach(async () => {
  for (const client of clients.splice(0)) await client.dispose();
  for (const { socket } of sockets.splice(0)) socket.terminate();
  await expect.poll(() => listeners()).toBe(0);
});

const evaluations = `subscription ($context: EvaluationContext!, $since: String) {
  evaluations(context: $context, flagKeys: ["welcome"], since: $since) { revision snapshot evaluations { key value reason } }
}`;
const alice = { context: { targetingKey: "alice", attributes: { plan: "pro" } } };

interface Evaluations {
  readonly evaluations: {
    readonly revision: string;
    readonly snapshot: boolean;
    readonly evaluations: readonly { key: string; value: unknown; reason: string }[];
  };
}

function client(
  upgrade: Parameters<typeof liveClient>[3] = {},
  key = server.key("CLIENT", "development"),
): Client {
  const made = liveClient(server.url, key, {}, upgrade);
  clients.push(made);
  return made;
}

async function frames(key = server.key("CLIENT", "development")): Promise<FrameSocket> {
  const opened = await openFrames(server.url, bearer(key));
  sockets.push(opened);
  return opened;
}

const begin = (id: string, variables: object = alice) => ({
  ...{ id, type: "subscribe" },
  payload: { query: evaluations, variables },
});

async function change(settings: string): Promise<void> {
  const mutation = `mutation { updateFlagEnvironment(input: { flagKey: "welcome", environment: "development", ${settings} }) { version } }`;
  const { errors } = await server.graphql(mutation);
  expect(errors).toBeUndefined();
}

/** What the server has counted since the last look. */
async function counted(): Promise<{ readonly executions: number; readonly frames: number }> {
  const text = await server.app.tools.metrics.render();
  const read = (name: string): number =>
    Number(new RegExp(`^halyard_subscription_${name}_total (\\d+)`, "m").exec(text)?.[1] ?? 0);
  const now = { executions: read("executions"), frames: read("frames") };
  const since = { executions: now.executions - last.executions, frames: now.frames - last.frames };
  last = now;
  return since;
}
let last = { executions: 0, frames: 0 };
beforeEach(async () => {
  await change('enabled: true, rules: [], fallthrough: { variant: "on" }');
  await counted();
});

const valueIn = (event: Awaited<ReturnType<LiveSubscription<Evaluations>["next"]>>): unknown =>
  event.data?.evaluations.evaluations[0]?.value;

describe("200 subscribers who ask the same", () => {
  it("cost one execution an event, and each is told under the id that its client chose", async () => {
    const opened = await Promise.all(Array.from({ length: 10 }, async () => frames()));
    for (const [at, { say }] of opened.entries())
      say(...Array.from({ length: 20 }, (_, index) => begin(`${at}/${index}`)));
    const everybody = async (): Promise<unknown[]> =>
      Promise.all(
        opened.flatMap(({ frame }, at) =>
          Array.from({ length: 20 }, async (_, index) => {
            const { payload } = await frame(({ id, type }) => id === `${at}/${index}` && type === "next");
            return payload;
          }),
        ),
      );
    const first = await everybody();
    const { executions, frames: told } = await counted();
    expect(told).toBe(200);
    expect(executions).toBeLessThanOrEqual(2);
    expect(new Set(first.map((payload) => JSON.stringify(payload))).size).toBe(1);
    for (const enabled of [false, true]) {
      await change(`enabled: ${enabled}`);
      const payloads = await everybody();
      expect(payloads).toHaveLength(200);
      expect(payloads[199]).toMatchObject({
        data: { evaluations: { snapshot: false, evaluations: [{ value: enabled }] } },
      });
      expect(await counted()).toEqual({ executions: 1, frames: 200 });
    }
  });

  it("come back together at the cost of one", async () => {
    const { data } = await subscribe<Evaluations>(client(), evaluations, alice).next();
    const revision = data?.evaluations.revision;
    await change("enabled: false");
    await counted();
    const back = Array.from({ length: 5 }, () =>
      Array.from({ length: 20 }, () =>
        subscribe<Evaluations>(client(), evaluations, { ...alice, since: revision }),
      ),
    ).flat();
    for (const one of back) {
      expect((await one.next()).data?.evaluations).toMatchObject({
        snapshot: true,
        evaluations: [{ value: false }],
      });
    }
    expect((await counted()).executions).toBeLessThanOrEqual(2);
  });

  it("leave one by one, and the last takes the group along", async () => {
    const { say, frame } = await frames();
    say(begin("a"), begin("b"));
    for (const id of ["a", "b"]) await frame((one) => one.id === id && one.type === "next");
    expect(listeners()).toBe(1);
    say({ id: "a", type: "complete" });
    await change("enabled: false");
    await frame(({ id, type }) => id === "b" && type === "next");
    expect((await counted()).frames).toBe(3);
    say({ id: "b", type: "complete" });
    await expect.poll(() => listeners()).toBe(0);
  });
});

it("an id that is used anew in the same breath belongs to the new subscription", async () => {
  const { say, frame } = await frames();
  say(begin("a"));
  await frame(({ type }) => type === "next");
  say({ id: "a", type: "complete" }, begin("a", { context: { targetingKey: "bob" } }));
  await frame(({ type }) => type === "next");
  await change("enabled: false");
  await frame(({ type }) => type === "next");
  await expect(frame(({ type }) => type === "complete", 100)).rejects.toThrow("did not come");
  say({ id: "a", type: "complete" });
});

describe("subscribers who differ", () => {
  it("by context, hear each their own, and nobody who has nothing to hear costs an execution", async () => {
    const pro = subscribe<Evaluations>(client(), evaluations, alice);
    const free = subscribe<Evaluations>(client(), evaluations, { context: { attributes: { plan: "free" } } });
    await pro.next();
    await free.next();
    await counted();
    const rule = `{ when: { attribute: "plan", operator: EQUALS, values: ["free"] }, serve: { variant: "off" } }`;
    await change(`rules: [${rule}]`);
    expect(valueIn(await free.next())).toBe(false);
    expect((await pro.next()).data?.evaluations.evaluations).toMatchObject([{ reason: "DEFAULT" }]);
    await counted();
    await change(`rules: [${rule.replace("off", "on")}]`);
    expect(valueIn(await free.next())).toBe(true);
    expect(await counted()).toEqual({ executions: 1, frames: 1 });
    expect(pro.pending()).toBe(0);
  });

  it("by what the server sees of them, part when a definition looks at that, and join again", async () => {
    const upgrade = (language: string) => ({ headers: { "accept-language": language } });
    const [german, french] = ["de", "fr"].map((language) =>
      subscribe<Evaluations>(client(upgrade(language)), evaluations, alice),
    );
    if (german === undefined || french === undefined) throw new Error("two were asked for");
    for (const one of [german, french]) expect(valueIn(await one.next())).toBe(true);
    expect(listeners()).toBe(1);
    await change(
      `rules: [{ when: { attribute: "request.locale", operator: EQUALS, values: ["de"] }, serve: { variant: "off" } }]`,
    );
    expect(valueIn(await german.next())).toBe(false);
    expect((await french.next()).data?.evaluations.evaluations).toMatchObject([
      { value: true, reason: "DEFAULT" },
    ]);
    expect(listeners()).toBe(2);
    await change("rules: []");
    for (const one of [german, french])
      expect((await one.next()).data?.evaluations.evaluations).toMatchObject([
        { value: true, reason: "STATIC" },
      ]);
    expect(listeners()).toBe(1);
    await change("enabled: false");
    for (const one of [german, french]) expect(valueIn(await one.next())).toBe(false);
    expect([german.pending(), french.pending()]).toEqual([0, 0]);
  });

  it("by their credentials, end each with their own", async () => {
    const made = await server.graphql<{ createApiKey: { secret: string; apiKey: { id: string } } }>(
      `mutation { createApiKey(input: { name: "brief", kind: CLIENT, environment: "development" }) { secret apiKey { id } } }`,
    );
    const brief = subscribe<Evaluations>(client({}, made.data?.createApiKey.secret), evaluations, alice);
    const kept = subscribe<Evaluations>(client(), evaluations, alice);
    await brief.next();
    await kept.next();
    await server.graphql("mutation ($id: ID!) { revokeApiKey(input: { id: $id }) { id } }", {
      id: made.data?.createApiKey.apiKey.id,
    });
    await expect(brief.next()).rejects.toThrow();
    await change("enabled: false");
    expect(valueIn(await kept.next())).toBe(false);
  });
});

it("who joins late goes on from what it was told: each delta of a ruleset follows the one before", async () => {
  const ruleset = "subscription { ruleset { snapshot from to put { flags } } }";
  interface Update {
    readonly ruleset: { readonly snapshot: boolean; readonly from: string | null; readonly to: string };
  }
  const key = server.key("SERVER", "development");
  const all: { readonly live: LiveSubscription<Update>; to: string | null }[] = [];
  for (let round = 0; round < 4; round += 1) {
    const live = subscribe<Update>(client({}, key), ruleset);
    const first = (await live.next()).data?.ruleset;
    expect(first?.snapshot).toBe(true);
    all.push({ live, to: first?.to ?? null });
    const elsewhere = `mutation { setFlagEnabled(input: { flagKey: "welcome", environment: "staging", enabled: ${round % 2 === 0} }) { version } }`;
    await server.graphql(elsewhere);
    await change(`enabled: ${round % 2 === 1}`);
    for (const one of all) {
      const update = (await one.live.next()).data?.ruleset;
      expect(update).toMatchObject({ snapshot: false, from: one.to });
      one.to = update?.to ?? null;
    }
  }
  expect(new Set(all.map(({ to }) => to)).size).toBe(1);
});

describe("over TLS", () => {
  let certificates: Certificates;
  let secure: TestServer;
  let ca: string;
  beforeAll(async () => {
    certificates = await openCertificates();
    const { certFile, keyFile, cert } = await certificates.make("server");
    ca = cert;
    secure = await startServer("pglite", { TLS_CERT_FILE: certFile, TLS_KEY_FILE: keyFile });
  });
  afterAll(async () => {
    await secure.close();
    await certificates.remove();
  });

  it("events are told as well", async () => {
    const key = secure.key("CLIENT", "development");
    const { tools } = secure.app;
    const listening = countListeners(tools.delivery);
    const several = Array.from({ length: 3 }, () => {
      const made = liveClient(secure.url, key, {}, { ca });
      clients.push(made);
      return subscribe<Evaluations>(made, evaluations, alice);
    });
    for (const one of several) expect(valueIn(await one.next())).toBe(true);
    expect(listening()).toBe(1);
    const off = { flagKey: "welcome", environment: "development", enabled: false };
    await setFlagEnabled(tools, systemCaller("test"), off);
    for (const one of several) expect(valueIn(await one.next())).toBe(false);
  });
});
