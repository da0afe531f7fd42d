/** Limits when Redis is gone, silent, or has forgotten. */
import { randomUUID } from "node:crypto";
import { Redis } from "ioredis";
import { afterEach, describe, expect, it, vi } from "vitest";
import type { Bus } from "../../../src/platform/bus/index.js";
import type { Limits } from "../../../src/platform/limits/limits.js";
import { openRedisBus } from "../../../src/platform/bus/redis.js";
import { redisUrl } from "../../support/services.js";
import { silentLog } from "../../support/silent-log.js";
import { openTcpProxy } from "../../support/tcp-proxy.js";

const url = await redisUrl("limits over Redis");

describe.skipIf(url === undefined)("limits over Redis", () => {
  const closers: (() => unknown)[] = [];
  afterEach(async () => {
    for (const close of closers.splice(0).reverse()) await close();
  });

  async function open(address = url ?? ""): Promise<Bus> {
    const bus = await openRedisBus(address, silentLog, Date.now, { heartbeatMs: 100 });
    closers.push(bus.close);
    return bus;
  }

  async function openBehindProxy() {
    const { hostname, port, pathname } = new URL(url ?? "");
    const proxy = await openTcpProxy({ host: hostname, port: Number(port) });
    closers.push(proxy.close);
    return { proxy, bus: await open(`redis://127.0.0.1:${proxy.port}${pathname}`) };
  }

  function administrator(): Redis {
    const redis = new Redis(url ?? "");
    closers.push(() => redis.disconnect());
    return redis;
  }

  async function attempt(limits: Limits, key: string): Promise<number> {
    return limits.attempt([{ key, free: 1, firstMs: 60_000, longestMs: 60_000 }]);
  }

  it("goes on locally when Redis swallows everything, and makes nobody wait long", async () => {
    const { proxy, bus } = await openBehindProxy();
    proxy.blackHole();
    const key = randomUUID();
    const asked = performance.now();
    expect(await attempt(bus.limits, key)).toBe(0);
    expect(await attempt(bus.limits, key)).toBe(0);
    expect(await attempt(bus.limits, key)).toBeGreaterThan(50_000);
    expect(await bus.limits.knows(key)).toBe(false);
    await bus.limits.succeed([key]);
    expect(await attempt(bus.limits, key)).toBe(0);
    expect(performance.now() - asked).toBeLessThan(3_000);
    const budget = bus.limits.budget(randomUUID(), 1);
    expect([budget.spend("alice"), budget.spend("alice") > 0]).toEqual([0, true]);
  });

  it("shares again once Redis is back, and what it knew itself still holds", async () => {
    const { proxy, bus } = await openBehindProxy();
    const there = await open();
    const [key, name] = [randomUUID(), randomUUID()];
    proxy.blackHole();
    for (const turn of [1, 2]) expect([turn, await attempt(bus.limits, key)]).toEqual([turn, 0]);
    await vi.waitFor(() => expect(bus.status().up).toBe(false), 5_000);
    proxy.heal();
    await vi.waitFor(() => expect(bus.status().up).toBe(true), 10_000);
    expect(await attempt(bus.limits, key)).toBeGreaterThan(0);
    const [mine, theirs] = [bus.limits.budget(name, 10), there.limits.budget(name, 10)];
    for (let turn = 0; turn < 10; turn += 1) expect(mine.spend("alice")).toBe(0);
    await vi.waitFor(() => expect(theirs.spend("alice")).toBeGreaterThan(0), 4_000);
  });

  it("is not moved by what somebody else wrote under its keys", async () => {
    const { limits } = await open();
    const [key, name] = [randomUUID(), randomUUID()];
    const redis = administrator();
    await redis.set(`halyard:back-off:${key}`, "nonsense");
    await redis.set(`halyard:budget:${name}:alice`, "nonsense");
    expect(await attempt(limits, key)).toBe(0);
    expect(limits.budget(name, 60).spend("alice")).toBe(0);
  });

  it("leaves nothing in Redis that does not go by itself", async () => {
    const { limits } = await open();
    const [key, name] = [randomUUID(), randomUUID()];
    await attempt(limits, key);
    await limits.withdraw([randomUUID()]);
    await limits.remember(key);
    limits.budget(name, 60).spend("alice");
    const redis = administrator();
    const keys = [`halyard:back-off:${key}`, `halyard:remembered:${key}`, `halyard:budget:${name}:alice`];
    await vi.waitFor(async () => {
      for (const one of keys)
        expect([one, await redis.pttl(one)]).toEqual([one, expect.toSatisfy((ttl) => Number(ttl) > 0)]);
    }, 3_000);
  });

  it("does not tell the others of those who ask rarely", async () => {
    const name = randomUUID();
    const budget = (await open()).limits.budget(name, 600_000);
    budget.spend("quiet");
    for (let turn = 0; turn < 200; turn += 1) budget.spend("busy");
    const redis = administrator();
    await vi.waitFor(async () => expect(await redis.exists(`halyard:budget:${name}:busy`)).toBe(1), 3_000);
    expect(await redis.exists(`halyard:budget:${name}:quiet`)).toBe(0);
  });
});
