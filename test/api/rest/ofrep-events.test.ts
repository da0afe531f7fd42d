/** The event stream at the real door: whom it tells what, whom it lets in, and how it ends. */
import { sql } from "drizzle-orm";
import { afterAll, afterEach, beforeAll, describe, expect, it, vi } from "vitest";
import type { GraphQLContext } from "../../../src/api/graphql/context.js";
import { openHttpServer } from "../../../src/api/http/server.js";
import { serveOfrep } from "../../../src/api/rest/ofrep.js";
import { openEvents } from "../../../src/api/rest/ofrep-events.js";
import { createFlag } from "../../../src/features/flags/index.js";
import { cliCaller, type Identity } from "../../../src/features/permissions/index.js";
import { openLog } from "../../../src/platform/log.js";
import { openMetrics } from "../../../src/platform/metrics.js";
import { silentLog } from "../../support/silent-log.js";
import { freshDatabase } from "../../support/databases.js";
import { type EventSource, openEventSource } from "../../support/event-source.js";
import { makeFirst, startInstance, type TestInstance } from "../../support/instance.js";
import { startServer, type TestServer } from "../../support/server.js";
import { eventObjection, objection } from "./ofrep-schemas.js";

const caller = cliCaller("test");
const page = "https://shop.example.com";
let server: TestServer;
/** How far the server's clock is ahead; it never goes back. */
let ahead = 0;
const sources: EventSource[] = [];

beforeAll(async () => {
  vi.useFakeTimers({ toFake: ["setInterval", "clearInterval"] });
  server = await startServer("pglite", { ALLOWED_ORIGINS: page }, () => Date.now() + ahead);
  await createFlag(server.app.tools, caller, flag("seen", {}));
  await createFlag(server.app.tools, caller, flag("hidden", { clientVisible: false }));
});
afterEach(() => {
  for (const source of sources.splice(0)) source.close();
});
afterAll(async () => {
  await server.close();
  vi.useRealTimers();
});

function flag(key: string, more: object) {
  const environments = ["development", "staging"].map((environment) => ({ environment, enabled: true }));
  return { key, environments, ...more };
}

interface Announced {
  readonly eventStreams: readonly { readonly endpoint: { readonly requestUri: string } }[];
}

interface Bulk {
  readonly status: number;
  readonly etag: string;
  /** Path and query of the stream. */
  readonly events: string;
}

async function bulk(credential: string, search = "", etag = ""): Promise<Bulk> {
  const answer = await fetch(`${server.url}/ofrep/v1/evaluate/flags${search}`, {
    method: "POST",
    headers: {
      ...{ "content-type": "application/json", authorization: `Bearer ${credential}` },
      ...(etag && { "if-none-match": etag }),
    },
    body: JSON.stringify({ context: { targetingKey: "user-1" } }),
  });
  const text = await answer.text();
  const body = (text === "" ? {} : JSON.parse(text)) as {
    eventStreams?: { endpoint: { requestUri: string } }[];
  };
  if (answer.status === 200) expect(objection("bulk", 200, body)).toBeNull();
  return {
    status: answer.status,
    etag: answer.headers.get("etag") ?? "",
    events: body.eventStreams?.[0]?.endpoint.requestUri ?? "",
  };
}

const client = (): string => server.key("CLIENT", "development");
const serverKey = (): string => server.key("SERVER", "development");

async function listen(credential: string, search = ""): Promise<EventSource> {
  return follow((await bulk(credential, search)).events);
}

function follow(events: string, headers: Record<string, string> = {}): EventSource {
  const source = openEventSource(server.url + events, headers);
  sources.push(source);
  return source;
}

async function toggle(flagKey: string, enabled: boolean, environment = "development"): Promise<void> {
  const input = { flagKey, environment, enabled };
  const { errors } = await server.graphql(
    "mutation ($input: SetFlagEnabledInput!) { setFlagEnabled(input: $input) { version } }",
    { input },
  );
  expect(errors).toBeUndefined();
}

function dataOf({ data }: { readonly data: string }): { etag: string; lastModified: number } {
  return JSON.parse(data) as { etag: string; lastModified: number };
}

describe("a bulk evaluation", () => {
  it("announces the stream of its environment, by the same address for as long as the token is the same", async () => {
    const first = await bulk(client());
    expect(first.events).toMatch(/^\/ofrep\/v1\/events\?token=[\w.-]+$/);
    expect(await bulk(client())).toEqual(first);
    expect((await bulk(client(), "", first.etag)).status).toBe(304);
  });
});

describe("a stream", () => {
  it("says when to come back, and that there may be news, since nobody knows what the listener has", async () => {
    const source = await listen(client());
    const event = await source.next();
    expect(eventObjection(event)).toBeNull();
    expect(event.event).toBe("message");
    const { etag, lastModified } = dataOf(event);
    expect(etag).toBe(event.id);
    expect(Math.abs(lastModified - Date.now() / 1_000)).toBeLessThan(60);
    expect(source.received()).toMatch(/^retry: \d+\n\n/);
  });

  it("tells of a change once it can be fetched", async () => {
    const before = await bulk(client());
    const source = follow(before.events);
    const hello = await source.next();
    await toggle("seen", false);
    const event = await source.next();
    expect(event.id).not.toBe(hello.id);
    const { etag, lastModified } = dataOf(event);
    const search = `?flagConfigEtag=${encodeURIComponent(etag)}&flagConfigLastModified=${lastModified}`;
    const after = await bulk(client(), search, before.etag);
    expect([after.status, after.etag === before.etag]).toEqual([200, false]);
    await toggle("seen", true);
    await source.next();
  });

  it("is silent about other environments, and about flags that its listener does not see", async () => {
    const publicly = await listen(client());
    const privately = await listen(serverKey());
    await publicly.next();
    await privately.next();
    await toggle("seen", false, "staging");
    await toggle("hidden", false);
    await privately.next();
    await toggle("seen", true, "staging");
    await toggle("seen", true); // as it is already
    expect([publicly.pending(), privately.pending()]).toEqual([0, 0]);
    await toggle("seen", false);
    await publicly.next();
    await toggle("seen", true);
  });

  it("tells when the clock turns an answer", async () => {
    const at = new Date(Date.now() + 1_500).toISOString();
    const rules = [{ startsAt: at, when: { all: [] }, serve: { variant: "off" } }];
    const environments = [{ environment: "development", enabled: true, rules }];
    await createFlag(server.app.tools, caller, { key: "timed", environments });
    const source = await listen(client());
    const hello = await source.next();
    const event = await source.next();
    expect(Date.now()).toBeGreaterThanOrEqual(Date.parse(at));
    expect(event.id).not.toBe(hello.id);
    expect(dataOf(event).lastModified).toBeGreaterThanOrEqual(Math.floor(Date.parse(at) / 1_000));
  });

  it("is silent to whoever comes back and has missed nothing, and tells at once whoever has", async () => {
    const { events } = await bulk(client());
    const first = follow(events);
    const { id } = await first.next();
    const again = follow(events, { "last-event-id": id });
    await expect.poll(() => again.received()).toMatch(/^retry/);
    await toggle("seen", false);
    const event = await again.next();
    expect((await first.next()).id).toBe(event.id);
    expect(again.pending()).toBe(0);
    await toggle("seen", true);
    expect((await follow(events, { "last-event-id": id }).next()).id).not.toBe(id);
    expect((await follow(events, { "last-event-id": "nonsense" }).next()).id).not.toBe(id);
  });

  it("gives a sign of life every 15 seconds", async () => {
    const source = await listen(client());
    await source.next();
    vi.advanceTimersByTime(15_000);
    await expect.poll(() => source.received()).toMatch(/\n\n:\n\n$/);
  });

  it("may be read by pages of the origins that may call, and says nothing that a proxy could keep", async () => {
    const { events } = await bulk(client());
    const abort = new AbortController();
    const { headers } = await fetch(server.url + events, {
      headers: { origin: page },
      signal: abort.signal,
    });
    abort.abort();
    expect(Object.fromEntries(headers)).toMatchObject({
      "access-control-allow-origin": page,
      "cache-control": "no-store",
      "content-type": "text/event-stream",
      "referrer-policy": "no-referrer",
      "x-accel-buffering": "no",
    });
  });

  it("is counted while it is open", async () => {
    const figure = async (): Promise<string | undefined> => {
      const text = await (await fetch(`${server.url}/metrics`)).text();
      expect(text).not.toContain("token=");
      return /^halyard_event_streams (\d+)$/m.exec(text)?.[1];
    };
    await expect.poll(figure).toBe("0");
    const source = await listen(client());
    await source.next();
    expect(await figure()).toBe("1");
    source.close();
    await expect.poll(figure).toBe("0");
  });
});

async function knock(path: string, method = "GET") {
  const answer = await fetch(server.url + path, { method });
  return { status: answer.status, body: (await answer.json()) as Record<string, unknown> };
}

describe("the door", () => {
  it("is closed to whoever has no token, a wrong one, or two", async () => {
    const { events } = await bulk(client());
    const token = events.split("=")[1] ?? "";
    for (const search of [
      "",
      "?token=",
      "?token=x.y",
      `?token=${token}A`,
      `?token=${token}&token=${token}`,
    ]) {
      const { status, body } = await knock(`/ofrep/v1/events${search}`);
      expect([status, body["errorCode"]], search).toEqual([401, "GENERAL"]);
    }
    expect((await knock(events, "POST")).status).toBe(404);
  });

  it("takes the place from the token, whatever else the address says", async () => {
    const source = await listen(client());
    await source.next();
    const { events } = await bulk(client());
    const elsewhere = follow(`${events}&environment=staging`);
    await elsewhere.next();
    await toggle("seen", false, "staging");
    await toggle("seen", false);
    expect((await elsewhere.next()).id).toBe((await source.next()).id);
    await toggle("seen", true, "staging");
    await toggle("seen", true);
  });

  it("is closed to those who listen already a thousand times", async () => {
    const { events } = await bulk(client());
    const many = Array.from({ length: 1_000 }, () => follow(events));
    await expect
      .poll(() => many.filter((source) => source.connected() === 1).length, { timeout: 20_000 })
      .toBe(1_000);
    expect(await knock(events)).toMatchObject({ status: 429, body: { errorCode: "GENERAL" } });
    await (await listen(serverKey())).next();
    for (const source of many) source.close();
    await expect
      .poll(async () => {
        const abort = new AbortController();
        const { status } = await fetch(server.url + events, { signal: abort.signal });
        abort.abort();
        return status;
      })
      .toBe(200);
  }, 40_000);
});

describe("a stream ends", () => {
  interface Made {
    readonly createApiKey: { readonly secret: string; readonly apiKey: { readonly id: string } };
  }

  it("at once when its key is revoked, which does not come in again", async () => {
    const { data } = await server.graphql<Made>(
      `mutation { createApiKey(input: { name: "Shop", kind: CLIENT, environment: "development" }) { secret apiKey { id } } }`,
    );
    const made = data?.createApiKey;
    const source = await listen(made?.secret ?? "");
    await source.next();
    const { errors } = await server.graphql(
      "mutation ($id: ID!) { revokeApiKey(input: { id: $id }) { id } }",
      {
        id: made?.apiKey.id,
      },
    );
    expect(errors).toBeUndefined();
    await expect.poll(() => source.gaveUp(), { timeout: 3_000 }).toBe(401);
  });

  it("with its environment", async () => {
    const { errors } = await server.graphql(
      `mutation { createEnvironment(input: { key: "brief", name: "Brief" }) { key } }`,
    );
    expect(errors).toBeUndefined();
    const source = await listen(server.key("MANAGEMENT"), "?environment=brief");
    await source.next();
    const gone = await server.graphql(
      `mutation { deleteEnvironment(input: { environment: "brief" }) { key } }`,
    );
    expect(gone.errors).toBeUndefined();
    await expect.poll(() => source.gaveUp(), { timeout: 3_000 }).toBe(404);
  });
});

describe("as time goes by", () => {
  it("a user's stream ends within 30 seconds of the access token", async () => {
    const { data } = await server.graphql<{ login: { accessToken: string } }>(
      "mutation ($input: LoginInput!) { login(input: $input) { accessToken } }",
      { input: server.made.admin },
      null,
    );
    const source = await listen(data?.login.accessToken ?? "", "?environment=development");
    await source.next();
    ahead += 600_000;
    vi.advanceTimersByTime(30_000);
    await expect.poll(() => source.gaveUp(), { timeout: 3_000 }).toBe(401);
  });

  it("the address is another one, and the old one goes on for a while", async () => {
    const first = await bulk(client());
    const source = follow(first.events);
    await source.next();
    ahead += 12 * 3_600_000;
    const later = await bulk(client(), "", first.etag);
    expect([later.status, later.events === first.events]).toEqual([200, false]);
    await follow(first.events).next();
    ahead += 12 * 3_600_000;
    expect(await knock(first.events)).toMatchObject({
      status: 401,
      body: { errorDetails: "The credential has expired." },
    });
    vi.advanceTimersByTime(30_000);
    await expect.poll(() => source.received()).toMatch(/\n\n:\n\n$/);
    expect(source.connected()).toBe(1);
  });
});

it("sends everybody away when it closes, spread over some seconds", async () => {
  const closing = await startServer("pglite");
  const key = closing.key("CLIENT", "development");
  const body = JSON.stringify({ context: {} });
  const headers = { "content-type": "application/json", authorization: `Bearer ${key}` };
  const answer = await fetch(`${closing.url}/ofrep/v1/evaluate/flags`, { method: "POST", headers, body });
  const { eventStreams } = (await answer.json()) as Announced;
  const url = closing.url + (eventStreams[0]?.endpoint.requestUri ?? "");
  const open = Array.from({ length: 20 }, () => openEventSource(url));
  for (const source of open) await source.next();
  const began = performance.now();
  await closing.close();
  expect(performance.now() - began).toBeLessThan(3_000);
  const waits = open.map((source) => Number(/retry: (\d+)\n\n$/.exec(source.received())?.[1]));
  expect(Math.min(...waits)).toBeGreaterThanOrEqual(1_000);
  expect(Math.max(...waits) - Math.min(...waits)).toBeGreaterThan(1_000);
  for (const source of open) source.close();
});

it("tells those who come while it closes to come back, since browsers give up where they are refused", async () => {
  const metrics = openMetrics();
  const http = await openHttpServer({
    ...{ log: silentLog, metrics, allowedOrigins: [], tls: null },
    bodyLimitOf: async () => Infinity,
    refusalOf: async () => null,
  });
  const { tools } = server.app;
  const events = openEvents({ ...tools, metrics });
  serveOfrep(http, async () => ({ tools, caller }) as unknown as GraphQLContext, silentLog, events);
  await events.streams.close();
  const { statusCode, body } = await http.inject({ url: (await bulk(client())).events });
  expect(statusCode).toBe(200);
  expect(body).toMatch(/^retry: \d+\n\nretry: [1-4]\d{3}\n\n$/);
  await http.close();
});

it("counts a stream once that it ends, however often it looks before the line is closed", async () => {
  const metrics = openMetrics();
  const http = await openHttpServer({
    ...{ log: silentLog, metrics, allowedOrigins: [], tls: null },
    bodyLimitOf: async () => Infinity,
    refusalOf: async () => null,
  });
  const { tools } = server.app;
  let isGone = false;
  const nobody: Identity = { kind: "ANONYMOUS", reason: "REVOKED" };
  const recognise: typeof tools.recognise = (known) =>
    isGone ? { ...known, identity: nobody } : tools.recognise(known);
  const events = openEvents({ ...tools, metrics, recognise });
  serveOfrep(http, async () => ({ tools, caller }) as unknown as GraphQLContext, silentLog, events);
  const url = await http.listen({ host: "127.0.0.1", port: 0 });
  const source = openEventSource(url + (await bulk(client())).events);
  sources.push(source);
  await source.next();
  isGone = true;
  vi.advanceTimersByTime(45_000); // three rounds, while nothing else gets its turn
  isGone = false;
  vi.advanceTimersByTime(15_000);
  await events.streams.close();
  const figures = (await metrics.render()).match(/^halyard_event_streams_ended_total.*$/gm);
  expect(figures).toEqual(['halyard_event_streams_ended_total{reason="not_permitted"} 1']);
  source.close();
  await http.close();
});

describe("where IP_ALLOWLIST is set", () => {
  const lines: string[] = [];
  let guarded: TestInstance;
  let events = "";

  beforeAll(async () => {
    const env = { IP_ALLOWLIST: "192.0.2.1" };
    const log = openLog({ logLevel: "trace", logFormat: "json" }, { write: (line) => void lines.push(line) });
    guarded = await startInstance(env, { log, database: await freshDatabase("pglite") });
    const key = await makeFirst(guarded, env);
    const answer = await fetch(`${guarded.url}/ofrep/v1/evaluate/flags`, {
      method: "POST",
      headers: { "content-type": "application/json", "x-api-key": key("CLIENT", "development") },
      body: JSON.stringify({ context: {} }),
    });
    const { eventStreams } = (await answer.json()) as Announced;
    events = eventStreams[0]?.endpoint.requestUri ?? "";
  });
  afterAll(async () => guarded.app.close());

  it("listens who may evaluate, from wherever they are, but not through a proxy that nobody knows", async () => {
    const source = openEventSource(guarded.url + events);
    sources.push(source);
    await source.next();
    const forwarded = await fetch(guarded.url + events, { headers: { "x-forwarded-for": "192.0.2.1" } });
    expect(forwarded.status).toBe(403);
  });

  it("no log is told the token, whatever is wrong with the request", async () => {
    const token = events.split("=")[1] ?? "";
    for (const path of [`${events}A`, `${events}&token=x`, events.replace("events", "event")]) {
      await (await fetch(guarded.url + path)).text();
    }
    await (await fetch(`${guarded.url}/ofrep/v1/evaluate/flags/%zz?token=${token}`)).text();
    guarded.app.log.warn({ url: events }, `Somebody asked for ${events}.`);
    await guarded.app.tools.security.flush();
    const recorded = await guarded.app.tools.database.execute(sql`select * from security_events`);
    expect(JSON.stringify(recorded)).toContain("FORBIDDEN");
    expect(lines.join("")).toContain("token=[redacted]");
    expect(JSON.stringify(recorded) + lines.join("")).not.toContain(token);
  });
});
