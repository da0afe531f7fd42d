/** A PostgreSQL that is away costs nobody's time, and is found again soon after it is back. */
import { sql } from "drizzle-orm";
import { afterEach, expect, it, vi } from "vitest";
import { isUnavailable } from "../../../src/platform/database/index.js";
import { openPostgres, type PostgresOptions } from "../../../src/platform/database/postgres.js";
import { StartProblem } from "../../../src/platform/start-problem.js";
import { freshPostgresUrl } from "../../support/databases.js";
import { freePort } from "../../support/services/service.js";
import { openTcpProxy } from "../../support/tcp-proxy.js";
import { openTlsFront } from "../../support/tls-front.js";

const closers: (() => unknown)[] = [];
afterEach(async () => {
  for (const close of closers.splice(0).reverse()) await close();
});

async function open(options: PostgresOptions = {}) {
  const url = new URL(await freshPostgresUrl());
  const proxy = await openTcpProxy({ host: url.hostname, port: Number(url.port) });
  closers.push(proxy.close);
  url.port = String(proxy.port);
  const opened = await openPostgres(url.href, options);
  closers.push(opened.close);
  return { proxy, opened, ask: async () => opened.database.execute(sql`select 1`) };
}

/** How long it took to be told that the database is away, in milliseconds. */
async function refusedAfter(ask: () => Promise<unknown>): Promise<number> {
  const started = performance.now();
  const error: unknown = await ask().then(
    () => new Error("It answered."),
    (reason: unknown) => reason,
  );
  expect(isUnavailable(error)).toBe(true);
  return performance.now() - started;
}

it("does not keep anybody waiting behind a line that swallows everything, once that was found out", async () => {
  const { proxy, opened, ask } = await open({ silenceMs: 300 });
  await ask();
  expect(opened.breaker()).toBe("closed");
  proxy.blackHole();
  await Promise.all(Array.from({ length: 12 }, async () => refusedAfter(ask)));
  expect(opened.breaker()).toBe("open");
  await refusedAfter(ask); // sees whether it is back
  expect(await refusedAfter(async () => opened.reserved.execute(sql`select 1`))).toBeLessThan(100);

  proxy.heal();
  await vi.waitFor(ask, { timeout: 2_000, interval: 100 });
  expect(opened.breaker()).toBe("closed");
});

it("refuses at once while somebody sees whether it is back, and does not see for long", async () => {
  const { proxy, opened, ask } = await open({ silenceMs: 300 });
  proxy.blackHole();
  for (let times = 0; times < 3; times += 1) await refusedAfter(ask);
  await vi.waitFor(() => {
    void ask().catch(() => undefined);
    expect(opened.breaker()).toBe("half-open");
  });
  expect(await refusedAfter(ask)).toBeLessThan(100);
  await vi.waitFor(() => expect(opened.breaker()).toBe("open"), { timeout: 1_500 });
});

it("is not taken for away where it only refuses", async () => {
  const { opened } = await open();
  for (let times = 0; times < 5; times += 1) {
    await expect(opened.database.execute(sql`select * from nowhere`)).rejects.toThrow();
  }
  expect(opened.breaker()).toBe("closed");
});

it("is opened while it is away only for those who allow for it", async () => {
  const url = `postgres://user:hunter22@127.0.0.1:${await freePort()}/app`;
  await expect(openPostgres(url)).rejects.toThrow(StartProblem);
  const opened = await openPostgres(url, { mayBeAway: true });
  closers.push(opened.close);
  expect(opened.answered).toBe(false);
  const unnamed = await openPostgres("postgres://nowhere.invalid/app", { mayBeAway: true });
  closers.push(unnamed.close);
  expect(unnamed.answered).toBe(false);
  expect((await open({ mayBeAway: true })).opened.answered).toBe(true);
});

it("that refuses is no database that is away", async () => {
  const url = new URL(await freshPostgresUrl());
  const missing = new URL(url);
  missing.pathname = "/missing";
  const allowing = { mayBeAway: true };
  await expect(openPostgres(missing.href, allowing)).rejects.toThrow(/"missing" does not exist/);
  const bad = "postgres://127.0.0.1,127.0.0.2/app";
  await expect(openPostgres(bad, allowing)).rejects.toThrow("a list of hosts is not supported");
  for (const [answer, message] of [
    ["N", "the server does not offer TLS"],
    ["S", "self-signed certificate"],
  ] as const) {
    const front = await openTlsFront({ host: url.hostname, port: Number(url.port) }, answer);
    closers.push(front.close);
    const secure = `postgres://postgres@127.0.0.1:${front.port}${url.pathname}?sslmode=verify-full`;
    await expect(openPostgres(secure, allowing)).rejects.toThrow(message);
  }
});
