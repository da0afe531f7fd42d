/** The event stream while lines and Redis fail: whoever listens is told within a second and a half, and is answered by what they were told of. */
import { afterAll, afterEach, beforeAll, describe, expect, it } from "vitest";
import { setFlagEnabled } from "../../src/features/flags/set-flag-enabled.js";
import { cliCaller } from "../../src/features/permissions/index.js";
import { freshPostgresUrl } from "../support/databases.js";
import { type EventSource, openEventSource, type SentEvent } from "../support/event-source.js";
import { makeFirst, startInstance, type TestInstance } from "../support/instance.js";
import { redisUrl } from "../support/services.js";
import { openTcpProxy, type TcpProxy } from "../support/tcp-proxy.js";

const redis = await redisUrl("the event stream while Redis fails");
const withinMs = 1_500;
const flagKey = "welcome";

describe.skipIf(redis === undefined)("of two instances", () => {
  let here: TestInstance;
  let there: TestInstance;
  let env: Record<string, string>;
  let bus: TcpProxy;
  let line: TcpProxy;
  let credential: string;
  let enabled = true;
  const sources: EventSource[] = [];

  beforeAll(async () => {
    const target = new URL(redis ?? "redis://localhost");
    bus = await openTcpProxy({ host: target.hostname, port: Number(target.port) });
    env = {
      DATABASE_URL: await freshPostgresUrl(),
      REDIS_URL: `redis://127.0.0.1:${bus.port}${target.pathname}`,
    };
    here = await startInstance(env);
    const key = await makeFirst(here, env);
    credential = key("CLIENT", "development");
    there = await startInstance(env);
    line = await openTcpProxy({ host: "127.0.0.1", port: Number(new URL(here.url).port) });
  });
  afterEach(() => {
    for (const source of sources.splice(0)) source.close();
  });
  afterAll(async () => {
    await line.close();
    await here.app.close();
    await there.app.close();
    await bus.close();
  });

  interface Bulk {
    readonly flags: readonly { readonly key: string; readonly value: unknown }[];
    readonly eventStreams: readonly { readonly endpoint: { readonly requestUri: string } }[];
  }

  async function bulk(base: string, search = ""): Promise<Bulk> {
    const answer = await fetch(`${base}/ofrep/v1/evaluate/flags${search}`, {
      method: "POST",
      headers: { "content-type": "application/json", authorization: `Bearer ${credential}` },
      body: JSON.stringify({ context: { targetingKey: "user-1" } }),
    });
    expect(answer.status).toBe(200);
    return (await answer.json()) as Bulk;
  }

  /** Listens at whatever `base` says, and has been greeted. */
  async function listen(base: () => string): Promise<EventSource> {
    const { eventStreams } = await bulk(here.url);
    const address = eventStreams[0]?.endpoint.requestUri ?? "";
    const source = openEventSource(() => base() + address);
    sources.push(source);
    await source.next();
    return source;
  }

  /** Changes the flag here. */
  async function change(): Promise<void> {
    enabled = !enabled;
    const what = { flagKey, environment: "development", enabled };
    await setFlagEnabled(here.app.tools, cliCaller("test"), what);
  }

  /** Asks again as the event says, there. */
  async function refetched(event: SentEvent, base: string): Promise<unknown> {
    const { etag, lastModified } = JSON.parse(event.data) as { etag: string; lastModified: number };
    const search = `?flagConfigEtag=${encodeURIComponent(etag)}&flagConfigLastModified=${lastModified}`;
    const { flags } = await bulk(base, search);
    return flags.find(({ key }) => key === flagKey)?.value;
  }

  const proxied = (): string => `http://127.0.0.1:${line.port}`;

  it("a change while the line was cut is told once it is back", async () => {
    const source = await listen(proxied);
    line.cut();
    await change();
    line.heal();
    const event = await source.next(withinMs);
    expect(await refetched(event, here.url)).toBe(enabled);
    expect(source.connected()).toBe(2);
  });

  it("a change while the listener went from one instance to the other is told by the other", async () => {
    let base = proxied();
    const source = await listen(() => base);
    base = there.url;
    line.drop();
    await change();
    const event = await source.next(withinMs);
    expect(await refetched(event, there.url)).toBe(enabled);
  });

  it("is silent to a listener who missed nothing on the way", async () => {
    let base = proxied();
    const source = await listen(() => base);
    base = there.url;
    line.drop();
    await expect.poll(() => source.connected()).toBe(2);
    await change();
    expect(await refetched(await source.next(withinMs), there.url)).toBe(enabled);
    expect(source.pending()).toBe(0);
  });

  describe("while Redis is dead", () => {
    beforeAll(() => bus.blackHole());
    afterAll(() => bus.heal());

    it("a change is told by the other instance, too", async () => {
      const source = await listen(() => there.url);
      for (let round = 0; round < 3; round += 1) {
        await change();
        expect(await refetched(await source.next(withinMs), there.url)).toBe(enabled);
      }
    });

    it("whoever was told of it by one is answered by it at the other", async () => {
      const source = await listen(() => here.url);
      for (let round = 0; round < 3; round += 1) {
        await change();
        expect(await refetched(await source.next(withinMs), there.url)).toBe(enabled);
      }
    });
  });

  it("whoever listens to an instance that closes is told by the other", async () => {
    const closing = await startInstance(env);
    let base = closing.url;
    const source = await listen(() => base);
    base = there.url;
    await closing.app.close();
    await change();
    const leftWithinMs = Number(/retry: (\d+)\n\n$/.exec(source.received())?.[1]);
    expect(await refetched(await source.next(leftWithinMs + withinMs), there.url)).toBe(enabled);
  });
});
