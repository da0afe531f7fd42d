import { sql } from "drizzle-orm";
import { describe, expect, it, type TestContext } from "vitest";
import { createReader } from "../../../src/features/ledger/index.js";
import type { OpenDatabase, Transaction } from "../../../src/platform/database/index.js";
import { openPostgres } from "../../../src/platform/database/postgres.js";
import { freshPostgresUrl } from "../../support/databases.js";
import { silentLog } from "../../support/silent-log.js";
import { openTcpProxy, type TcpProxy } from "../../support/tcp-proxy.js";
import { entry, ledgerTools, record } from "./ledger-fixture.js";

/** Given to each test, since they run side by side: they do little but wait. */
type Finished = TestContext["onTestFinished"];

/** A reader whose way to PostgreSQL a test can cut, and a way that is never cut. */
async function readerBehindProxy(finished: Finished) {
  const closers: (() => Promise<void>)[] = [];
  finished(async () => {
    for (const close of closers.reverse()) await close();
  });
  const url = new URL(await freshPostgresUrl());
  const direct = await openPostgres(url.href);
  closers.push(direct.close);
  const proxy = await openTcpProxy({ host: url.hostname, port: Number(url.port) });
  closers.push(proxy.close);
  url.port = String(proxy.port);
  const behind = await openPostgres(url.href);
  closers.push(behind.close);
  const { database, reserved } = behind;
  const followed = { during: async (): Promise<void> => undefined };
  const follower = {
    load: async () => () => undefined,
    follow: async (tx: Transaction) => {
      await followed.during();
      await tx.execute(sql`select 1`);
      return () => undefined;
    },
  };
  const reader = createReader({ database, reserved, log: silentLog, now: Date.now }, [follower]);
  await reader.start();
  closers.push(async () => {
    proxy.drop();
    await reader.close();
  });
  return { direct, behind, proxy, reader, followed };
}

async function until(holds: () => boolean, withinMs: number): Promise<number> {
  const began = Date.now();
  while (!holds()) {
    if (Date.now() - began > withinMs) throw new Error("did not happen in time");
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
  return Date.now() - began;
}

const faults: readonly (readonly [string, (proxy: TcpProxy) => void, (proxy: TcpProxy) => void])[] = [
  ["was swallowed", (proxy) => proxy.blackHole(), (proxy) => proxy.heal()],
  ["hears no answers", (proxy) => proxy.blackHole("toClient"), (proxy) => proxy.heal()],
  ["was cut", (proxy) => proxy.cut(), (proxy) => proxy.heal()],
];

describe.concurrent("a reader whose way to PostgreSQL", () => {
  it.for(faults)(
    "%s says so, and is current soon after it is mended",
    async ([, inject, heal], { onTestFinished: finished }) => {
      const { direct, proxy, reader } = await readerBehindProxy(finished);
      inject(proxy);
      await record(ledgerTools(direct.database), entry());
      await until(() => !reader.status().up, 5_500);
      expect(reader.status().stale).toBe(true);
      heal(proxy);
      await until(() => reader.position().seq === 1, 2_500);
      expect(reader.status()).toMatchObject({ up: true, stale: false });
    },
  );

  it("dies under one connection goes on by another, without a failure", async ({
    onTestFinished: finished,
  }) => {
    const { direct, proxy, reader } = await readerBehindProxy(finished);
    const { since } = reader.status();
    proxy.blackHole();
    proxy.heal();
    await record(ledgerTools(direct.database), entry());
    await until(() => reader.position().seq === 1, 3_500);
    expect(reader.status()).toMatchObject({ up: true, since });
  });

  it("goes deaf in the midst of a read is current soon after all the same", async ({
    onTestFinished: finished,
  }) => {
    const { direct, proxy, reader, followed } = await readerBehindProxy(finished);
    followed.during = async () => {
      followed.during = async () => undefined;
      proxy.blackHole();
      proxy.heal();
    };
    await record(ledgerTools(direct.database), entry());
    await until(() => reader.position().seq === 1, 4_500); // the poll before it included
    expect(reader.status()).toMatchObject({ up: true });
  });

  it("is slow rather than dead gets the time that it needs", async ({ onTestFinished: finished }) => {
    const { direct, reader, followed } = await readerBehindProxy(finished);
    followed.during = async () => new Promise((resolve) => setTimeout(resolve, 2_000));
    await record(ledgerTools(direct.database), entry());
    await until(() => reader.position().seq === 1, 15_000);
    expect(reader.status()).toMatchObject({ up: true });
  });

  it("is taken by requests that wait for each other is not held up by them", async ({
    onTestFinished: finished,
  }) => {
    const { direct, behind, reader } = await readerBehindProxy(finished);
    const busy = holdEveryConnection(behind);
    await record(ledgerTools(direct.database), entry());
    await until(() => reader.position().seq === 1, 2_500);
    await busy;
  });
});

async function holdEveryConnection({ database }: OpenDatabase): Promise<void> {
  await Promise.all(Array.from({ length: 10 }, async () => database.execute(sql`select pg_sleep(3)`)));
}
