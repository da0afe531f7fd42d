/** What only a database across the network can do to its client. */
import { sql } from "drizzle-orm";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, mkdir, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { text } from "node:stream/consumers";
import { fileURLToPath } from "node:url";
import { afterEach, describe, expect, it, vi } from "vitest";
import { rowsOf } from "../../../src/platform/database/index.js";
import { openPostgres } from "../../../src/platform/database/postgres.js";
import { StartProblem } from "../../../src/platform/start-problem.js";
import { freshPostgresUrl } from "../../support/databases.js";
import { freePort } from "../../support/services/service.js";
import { openTcpProxy } from "../../support/tcp-proxy.js";
import { openTlsFront } from "../../support/tls-front.js";

const closers: (() => unknown)[] = [];
afterEach(async () => {
  for (const close of closers.splice(0).reverse()) await close();
});

async function open(url: string, silenceMs?: number) {
  const opened = await openPostgres(url, silenceMs === undefined ? {} : { silenceMs });
  closers.push(opened.close);
  return opened;
}

/** The address of a fresh database behind something that listens. */
async function behind<Front extends { readonly port: number; readonly close: () => Promise<void> }>(
  openFront: (target: { host: string; port: number }) => Promise<Front>,
): Promise<{ front: Front; url: URL }> {
  const url = new URL(await freshPostgresUrl());
  const front = await openFront({ host: url.hostname, port: Number(url.port || 5432) });
  closers.push(front.close);
  url.hostname = "127.0.0.1";
  url.port = String(front.port);
  return { front, url };
}

async function openBehindProxy(silenceMs: number) {
  const { front, url } = await behind(openTcpProxy);
  return { proxy: front, opened: await open(url.href, silenceMs) };
}

/** What `postgres-writers.ts` says of one transaction. */
interface Outcome {
  readonly pair: number;
  readonly point: string;
  readonly isKept: boolean;
  readonly reachedCommit: boolean;
}

async function runWriters(
  url: string,
  times: number,
): Promise<{ status: unknown; said: string; complaints: string }> {
  const script = fileURLToPath(new URL("postgres-writers.ts", import.meta.url));
  const child = spawn(process.execPath, ["--import", "tsx", script, url, String(times)]);
  const [said, complaints] = await Promise.all([text(child.stdout), text(child.stderr)]);
  return { said, complaints, status: child.exitCode ?? ((await once(child, "exit")) as unknown[])[0] };
}

describe("a start", () => {
  it("says in one line that nobody listens, without the password", async () => {
    const port = await freePort();
    const starting = openPostgres(`postgres://user:hunter22@127.0.0.1:${port}/app`);
    await expect(starting).rejects.toThrow(StartProblem);
    await expect(starting).rejects.toThrow(
      `PostgreSQL at 127.0.0.1:${port}/app cannot be used: connect ECONNREFUSED 127.0.0.1:${port}`,
    );
  });

  it("says so when the name has no address or the database does not exist", async () => {
    await expect(openPostgres("postgres://nowhere.invalid/app")).rejects.toThrow(
      /^PostgreSQL at nowhere\.invalid\/app cannot be used: .*nowhere\.invalid/,
    );
    const url = new URL(await freshPostgresUrl());
    url.pathname = "/missing";
    await expect(openPostgres(url.href)).rejects.toThrow(/cannot be used: database "missing" does not exist/);
  });

  it("does not wait long for a server that takes the connection and says nothing", async () => {
    const proxy = await openTcpProxy({ host: "127.0.0.1", port: 9 });
    closers.push(proxy.close);
    proxy.blackHole();
    const starting = openPostgres(`postgres://user@127.0.0.1:${proxy.port}/app`, { silenceMs: 300 });
    await expect(starting).rejects.toThrow(StartProblem);
  });
});

describe("a URL", () => {
  it.each([
    ["postgres://alice:50%25%@127.0.0.1/app", "URI malformed"],
    ["postgres://127.0.0.1,127.0.0.2/app", "a list of hosts is not supported"],
    ["postgres://127.0.0.1/app?target_session_attrs=primary", "target_session_attrs is not supported"],
  ])("that cannot be followed is refused: %s", async (url, reason) => {
    const starting = openPostgres(url);
    await expect(starting).rejects.toThrow(StartProblem);
    await expect(starting).rejects.toThrow(`cannot be used: ${reason}`);
  });

  it.each([
    ["require", "S", undefined],
    ["prefer", "S", undefined],
    ["prefer", "N", undefined],
    ["require", "N", "the server does not offer TLS"],
    ["verify-full", "N", "the server does not offer TLS"],
    ["verify-full", "S", "self-signed certificate"],
    ["prefer", "Nonsense", "the server does not offer TLS"],
  ])("with sslmode=%s and a server that answers %s", async (mode, answer, failure) => {
    const { url } = await behind(async (target) => await openTlsFront(target, answer));
    url.searchParams.set("sslmode", mode);
    if (failure === undefined) {
      const { database } = await open(url.href);
      expect(rowsOf(await database.execute(sql`select 1 as one`))).toEqual([{ one: 1 }]);
    } else {
      await expect(openPostgres(url.href)).rejects.toThrow(failure);
    }
  });
});

describe("connections", () => {
  const mine = sql`select count(*) from pg_stat_activity where datname = current_database() and pid <> pg_backend_pid()`;

  it("are opened as they are needed, ten at most, and given back when they are not", async () => {
    const url = await freshPostgresUrl();
    const watcher = await open(url);
    const opened = await open(url, 400);
    const asleep = Array.from(
      { length: 25 },
      async () => await opened.database.execute(sql`select pg_sleep(0.1)`),
    );
    await vi.waitFor(async () =>
      expect(rowsOf(await watcher.database.execute(mine))).toEqual([{ count: 10 }]),
    );
    await Promise.all(asleep);
    await vi.waitFor(async () =>
      expect(rowsOf(await watcher.database.execute(mine))).toEqual([{ count: 0 }]),
    );
    expect(rowsOf(await opened.database.execute(sql`select 1 as one`))).toEqual([{ one: 1 }]);
  });

  it("finish what is under way when they are closed, and take nothing more", async () => {
    const opened = await open(await freshPostgresUrl());
    const underWay = Array.from({ length: 12 }, async () =>
      rowsOf(await opened.database.execute(sql`select 1 as one from pg_sleep(0.1)`)),
    );
    await new Promise(setImmediate);
    const closing = opened.close();
    await expect(opened.database.execute(sql`select 1`)).rejects.toThrow();
    await closing;
    expect(await Promise.all(underWay)).toEqual(underWay.map(() => [{ one: 1 }]));
  });

  it("leave no lock behind for long on the server's side", async () => {
    const opened = await open(await freshPostgresUrl(), 1_500);
    const limit = await opened.database.transaction(async (tx) =>
      rowsOf(await tx.execute(sql`select current_setting('idle_in_transaction_session_timeout') as limit`)),
    );
    expect(limit).toEqual([{ limit: "1500ms" }]);
  });
});

describe("a line that swallows everything", () => {
  it("fails every statement in time, those that wait for a connection too, and is forgotten once healed", async () => {
    const { proxy, opened } = await openBehindProxy(300);
    await opened.database.execute(sql`select 1`);
    proxy.blackHole();
    const started = performance.now();
    const statements = Array.from({ length: 40 }, async () => await opened.database.execute(sql`select 1`));
    const transaction = opened.database.transaction(async (tx) => await tx.execute(sql`select 1`));
    const outcomes = await Promise.allSettled([...statements, transaction]);
    expect(outcomes.map((outcome) => outcome.status)).toEqual(outcomes.map(() => "rejected"));
    expect(performance.now() - started).toBeLessThan(8_000);

    proxy.heal();
    const rows = await vi.waitFor(async () => rowsOf(await opened.database.execute(sql`select 1 as one`)), {
      timeout: 10_000,
    });
    expect(rows).toEqual([{ one: 1 }]);
  });

  it("fails a transaction that is under way, of which nothing is kept", async () => {
    const { proxy, opened } = await openBehindProxy(300);
    await opened.database.execute(sql`create table kept (id int)`);
    const work = opened.database.transaction(async (tx) => {
      await tx.execute(sql`insert into kept values (1)`);
      proxy.blackHole();
      await tx.execute(sql`insert into kept values (2)`);
    });
    await expect(work).rejects.toThrow();
    proxy.heal();
    const rows = await vi.waitFor(
      async () => rowsOf(await opened.database.execute(sql`select id from kept`)),
      {
        timeout: 10_000,
      },
    );
    expect(rows).toEqual([]);
  });

  it("lets a ping end at its own deadline", async () => {
    const { proxy, opened } = await openBehindProxy(1_000);
    proxy.blackHole();
    await expect(opened.ping(100)).rejects.toThrow("the database did not answer within 100 ms");
  });
});

describe("a server that ends the connections", () => {
  it("is connected to again by the next statements", async () => {
    const opened = await open(await freshPostgresUrl());
    const killing = opened.database.execute(sql`select pg_terminate_backend(pg_backend_pid())`);
    await expect(killing).rejects.toThrow();
    const rows = await vi.waitFor(async () => rowsOf(await opened.database.execute(sql`select 1 as one`)));
    expect(rows).toEqual([{ one: 1 }]);
  });

  it("never half-commits a transaction, wherever it is struck, and never takes the process with it", async () => {
    const url = await freshPostgresUrl();
    const { database } = await open(url);
    await database.execute(sql`create table halves (pair int, half int)`);
    const both = ["1", "2"];
    const { status, said, complaints } = await runWriters(url, 50);
    expect({ status, complaints }).toEqual({ status: 0, complaints: "" });

    const found = await database.execute(
      sql`select pair, array_agg(half::text order by half) as halves from halves group by pair`,
    );
    const halves = new Map(rowsOf(found).map((row) => [row["pair"], row["halves"]]));
    const outcomes = JSON.parse(said) as Outcome[];
    for (const { pair, point, isKept, reachedCommit } of outcomes) {
      const allowed = isKept ? [both] : reachedCommit ? [both, undefined] : [undefined];
      expect(allowed, point).toContainEqual(halves.get(pair));
    }
    const lost = outcomes.filter((outcome) => !outcome.isKept);
    expect(Math.min(lost.length, outcomes.length - lost.length)).toBeGreaterThan(50);
  });
});

describe("migrations", () => {
  it("run once when several instances start together", async () => {
    const folder = await mkdtemp(join(tmpdir(), "halyard-migrations-"));
    closers.push(async () => await rm(folder, { recursive: true }));
    await mkdir(join(folder, "meta"));
    const entry = { idx: 0, version: "7", when: Date.now(), tag: "0000_slow", breakpoints: true };
    await writeFile(
      join(folder, "meta", "_journal.json"),
      JSON.stringify({ version: "7", dialect: "postgresql", entries: [entry] }),
    );
    await writeFile(
      join(folder, "0000_slow.sql"),
      "create table once (id int); --> statement-breakpoint\nselect pg_sleep(0.3);",
    );
    const url = await freshPostgresUrl();
    const instances = await Promise.all([open(url, 100), open(url, 100), open(url, 100)]);
    await Promise.all(instances.map(async (instance) => await instance.migrate(folder)));
    const rows = await instances[0].database.execute(sql`select count(*) as tables from once`);
    expect(rowsOf(rows)).toEqual([{ tables: 0 }]);
  });
});
