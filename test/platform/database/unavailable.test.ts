import { sql } from "drizzle-orm";
import { afterEach, describe, expect, it } from "vitest";
import {
  type Database,
  isOutcomeUnknown,
  isUnavailable,
  type OpenDatabase,
  rowsOf,
} from "../../../src/platform/database/index.js";
import { openPostgres } from "../../../src/platform/database/postgres.js";
import { type DatabaseKind, freshDatabase, freshPostgresUrl } from "../../support/databases.js";
import { openTcpProxy } from "../../support/tcp-proxy.js";

const closers: (() => Promise<void>)[] = [];
afterEach(async () => {
  for (const close of closers.splice(0).reverse()) await close();
});

async function open(opening: Promise<OpenDatabase>): Promise<OpenDatabase> {
  const opened = await opening;
  closers.push(opened.close);
  return opened;
}

async function failureOf(work: Promise<unknown>): Promise<unknown> {
  return work.then(
    () => null,
    (error: unknown) => error,
  );
}

const ask = async (database: Database, statement = sql`select 1`): Promise<unknown> =>
  failureOf(database.execute(statement));

describe.each<DatabaseKind>(["pglite", "postgresql"])("on %s", (kind) => {
  it("what the database refuses is no absence", async () => {
    const { database } = await open(freshDatabase(kind));
    for (const statement of [
      sql`select 1 / 0`,
      sql`select * from nowhere`,
      sql`insert into users (id) values (null)`,
    ]) {
      const error = await ask(database, statement);
      expect(error).toBeInstanceOf(Error);
      expect(isUnavailable(error)).toBe(false);
    }
  });

  it("a database that was closed is away", async () => {
    const { database, close } = await open(freshDatabase(kind));
    await close();
    expect(isUnavailable(await ask(database))).toBe(true);
    expect(
      isUnavailable(await failureOf(database.transaction(async (tx) => tx.execute(sql`select 1`)))),
    ).toBe(true);
  });
});

it("PostgreSQL that ends the connection, or cannot be reached, is away", async () => {
  const url = new URL(await freshPostgresUrl());
  const proxy = await openTcpProxy({ host: url.hostname, port: Number(url.port) });
  closers.push(proxy.close);
  url.port = String(proxy.port);
  const { database } = await open(openPostgres(url.href));
  expect(isUnavailable(await ask(database, sql`select pg_terminate_backend(pg_backend_pid())`))).toBe(true);
  expect(await ask(database)).toBeNull();
  proxy.cut();
  expect(isUnavailable(await ask(database))).toBe(true);
  expect(isUnavailable(await ask(database))).toBe(true);
  proxy.heal();
  expect(await ask(database)).toBeNull();
});

describe("a transaction whose end is lost", () => {
  const silenceMs = 400;

  async function behindProxy() {
    const url = new URL(await freshPostgresUrl());
    const direct = await open(openPostgres(url.href));
    await direct.database.execute(sql`create table kept (id int primary key deferrable initially deferred)`);
    const proxy = await openTcpProxy({ host: url.hostname, port: Number(url.port) });
    closers.push(proxy.close);
    url.port = String(proxy.port);
    const { database } = await open(openPostgres(url.href, { silenceMs }));
    const kept = async () => rowsOf(await direct.database.execute(sql`select id from kept`));
    return { database, proxy, kept };
  }

  it.each([
    ["toServer", []],
    ["toClient", [{ id: 1 }]],
  ] as const)("%s may be kept or not", async (direction, rows) => {
    const { database, proxy, kept } = await behindProxy();
    proxy.loseAt(direction, "commit");
    const error = await failureOf(
      database.transaction(async (tx) => tx.execute(sql`insert into kept values (1)`)),
    );
    expect([isOutcomeUnknown(error), isUnavailable(error)]).toEqual([true, true]);
    expect(await kept()).toEqual(rows);
  });

  it("before it was asked to commit is not kept, and that is known", async () => {
    const { database, proxy, kept } = await behindProxy();
    for (const lose of [() => proxy.blackHole("toServer"), () => proxy.drop()]) {
      const error = await failureOf(
        database.transaction(async (tx) => {
          await tx.execute(sql`insert into kept values (1)`);
          lose();
          await tx.execute(sql`select 1`).catch(() => undefined);
        }),
      );
      expect([isOutcomeUnknown(error), isUnavailable(error)]).toEqual([false, true]);
      proxy.heal();
    }
    expect(await kept()).toEqual([]);
  });

  it("by PostgreSQL's own word is not kept, and that is known", async () => {
    const { database, kept } = await behindProxy();
    const error = await failureOf(
      database.transaction(async (tx) => tx.execute(sql`insert into kept values (1), (1)`)),
    );
    expect([error instanceof Error, isOutcomeUnknown(error), isUnavailable(error)]).toEqual([
      true,
      false,
      false,
    ]);
    expect(await kept()).toEqual([]);
  });
});

it("what is no error is none", () => {
  for (const thrown of [null, undefined, "PGlite is closed", new Error("anything")]) {
    expect(isUnavailable(thrown)).toBe(false);
    expect(isOutcomeUnknown(thrown)).toBe(false);
  }
});
