import { sql } from "drizzle-orm";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { claimBatch } from "../../../src/features/analytics/counts.store.js";
import { deleteEnvironment } from "../../../src/features/environments/delete-environment.js";
import { deleteFlag } from "../../../src/features/flags/delete-flag.js";
import { archiveFlag } from "../../../src/features/flags/archive-flag.js";
import type { Caller } from "../../../src/features/permissions/index.js";
import { openLog } from "../../../src/platform/log.js";
import { openPostgres } from "../../../src/platform/database/postgres.js";
import type { OpenDatabase } from "../../../src/platform/database/index.js";
import { type DatabaseKind, freshDatabase, freshPostgresUrl } from "../../support/databases.js";
import { openTcpProxy } from "../../support/tcp-proxy.js";
import { testStart } from "../../support/tools.js";
import { admin, answer, type Fixture, hour, notFound, openFixture, question } from "./analytics-fixture.js";

const failures = "halyard_evaluation_flush_failures_total";
const dropped = (what: string): string => `halyard_evaluation_counts_dropped_total{what="${what}"}`;

let fixture: Fixture;
let key: Caller;
const closers: (() => Promise<void>)[] = [];

async function begin(given: DatabaseKind | OpenDatabase): Promise<void> {
  fixture = await openFixture(given);
  closers.push(fixture.close);
  for (const flag of ["a", "b"]) await fixture.addFlag(flag);
  key = await fixture.addKey("shop");
}

afterEach(async () => {
  vi.useRealTimers();
  for (const close of closers.splice(0).reverse()) await close();
});

describe.each<DatabaseKind>(["pglite", "postgresql"])("on %s", (kind) => {
  beforeEach(async () => begin(kind));

  it("writes by itself within five seconds, and what comes later is added", async () => {
    vi.useFakeTimers({ toFake: ["setTimeout", "clearTimeout"] });
    const counting = fixture.counting();
    for (let times = 0; times < 3; times += 1)
      counting.count(question(key), [answer("a"), answer("b", "off")]);
    expect(await fixture.stored()).toEqual([]);
    await vi.advanceTimersByTimeAsync(5_000);
    vi.useRealTimers();
    await vi.waitFor(async () =>
      expect(await fixture.stored()).toEqual(["staging a 00 on STATIC 3", "staging b 00 off STATIC 3"]),
    );
    counting.count(question(admin, testStart + 60_000), [answer("a")]);
    counting.count(question(key, testStart + hour), [answer("a", null, "DISABLED")]);
    await counting.close();
    expect(await fixture.stored()).toEqual([
      "staging a 00 on STATIC 4",
      "staging a 01  DISABLED 1",
      "staging b 00 off STATIC 3",
    ]);
    const [row] = await fixture.rows(
      `select (extract(epoch from last_at) * 1000)::int8 as at from evaluation_hours where count = 4`,
    );
    expect(row?.["at"]).toBe(testStart + 60_000);
    expect(await counting.figure(`halyard_evaluations_total{reason="STATIC"}`)).toBe(7);
    expect(await counting.figure(`halyard_evaluations_total{reason="DISABLED"}`)).toBe(1);
  });

  it("two instances count the same cells at the same time", async () => {
    const instances = [fixture.counting(), fixture.counting()];
    for (let round = 1; round <= 5; round += 1) {
      for (const counting of instances) {
        for (const flag of ["b", "a"])
          counting.count(question(key), [answer(flag), notFound(`gone-${flag}`)]);
      }
      await Promise.all(instances.map(async (counting) => counting.flush()));
    }
    expect(await fixture.stored()).toEqual(["staging a 00 on STATIC 10", "staging b 00 on STATIC 10"]);
    expect(await fixture.rows("select flag, count from unknown_flags order by flag")).toEqual([
      { flag: "gone-a", count: 10 },
      { flag: "gone-b", count: 10 },
    ]);
    expect(await fixture.rows("select client, version, count from client_versions")).toEqual([
      { client: "shop", version: "1.0", count: 20 },
    ]);
    for (const counting of instances) expect(await counting.figure(failures)).toBe(0);
  });

  it("leaves out what was deleted between the count and the flush", async () => {
    const counting = fixture.counting();
    counting.count(question(key), [answer("a"), answer("b")]);
    counting.count(question(admin, testStart, "development"), [answer("b")]);
    await archiveFlag(fixture.tools, admin, { flagKey: "a" });
    await deleteFlag(fixture.tools, admin, { flagKey: "a" });
    await deleteEnvironment(fixture.tools, admin, { environment: "development" });
    await counting.flush();
    expect(await fixture.stored()).toEqual(["staging b 00 on STATIC 1"]);
    counting.count(question(key), [notFound("gone")]);
    await deleteEnvironment(fixture.tools, admin, { environment: "staging" });
    await counting.close();
    expect(await fixture.rows("select * from unknown_flags")).toEqual([]);
    expect(await fixture.rows("select * from client_versions")).toEqual([]);
    expect(await counting.figure(failures)).toBe(0);
  });

  it("keeps the clients that ask most and those that asked last, whatever is made up", async () => {
    const flood = async (name: string, at: number, more: readonly string[] = []) => {
      const counting = fixture.counting();
      const ask = (userAgent: string) => counting.count(question({ ...key, userAgent }, at), []);
      for (let index = 0; index < 150; index += 1) ask(`${name}/${index}`);
      for (const userAgent of more) ask(userAgent);
      await counting.close();
    };
    await flood("old", testStart, ["busy/1", "busy/1", "busy/1"]);
    await flood("made-up", testStart + 1);
    await flood("invented", testStart + 2, ["new/1"]);
    await flood("fictional", testStart + 3);
    const named = async (clients: string) =>
      fixture.rows(`select client, count from client_versions where client in (${clients}) order by client`);
    expect(await named("'busy', 'old'")).toEqual([{ client: "busy", count: 3 }]);
    const fourth = fixture.counting();
    fourth.count(question({ ...key, userAgent: "newest/1" }, testStart + 4), []);
    await fourth.close();
    expect(await named("'busy', 'newest'")).toEqual([
      { client: "busy", count: 3 },
      { client: "newest", count: 1 },
    ]);
    expect(await fixture.rows("select count(*) as n from client_versions")).toEqual([{ n: 200 }]);
  });

  it("stores no more unknown keys and clients than there is room for, and goes on counting those it has", async () => {
    const first = fixture.counting();
    for (let index = 0; index < 999; index += 1) first.count(question(key), [notFound(`u${index}`)]);
    for (let index = 0; index < 198; index += 1) {
      first.count(question({ ...key, userAgent: `shop/2.${index}` }), []);
    }
    await first.close();
    const second = fixture.counting();
    for (const flag of ["new-1", "new-2", "u5"]) second.count(question(key), [notFound(flag)]);
    for (const userAgent of ["a/1", "b/1", "shop/2.5"]) second.count(question({ ...key, userAgent }), []);
    await second.close();
    expect(await fixture.rows("select count(*) as n from unknown_flags")).toEqual([{ n: 1_000 }]);
    expect(
      await fixture.rows("select flag, count from unknown_flags where flag in ('new-1', 'new-2', 'u5')"),
    ).toEqual(
      expect.arrayContaining([
        { flag: "new-1", count: 1 },
        { flag: "u5", count: 2 },
      ]),
    );
    expect(await second.figure(dropped("unknown_flags"))).toBe(1);
    expect(await fixture.rows("select count(*) as n from client_versions")).toEqual([{ n: 200 }]);
    expect(await second.figure(dropped("clients"))).toBe(1);
    expect(
      await fixture.rows(
        "select client, count from client_versions where client in ('a', 'b') order by client",
      ),
    ).toEqual([
      { client: "a", count: 1 },
      { client: "b", count: 1 },
    ]);
    const third = fixture.counting();
    third.count(question(await fixture.addKey("till")), [notFound("new-2")]);
    await third.close();
    expect(await fixture.rows("select count from unknown_flags where flag = 'new-2'")).toEqual([
      { count: 1 },
    ]);
  });

  it("gives up on what the database refuses again and again, and says so", async () => {
    await fixture.database.execute(sql`alter table evaluation_hours add check (count < 5)`);
    const lines: string[] = [];
    const log = openLog({ logLevel: "info", logFormat: "json" }, { write: (line) => void lines.push(line) });
    const counting = fixture.counting({ log });
    for (let times = 0; times < 6; times += 1) counting.count(question(key), [answer("a")]);
    for (let attempt = 0; attempt < 5; attempt += 1) await counting.flush();
    expect(await counting.figure(failures)).toBe(5);
    expect(await counting.figure(dropped("evaluations"))).toBe(6);
    expect(lines).toHaveLength(2);
    counting.count(question(key), [answer("b")]);
    await counting.close();
    expect(await fixture.stored()).toEqual(["staging b 00 on STATIC 1"]);
  });

  it("a batch is claimed once, and later ones after it", async () => {
    const { database } = fixture;
    const instance = "00000000-0000-4000-8000-00000000000a";
    const claim = async (number: number) =>
      database.transaction(async (tx) => claimBatch(tx, { instance, number }, new Date(testStart)));
    expect([await claim(1), await claim(1), await claim(2), await claim(1), await claim(2)]).toEqual([
      ...[true, false, true, false, false],
    ]);
  });
});

describe("with a line to PostgreSQL that breaks", () => {
  async function behindProxy() {
    const url = new URL(await freshPostgresUrl());
    await begin(await openPostgres(url.href));
    const proxy = await openTcpProxy({ host: url.hostname, port: Number(url.port) });
    closers.push(proxy.close);
    url.port = String(proxy.port);
    const { database, close } = await openPostgres(url.href, { silenceMs: 400 });
    closers.push(close);
    return { proxy, counting: fixture.counting({ database }) };
  }

  it.each(["toServer", "toClient"] as const)(
    "counts a flush once whose commit was lost %s",
    async (direction) => {
      const { proxy, counting } = await behindProxy();
      counting.count(question(key), [answer("a"), notFound("gone")]);
      proxy.loseAt(direction, 'insert into "counted_batches"', "commit");
      await counting.flush();
      expect(await counting.figure(failures)).toBe(1);
      expect(await fixture.stored()).toEqual(direction === "toServer" ? [] : ["staging a 00 on STATIC 1"]);
      counting.count(question(key), [answer("a")]);
      await vi.waitFor(
        async () => {
          await counting.flush();
          expect(await fixture.stored()).toEqual(["staging a 00 on STATIC 2"]);
        },
        { timeout: 20_000, interval: 200 },
      );
      await counting.close();
      expect(await fixture.stored()).toEqual(["staging a 00 on STATIC 2"]);
      expect(await fixture.rows("select flag, count from unknown_flags")).toEqual([
        { flag: "gone", count: 1 },
      ]);
    },
    30_000,
  );

  it("loses nothing while PostgreSQL is away, nor when it is closed once that is back", async () => {
    const { proxy, counting } = await behindProxy();
    counting.count(question(key), [answer("a")]);
    await counting.flush();
    proxy.cut();
    for (let round = 0; round < 3; round += 1) {
      counting.count(question(key, testStart + round * hour), [answer("a"), answer("b")]);
      await counting.flush();
    }
    expect(await counting.figure(`halyard_evaluations_total{reason="STATIC"}`)).toBe(7);
    proxy.heal();
    await counting.close();
    expect(await fixture.stored()).toEqual([
      "staging a 00 on STATIC 2",
      "staging a 01 on STATIC 1",
      "staging a 02 on STATIC 1",
      "staging b 00 on STATIC 1",
      "staging b 01 on STATIC 1",
      "staging b 02 on STATIC 1",
    ]);
  }, 30_000);

  it("ends in time when it is closed while PostgreSQL is away", async () => {
    const { proxy, counting } = await behindProxy();
    proxy.cut();
    counting.count(question(key), [answer("a")]);
    await counting.close();
    expect(await fixture.stored()).toEqual([]);
  });

  it("never makes somebody else's deletion fail, however the two meet", async () => {
    await begin(await freshDatabase("postgresql"));
    const counting = fixture.counting();
    counting.count(question(key), [answer("a")]);
    await counting.flush();
    counting.count(question(key), [answer("a"), answer("a", "off")]);
    await fixture.database.transaction(async (tx) => {
      await tx.execute(sql`select 1 from flags where key = 'a' for update`);
      await counting.flush(); // holds the hour of a, waits for a itself, and lets go
      await tx.execute(sql`delete from flags where key = 'a'`);
    });
    expect(await counting.figure(failures)).toBe(1);
    await counting.close();
    expect(await fixture.stored()).toEqual([]);
    expect(await counting.figure(dropped("evaluations"))).toBe(0);
  });
});
