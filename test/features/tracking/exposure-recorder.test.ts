/** What was answered becomes an exposure, once, whatever happens to the database meanwhile. */
import { mkdtemp, readFile, readdir, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { sql } from "drizzle-orm";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, vi } from "vitest";
import { evaluate, evaluateAll } from "../../../src/features/delivery/index.js";
import type { Caller } from "../../../src/features/permissions/index.js";
import { createTracking, type Tracking } from "../../../src/features/tracking/index.js";
import type { RecorderLimits } from "../../../src/features/tracking/exposure-recorder.js";
import { readSums, readUnits } from "../../../src/features/tracking/sums.store.js";
import { openPostgres } from "../../../src/platform/database/postgres.js";
import { type OpenDatabase, rowsOf } from "../../../src/platform/database/index.js";
import { openMetrics } from "../../../src/platform/metrics.js";
import { createSigner } from "../../../src/platform/signed-lines.js";
import { describeDatabases, freshDatabase, freshPostgresUrl } from "../../support/databases.js";
import { testSecretKey } from "../../support/server.js";
import { silentLog } from "../../support/silent-log.js";
import { openTcpProxy } from "../../support/tcp-proxy.js";
import { admin, cipher, evaluationKey } from "../delivery/delivery-fixture.js";
import { asOwner, experiment, measured } from "../flags/owned-fixture.js";
import { begin, openTracked, start, type Tracked } from "./tracking-fixture.js";

const server = evaluationKey("SERVER");
const slots = "split" in measured.serve ? measured.serve.split : [];

/** `checkout` has an experiment of half of all. */
async function experimented(opened: OpenDatabase): Promise<Tracked> {
  const tracked = await openTracked(opened);
  await tracked.toggle("checkout", true);
  await asOwner(tracked.tools, { flag: "checkout", environment: "staging" }, { rule: measured });
  await begin(tracked, { id: experiment.id, slots });
  return tracked;
}

function open(database: OpenDatabase["database"], folder?: string, limits: RecorderLimits = {}): Tracking {
  const signer = createSigner([testSecretKey], "exposures");
  return createTracking({
    ...{ database, log: silentLog, metrics: openMetrics(), cipher, now: () => start, limits },
    spill: folder === undefined ? undefined : { folder, signer },
  });
}

function ask(tracked: Tracked, tracking: Tracking, names: readonly string[], caller: Caller = server): void {
  for (const targetingKey of names) {
    const context = { targetingKey, attributes: { country: targetingKey.length % 2 === 0 ? "DE" : "FR" } };
    const place = caller === admin ? { environment: "staging" } : {};
    evaluate({ ...tracked.tools, answered: tracking.expose }, caller, {
      flagKey: "checkout",
      context,
      ...place,
    });
  }
}

const people = (from: number, to: number) =>
  Array.from({ length: to - from }, (_none, index) => `user-${from + index}`);

async function counted({ database }: Tracked): Promise<number> {
  const { exposures } = await readSums(database, experiment.id);
  expect(exposures.every(({ conflicted }) => conflicted === 0)).toBe(true);
  return exposures.reduce((sum, { n }) => sum + n, 0);
}

describeDatabases("exposures", (subject) => {
  let tracked: Tracked;
  let tracking: Tracking;
  beforeAll(async () => {
    tracked = await experimented(subject());
  });
  beforeEach(() => {
    tracking = open(tracked.database);
  });
  afterEach(async () => {
    await tracking.close();
    await tracked.database.execute(sql`delete from exposures`);
    await tracked.database.execute(sql`delete from exposure_sums`);
  });
  afterAll(async () => tracked.close());

  it("are stored once each, without a trace of who it was", async () => {
    ask(tracked, tracking, [...people(0, 100), ...people(0, 100)]);
    await tracking.flush();
    const first = await counted(tracked);
    expect(first).toBeGreaterThan(30);
    expect(first).toBeLessThan(70);
    ask(tracked, tracking, people(0, 100));
    await tracking.flush();
    expect(await counted(tracked)).toBe(first);
    const rows = JSON.stringify(rowsOf(await tracked.database.execute(sql`select * from exposures`)));
    expect(rows).not.toContain("user-");
  });

  it("keep the attributes that results are told apart by", async () => {
    ask(tracked, tracking, people(0, 120));
    await tracking.flush();
    const { slices } = await readUnits(tracked.database, experiment.id, "country", 20);
    expect(new Set(slices.map(({ slice }) => slice))).toEqual(new Set(["DE", "FR"]));
    const n = slices.flatMap(({ exposures }) => exposures).reduce((sum, row) => sum + row.n, 0);
    expect(n).toBe(await counted(tracked));
  });

  it("are of keys that evaluate, and of answers that somebody sees", async () => {
    ask(tracked, tracking, people(0, 20), admin);
    const tools = { ...tracked.tools, answered: tracking.expose };
    for (const targetingKey of people(0, 20)) {
      const context = { targetingKey };
      evaluate(tools, server, { flagKey: "checkout", context, recordExposure: false });
      evaluateAll(tools, server, { context });
    }
    await tracking.flush();
    expect(await counted(tracked)).toBe(0);
    for (const targetingKey of people(0, 20)) {
      evaluateAll(tools, server, { context: { targetingKey }, recordExposures: true });
    }
    await tracking.flush();
    expect(await counted(tracked)).toBeGreaterThan(0);
  });

  it("are stored by themselves within five seconds", async () => {
    vi.useFakeTimers({ toFake: ["setTimeout", "clearTimeout"] });
    ask(tracked, tracking, people(0, 50));
    expect(await counted(tracked)).toBe(0);
    await vi.advanceTimersByTimeAsync(5_000);
    vi.useRealTimers();
    await vi.waitFor(async () => expect(await counted(tracked)).toBeGreaterThan(10));
  });

  it("are stored when it closes", async () => {
    ask(tracked, tracking, people(0, 50));
    await tracking.close();
    expect(await counted(tracked)).toBeGreaterThan(10);
  });

  it("are dropped where there is no more room, and count when they come again", async () => {
    const small = open(tracked.database, undefined, { mostWaiting: 10 });
    ask(tracked, small, people(0, 100));
    await small.flush();
    expect(await counted(tracked)).toBe(10);
    for (let round = 0; round < 10; round += 1) {
      ask(tracked, small, people(0, 100));
      await small.flush();
    }
    ask(tracked, tracking, people(0, 100));
    await tracking.flush();
    const all = await counted(tracked);
    await small.close();
    expect(await counted(tracked)).toBe(all);
  });
});

describe("while the database is away", () => {
  let folder: string;
  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), "halyard-exposures-"));
  });
  afterEach(async () => rm(folder, { recursive: true }));

  it("exposures wait on disk, hashed, and are stored by whoever starts next", async () => {
    const url = new URL(await freshPostgresUrl());
    const proxy = await openTcpProxy({ host: url.hostname, port: Number(url.port) });
    const direct = await openPostgres(url.href);
    url.port = String(proxy.port);
    const cut = await openPostgres(url.href);
    const tracked = await experimented(direct);
    const before = open(cut.database, folder, { mostWaiting: 20 });
    ask(tracked, before, people(0, 10));
    await before.flush();
    const stored = await counted(tracked);
    proxy.cut();
    ask(tracked, before, people(10, 40));
    await before.flush();
    ask(tracked, before, people(40, 60));
    await before.close();
    const names = await readdir(folder);
    expect(names).toHaveLength(2);
    for (const name of names) expect(await readFile(join(folder, name), "utf8")).not.toContain("user-");
    expect(await counted(tracked)).toBe(stored);

    const after = open(direct.database, folder);
    await after.start();
    await after.flush();
    const all = await counted(tracked);
    expect(await readdir(folder)).toEqual([]);
    ask(tracked, after, people(0, 60));
    await after.close();
    expect(await counted(tracked)).toBe(all);
    for (const opened of [cut, direct]) await opened.close();
    await tracked.close();
    await proxy.close();
  });

  it("exposures whose file was spoilt are stored when they come again", async () => {
    const url = new URL(await freshPostgresUrl());
    const proxy = await openTcpProxy({ host: url.hostname, port: Number(url.port) });
    const direct = await openPostgres(url.href);
    url.port = String(proxy.port);
    const cut = await openPostgres(url.href);
    const tracked = await experimented(direct);
    const tracking = open(cut.database, folder, { mostWaiting: 20 });
    ask(tracked, tracking, people(0, 10));
    await tracking.flush();
    const stored = await counted(tracked);
    proxy.cut();
    ask(tracked, tracking, people(10, 40));
    await tracking.flush();
    for (const name of await readdir(folder)) await writeFile(join(folder, name), "spoilt");
    proxy.heal();
    await vi.waitFor(async () => {
      await tracking.flush();
      expect(await readdir(folder)).toEqual([]);
    }, 20_000);
    expect(await counted(tracked)).toBe(stored);
    ask(tracked, tracking, people(10, 40));
    await tracking.flush();
    expect(await counted(tracked)).toBeGreaterThan(stored);
    await tracking.close();
    for (const opened of [cut, direct]) await opened.close();
    await tracked.close();
    await proxy.close();
  });

  it("what cannot be hashed yet does not touch the disk, and waits", async () => {
    const tracked = await experimented(await freshDatabase());
    const away = await freshDatabase();
    await away.close();
    const metrics = openMetrics();
    const signer = createSigner([testSecretKey], "exposures");
    const tracking = createTracking({
      ...{ database: away.database, log: silentLog, metrics, cipher, now: () => start },
      ...{ spill: { folder, signer }, limits: { mostWaiting: 10 } },
    });
    ask(tracked, tracking, people(0, 100));
    await tracking.flush();
    expect(await metrics.render()).toContain("halyard_exposures_waiting 10");
    expect(await metrics.render()).toMatch(/halyard_exposures_total\{fate="dropped"\} [1-9]/);
    await tracking.close();
    expect(await readdir(folder)).toEqual([]);
    await tracked.close();
    await tracked.opened.close();
  });
});
