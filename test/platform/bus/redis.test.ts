/** What only a bus between several servers can do, and can lose. */
import { randomUUID } from "node:crypto";
import { Redis } from "ioredis";
import { afterEach, describe, expect, it, vi } from "vitest";
import type { Bus } from "../../../src/platform/bus/index.js";
import { openRedisBus } from "../../../src/platform/bus/redis.js";
import { openLog } from "../../../src/platform/log.js";
import { StartProblem } from "../../../src/platform/start-problem.js";
import { redisUrl } from "../../support/services.js";
import { freePort } from "../../support/services/service.js";
import { silentLog } from "../../support/silent-log.js";
import { openTcpProxy } from "../../support/tcp-proxy.js";

const HEARTBEAT_MS = 100;
const url = await redisUrl("the bus over Redis");

describe.skipIf(url === undefined)("the bus over Redis", () => {
  const closers: (() => unknown)[] = [];
  afterEach(async () => {
    for (const close of closers.splice(0).reverse()) await close();
  });

  async function open(address = url ?? "", log = silentLog): Promise<Bus> {
    const bus = await openRedisBus(address, log, Date.now, { heartbeatMs: HEARTBEAT_MS });
    closers.push(bus.close);
    return bus;
  }

  async function openBehindProxy(log = silentLog) {
    const { hostname, port, pathname } = new URL(url ?? "");
    const proxy = await openTcpProxy({ host: hostname, port: Number(port) });
    closers.push(proxy.close);
    return { proxy, bus: await open(`redis://127.0.0.1:${proxy.port}${pathname}`, log) };
  }

  it("wakes the other instances", async () => {
    const [here, there] = [await open(), await open()];
    const listener = vi.fn();
    there.onRing(listener);
    await here.ring({ epoch: 2, seq: 40 });
    await vi.waitFor(() => expect(listener).toHaveBeenCalledExactlyOnceWith({ epoch: 2, seq: 40 }));
  });

  it("does not hear another installation, which has another database of the same Redis", async () => {
    const other = new URL(url ?? "");
    other.pathname = "/15";
    const [here, there, elsewhere] = [await open(), await open(), await open(other.href)];
    const [near, far] = [vi.fn(), vi.fn()];
    there.onRing(near);
    elsewhere.onRing(far);
    await here.ring({ epoch: 1, seq: 1 });
    await vi.waitFor(() => expect(near).toHaveBeenCalledOnce());
    expect(far).not.toHaveBeenCalled();
  });

  it("ignores what is no doorbell", async () => {
    const bus = await open();
    const listener = vi.fn();
    bus.onRing(listener);
    const stranger = new Redis(url ?? "");
    closers.push(() => stranger.disconnect());
    const nonsense = [
      "",
      "x",
      "null",
      "[]",
      "7",
      "{}",
      '{"epoch":1}',
      '{"epoch":"1","seq":2}',
      '{"epoch":1,"seq":-2}',
    ];
    for (const message of nonsense) {
      await stranger.publish(`halyard:doorbell:${new URL(url ?? "").pathname.slice(1)}`, message);
    }
    await bus.ring({ epoch: 3, seq: 9 });
    await vi.waitFor(() => expect(listener).toHaveBeenCalled());
    expect(listener.mock.calls).toEqual([[{ epoch: 3, seq: 9 }]]);
  });

  it("notices a line that swallows everything, counts what it could not ring, and is back once healed", async () => {
    const { proxy, bus } = await openBehindProxy();
    const [listener, ready] = [vi.fn(), vi.fn()];
    bus.onRing(listener);
    bus.onReady(ready);

    proxy.blackHole();
    const rung = performance.now();
    await bus.ring({ epoch: 1, seq: 1 });
    expect(performance.now() - rung).toBeLessThan(1_500);
    await vi.waitFor(() => expect(bus.status().up).toBe(false), 5_000);
    for (let times = 0; times < 4; times += 1) await bus.ring({ epoch: 1, seq: 1 });
    expect(bus.status().breaker).not.toBe("closed");
    const again = performance.now();
    await bus.ring({ epoch: 1, seq: 1 });
    expect(performance.now() - again).toBeLessThan(100); // nobody is asked
    expect(bus.status().failures).toBeGreaterThan(0);
    expect(ready).not.toHaveBeenCalled();

    proxy.heal();
    await vi.waitFor(() => expect(bus.status().up).toBe(true), 10_000);
    expect(ready).toHaveBeenCalledOnce();
    await bus.ring({ epoch: 1, seq: 2 });
    await vi.waitFor(() => expect(listener).toHaveBeenCalledWith({ epoch: 1, seq: 2 }));
  });

  it("says of each loss why it is lost, and not why the one before was", async () => {
    const reasons: string[] = [];
    const write = (line: string): void => {
      const { reason } = JSON.parse(line) as { reason?: string };
      if (reason !== undefined) reasons.push(reason);
    };
    const { proxy, bus } = await openBehindProxy(openLog({ logLevel: "warn", logFormat: "json" }, { write }));
    const faults = [proxy.cut, proxy.blackHole];
    for (const fault of faults) {
      fault();
      await vi.waitFor(() => expect(bus.status().up).toBe(false), 5_000);
      proxy.heal();
      await vi.waitFor(() => expect(bus.status().up).toBe(true), 10_000);
    }
    expect(reasons[0]).toMatch(/closed|ECONNRESET/);
    expect(reasons.at(-1)).toBe(`no answer within ${HEARTBEAT_MS} ms`);
  });

  it("hears again after the server ended its connections", async () => {
    const bus = await open();
    const [listener, ready] = [vi.fn(), vi.fn()];
    bus.onRing(listener);
    bus.onReady(ready);
    const administrator = new Redis(url ?? "");
    closers.push(() => administrator.disconnect());
    await administrator.call("CLIENT", "KILL", "TYPE", "pubsub");
    await vi.waitFor(() => expect(ready).toHaveBeenCalled(), 5_000);
    await bus.ring({ epoch: 1, seq: 3 });
    await vi.waitFor(() => expect(listener).toHaveBeenCalledWith({ epoch: 1, seq: 3 }));
  });
});

describe("starting without Redis", () => {
  const closers: (() => unknown)[] = [];
  afterEach(async () => {
    for (const close of closers.splice(0).reverse()) await close();
  });

  async function open(address: string, log = silentLog): Promise<Bus> {
    const bus = await openRedisBus(address, log, Date.now, { heartbeatMs: HEARTBEAT_MS, patienceMs: 500 });
    closers.push(bus.close);
    return bus;
  }

  it("goes on, says in one line what cannot be reached, and keeps the password to itself", async () => {
    const port = await freePort();
    const lines: string[] = [];
    const log = openLog({ logLevel: "warn", logFormat: "json" }, { write: (line) => void lines.push(line) });
    const bus = await open(`redis://:hunter22@127.0.0.1:${port}`, log);
    expect(bus.status()).toMatchObject({ kind: "redis", up: false });
    expect(lines).toHaveLength(1);
    expect(lines[0]).toContain(`Redis at 127.0.0.1:${port} does not answer`);
    expect(lines[0]).toContain("ECONNREFUSED");
    expect(lines[0]).not.toContain("hunter22");
    expect(await bus.limits.attempt([{ key: "alice", free: 1, firstMs: 10, longestMs: 10 }])).toBe(0);
    await expect(bus.shared?.get("anything")).rejects.toThrow();
    await bus.ring({ epoch: 1, seq: 1 });
    expect(bus.status().failures).toBe(1);
  });

  it("does not wait for a server that takes the connection and says nothing", async () => {
    const proxy = await openTcpProxy({ host: "127.0.0.1", port: 9 });
    closers.push(proxy.close);
    proxy.blackHole();
    const started = performance.now();
    const bus = await open(`redis://127.0.0.1:${proxy.port}`);
    expect(performance.now() - started).toBeLessThan(1_500);
    expect(bus.status().up).toBe(false);
  });

  it.skipIf(url === undefined)("hears as soon as there is one, and tells that it does", async () => {
    const { hostname, port, pathname } = new URL(url ?? "");
    const proxy = await openTcpProxy({ host: hostname, port: Number(port) });
    closers.push(proxy.close);
    proxy.cut();
    const late = await open(`redis://127.0.0.1:${proxy.port}${pathname}`);
    const [listener, ready] = [vi.fn(), vi.fn()];
    late.onRing(listener);
    late.onReady(ready);
    expect(late.status().up).toBe(false);
    proxy.heal();
    await vi.waitFor(() => expect(ready).toHaveBeenCalledOnce(), 5_000);
    expect(late.status()).toMatchObject({ up: true, breaker: "closed" });
    await (await open(url ?? "")).ring({ epoch: 5, seq: 6 });
    await vi.waitFor(() => expect(listener).toHaveBeenCalledExactlyOnceWith({ epoch: 5, seq: 6 }));
  });

  it.skipIf(url === undefined)("is refused where Redis refuses, which it would do again", async () => {
    const wrong = new URL(url ?? "");
    wrong.username = "stranger";
    wrong.password = "hunter22";
    const starting = open(wrong.href);
    await expect(starting).rejects.toThrow(StartProblem);
    await expect(starting).rejects.toThrow(/^Redis at \S+ cannot be used: WRONGPASS/);
    const missing = new URL(url ?? "");
    missing.pathname = "/4711";
    await expect(open(missing.href)).rejects.toThrow(/DB index is out of range/);
    await expect(open("redis://[")).rejects.toThrow("REDIS_URL cannot be read");
  });
});

describe.skipIf(url === undefined)("what instances share", () => {
  const closers: (() => unknown)[] = [];
  afterEach(async () => {
    for (const close of closers.splice(0).reverse()) await close();
  });

  async function open() {
    const bus = await openRedisBus(url ?? "", silentLog, Date.now);
    closers.push(bus.close);
    if (bus.shared === null) throw new Error("Redis shares.");
    return bus.shared;
  }

  it("is seen by all, byte for byte, and claimed by one", async () => {
    const [here, there] = [await open(), await open()];
    const name = randomUUID();
    expect(await there.get(name)).toBeNull();
    const bytes = Buffer.from([0, 255, 10, 13, 128]);
    await here.set(name, bytes, 60_000);
    expect(await there.get(name)).toEqual(bytes);
    const claims = await Promise.all([here, there, here].map(async (one) => one.claim(`${name}:turn`, 300)));
    expect(claims.filter(Boolean)).toHaveLength(1);
    await vi.waitFor(async () => expect(await there.claim(`${name}:turn`, 300)).toBe(true), 2_000);
  });

  it("is forgotten in time, unless somebody lets it last", async () => {
    const [here, there] = [await open(), await open()];
    const [brief, lasting] = [randomUUID(), randomUUID()];
    for (const name of [brief, lasting]) await here.set(name, Buffer.from("x"), 300);
    await there.prolong(lasting, 60_000);
    await there.prolong(randomUUID(), 60_000); // what is not there is no failure
    await vi.waitFor(async () => expect(await here.get(brief)).toBeNull(), 2_000);
    expect(await here.get(lasting)).toEqual(Buffer.from("x"));
  });
});
