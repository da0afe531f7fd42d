import { sql } from "drizzle-orm";
import { afterEach, describe, expect, it } from "vitest";
import { type Database, isUnavailable, type OpenDatabase } from "../../../src/platform/database/index.js";
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

it("what is no error is none", () => {
  for (const thrown of [null, undefined, "PGlite is closed", new Error("anything")]) {
    expect(isUnavailable(thrown)).toBe(false);
  }
});
