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

const closers: (() => unknown)[] = [];
afterEach(async () => {
  for (const close of closers.splice(0).reverse()) await close();
});

async function open(url: string, silenceMs?: number) {
  const opened = await openPostgres(url, silenceMs === undefined ? {} : { silenceMs });
  closers.push(opened.close);
  return opened;
}

async function openBehindProxy(silenceMs: number) {
  const url = new URL(await freshPostgresUrl());
  const proxy = await openTcpProxy({ host: url.hostname, port: Number(url.port || 5432) });
  closers.push(proxy.close);
  url.hostname = "127.0.0.1";
  url.port = String(proxy.port);
  return { proxy, opened: await open(url.href, silenceMs) };
}

/** What `postgres-writers.ts` says of one transaction. */
interface Outcome {
  readonly pair: number;
  readonly point: string;
  readonly isKept: boolean;
  readonly reachedCommit: boolean;
  readonly ended: number;
}

async function runWriters(url: string, times: number) {
  const script = fileURLToPath(new URL("postgres-writers.ts", import.meta.url));
  const child = spawn(process.execPath, ["--import", "tsx", script, url, String(times)]);
  const [said, complaints] = await Promise.all([text(child.stdout), text(child.stderr)]);
  return { said, complaints, status: child.exitCode ?? (await once(child, "exit"))[0] };
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
    const times = 50;
    const { status, said, complaints } = await runWriters(url, times);
    expect({ status, complaints }).toEqual({ status: 0, complaints: "" });

    const outcomes = JSON.parse(said) as Outcome[];
    expect(outcomes).toHaveLength(times * 5);
    const found = await database.execute(
      sql`select pair, array_agg(half::text order by half) as halves from halves group by pair`,
    );
    const halves = new Map(rowsOf(found).map((row) => [row["pair"], row["halves"]]));
    for (const { pair, point, isKept, reachedCommit, ended } of outcomes) {
      if (point !== "nowhere" && point !== "before the first statement") expect(ended, point).toBeLessThanOrEqual(1);
      const allowed = isKept ? [["1", "2"]] : reachedCommit ? [undefined, ["1", "2"]] : [undefined];
      expect(allowed, `${point}: ${JSON.stringify({ isKept, reachedCommit })}`).toContainEqual(halves.get(pair));
    }
    for (const point of new Set(outcomes.map((outcome) => outcome.point))) {
      const there = outcomes.filter((outcome) => outcome.point === point);
      const failed = there.filter(({ isKept }) => !isKept).length;
      console.log(point, "failed", failed, "of", there.length, "ended", there.reduce((n, o) => n + o.ended, 0));
    }
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
