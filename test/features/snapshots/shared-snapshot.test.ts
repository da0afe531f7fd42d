/** Instances that start hand the definitions on to each other, so that the database is asked only for what has changed since. */
import { randomUUID } from "node:crypto";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { gzipSync } from "node:zlib";
import { afterAll, afterEach, beforeAll, expect, it, vi } from "vitest";
import { openRedisBus } from "../../../src/platform/bus/redis.js";
import type { Bus, SharedStore } from "../../../src/platform/bus/index.js";
import type { OpenDatabase } from "../../../src/platform/database/index.js";
import { KeptFile } from "../../../src/platform/kept-file.js";
import { openMetrics } from "../../../src/platform/metrics.js";
import { createSigner } from "../../../src/platform/signed-lines.js";
import { createDelivery, type Delivery, evaluateAll } from "../../../src/features/delivery/index.js";
import { SharedSnapshot } from "../../../src/features/snapshots/index.js";
import { freshDatabase } from "../../support/databases.js";
import { redisUrl } from "../../support/services.js";
import { silentLog } from "../../support/silent-log.js";
import { cipher, evaluationKey, type Instance, openInstance } from "../delivery/delivery-fixture.js";

const url = await redisUrl("definitions shared through Redis");
const secretKey = "Pq8vZ2nX5bL1mK7cR4tY9wE3aS6dF0gH-test";
const aboutDefinitions = /from "(flags|variants|flag_environments)"|segment_members/;

let folder: string;
let database: OpenDatabase;
let first: Instance;
let statements: string[] = [];
const closers: (() => Promise<void>)[] = [];

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "halyard-shared-"));
  database = await freshDatabase("pglite", { onStatement: (text) => void statements.push(text) });
  first = await openInstance({ opened: database });
  for (const key of ["one", "two", "three", "four"]) await first.addFlag(key);
});
afterEach(async () => {
  for (const close of closers.splice(0).reverse()) await close();
});
afterAll(async () => {
  await first.close();
  await database.close();
  await rm(folder, { recursive: true, force: true });
});

/** What is shared is this test's own. */
function within(store: SharedStore, name: string): SharedStore {
  return {
    get: async (key) => store.get(`${name}:${key}`),
    set: async (key, bytes, forMs) => store.set(`${name}:${key}`, bytes, forMs),
    prolong: async (key, forMs) => store.prolong(`${name}:${key}`, forMs),
    claim: async (key, forMs) => store.claim(`${name}:${key}`, forMs),
  };
}

async function openBus(): Promise<Bus & { readonly shared: SharedStore }> {
  const bus = await openRedisBus(url ?? "", silentLog, Date.now);
  closers.push(bus.close);
  if (bus.shared === null) throw new Error("Redis shares.");
  return { ...bus, shared: bus.shared };
}

/** One more instance; what it read of definitions until it had begun. */
async function start(bus: Bus, store: SharedStore, key = secretKey): Promise<[Delivery, string[]]> {
  const file = new KeptFile(join(folder, randomUUID()), createSigner([key], "tests"));
  const shared = new SharedSnapshot(store, createSigner([key], "tests"));
  const delivery = createDelivery({
    ...{ database, bus, log: silentLog, now: Date.now, cipher, version: "1.2.3", metrics: openMetrics() },
    keeping: { file, shared, parts: {}, pace: { firstMs: 10, everyMs: 50 } },
  });
  closers.push(delivery.close);
  statements = [];
  await delivery.start();
  return [delivery, statements.filter((text) => aboutDefinitions.test(text))];
}

const caller = evaluationKey("SERVER");
const answersOf = (delivery: Delivery) =>
  evaluateAll({ delivery, answered: () => undefined }, caller, { context: {} }).evaluations.map(
    ({ key, value }) => [key, value],
  );

it.skipIf(url === undefined)(
  "reads of the definitions only what has changed since they were handed on",
  async () => {
    const bus = await openBus();
    const store = within(bus.shared, randomUUID());
    const [begun, all] = await start(bus, store);
    expect(all.length).toBeGreaterThan(6); // three environments, three statements each, and segments
    await vi.waitFor(async () => expect(await store.get("snapshot:1:at")).not.toBeNull(), 5_000);
    await begun.close(); // what it reads is not to be counted with what others read

    for (let times = 0; times < 3; times += 1) {
      const [delivery, read] = await start(bus, store);
      expect(read).toEqual([]);
      expect(answersOf(delivery)).toEqual(answersOf(first.delivery));
      await delivery.close();
    }

    await first.toggle("two", true);
    const [delivery, read] = await start(bus, store);
    expect(read).toHaveLength(3); // of one flag in one environment
    expect(answersOf(delivery)).toEqual(answersOf(first.delivery));
    expect(answersOf(delivery)).toContainEqual(["two", true]);
    expect(delivery.revision()).toBe(first.delivery.revision());
  },
);

it.skipIf(url === undefined)(
  "reads everything where what was handed on is forged, of another history, not there, or of a release that spells it otherwise",
  async () => {
    const bus = await openBus();
    const store = within(bus.shared, randomUUID());
    const forger = new SharedSnapshot(store, createSigner(["another-key-that-is-32-bytes-long!!"], "tests"));
    const lines = [
      '{"format":1,"position":{"epoch":1,"seq":3,"hash":"x"},"asOf":0}',
      '["projects",{"project":"default"}]',
    ];
    const at = { position: { epoch: 9, seq: 9_000, hash: "x" }, asOf: 0 };
    expect(await forger.put(at, () => lines)).toBe(true);
    const [forged, all] = await start(bus, store);
    expect(all.length).toBeGreaterThan(6);
    expect(answersOf(forged)).toEqual(answersOf(first.delivery));

    const other = within(bus.shared, randomUUID());
    await new SharedSnapshot(other, createSigner([secretKey], "tests")).put(at, () => lines);
    const [elsewhere, again] = await start(bus, other);
    expect(again.length).toBeGreaterThan(6);
    expect(answersOf(elsewhere)).toEqual(answersOf(first.delivery));

    const later = within(bus.shared, randomUUID());
    const unheardOf = [lines[0] ?? "", '["projects",null]'];
    await new SharedSnapshot(later, createSigner([secretKey], "tests")).put(at, () => unheardOf);
    const [older, everything] = await start(bus, later);
    expect(everything.length).toBeGreaterThan(6);
    expect(answersOf(older)).toEqual(answersOf(first.delivery));
  },
);

it.skipIf(url === undefined)(
  "is written by one instance at a time, and never replaced by what is older",
  async () => {
    const bus = await openBus();
    const store = within(bus.shared, randomUUID());
    const shared = () => new SharedSnapshot(store, createSigner([secretKey], "tests"));
    const at = (seq: number) => ({ position: { epoch: 1, seq, hash: `hash-${seq}` }, asOf: 0 });
    const lines = (seq: number) => () => [`state ${seq}`];
    const puts = [shared(), shared(), shared()].map(async (one) => one.put(at(5), lines(5)));
    expect((await Promise.all(puts)).filter(Boolean).length).toBeGreaterThan(0);
    expect(await shared().put(at(4), lines(4))).toBe(true); // what is there is as good
    expect(await shared().put(at(6), lines(6))).toBe(false); // somebody wrote a moment ago
    expect([...((await shared().take()) ?? [])]).toEqual(["state 5"]);
  },
);

it.skipIf(url === undefined)(
  "is replaced where it is known to be wrong, and lasts a day at a time",
  async () => {
    const bus = await openBus();
    const lifetimes: number[] = [];
    const turns = randomUUID();
    const store: SharedStore = {
      ...within(bus.shared, randomUUID()),
      set: async (name, bytes, forMs) => {
        lifetimes.push(forMs);
        await bus.shared.set(turns + name, bytes, forMs);
      },
      get: async (name) => bus.shared.get(turns + name),
      claim: async () => true,
    };
    const shared = new SharedSnapshot(store, createSigner([secretKey], "tests"));
    const at = { position: { epoch: 1, seq: 5, hash: "x" }, asOf: 0 };
    await shared.put(at, () => ["wrong"]);
    await shared.put(at, () => ["as new"]);
    expect([...((await shared.take()) ?? [])]).toEqual(["wrong"]);
    await shared.put(at, () => ["right"], true);
    expect([...((await shared.take()) ?? [])]).toEqual(["right"]);
    expect(new Set(lifetimes)).toEqual(new Set([86_400_000]));
  },
);

it.skipIf(url === undefined)("is not unpacked before it is known whose it is", async () => {
  const bus = await openBus();
  const store = within(bus.shared, randomUUID());
  const part = gzipSync(Buffer.alloc(64 * 1024 * 1024));
  const bomb = Buffer.concat(Array.from({ length: 8 }, () => part)); // what was packed in parts is unpacked as one
  await store.set("snapshot:1", bomb, 60_000);
  const started = performance.now();
  const shared = new SharedSnapshot(store, createSigner([secretKey], "tests"));
  const cpu = process.cpuUsage();
  expect(await shared.take()).toBeNull();
  expect(process.cpuUsage(cpu).user / 1_000).toBeLessThan(200); // unpacking it takes several times as long
  expect(performance.now() - started).toBeLessThan(5_000);
});

it.skipIf(url === undefined)("says so where the state cannot be spelt, and ends nothing else", async () => {
  const bus = await openBus();
  const shared = new SharedSnapshot(within(bus.shared, randomUUID()), createSigner([secretKey], "tests"));
  const at = { position: { epoch: 1, seq: 5, hash: "x" }, asOf: 0 };
  function* lines(): Generator<string> {
    yield "state";
    throw new Error("a moment that is none");
  }
  await expect(shared.put(at, lines)).rejects.toThrow("a moment that is none");
  expect(await shared.take()).toBeNull();
});

it.skipIf(url === undefined)(
  "is the state of the position that it names, whatever changes meanwhile",
  async () => {
    const bus = await openBus();
    const shared = new SharedSnapshot(within(bus.shared, randomUUID()), createSigner([secretKey], "tests"));
    let seq = 5;
    const putting = shared.put({ position: { epoch: 1, seq, hash: "x" }, asOf: 0 }, () => [`state ${seq}`]);
    seq = 6;
    expect(await putting).toBe(true);
    expect([...((await shared.take()) ?? [])]).toEqual(["state 5"]);
  },
);
