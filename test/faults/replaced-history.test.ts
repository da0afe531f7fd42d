/** A backup is restored under two running instances and their subscribers, and nobody tells them. */
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { sql } from "drizzle-orm";
import { afterAll, beforeAll, expect, it } from "vitest";
import { findChangeAt } from "../../src/features/ledger/index.js";
import { type OpenDatabase, rowsOf } from "../../src/platform/database/index.js";
import { openPostgres } from "../../src/platform/database/postgres.js";
import { freshPostgresUrl } from "../support/databases.js";
import { makeFirst, startInstance, type TestInstance } from "../support/instance.js";
import { liveClient, type LiveSubscription, subscribe } from "../support/live.js";
import { tamper } from "../support/tamper.js";
import { verifyChain } from "../support/verify-chain.js";

let folder: string;
let database: OpenDatabase;
let instances: readonly TestInstance[] = [];
let management: string;
let server: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "halyard-replaced-history-"));
  const url = await freshPostgresUrl();
  database = await openPostgres(url);
  const envs = ["a", "b"].map((name) => ({ DATABASE_URL: url, DATA_DIR: join(folder, name) }));
  instances = [await startInstance(envs[0] ?? {}), await startInstance(envs[1] ?? {})];
  const key = await makeFirst(first(), envs[0] ?? {});
  management = key("MANAGEMENT");
  server = key("SERVER", "production");
});
afterAll(async () => {
  for (const { app } of instances) await app.close();
  await database.close();
  await rm(folder, { recursive: true, force: true });
});

function first(): TestInstance {
  const [instance] = instances;
  if (instance === undefined) throw new Error("not open");
  return instance;
}

const mutate = async (instance: TestInstance, query: string): Promise<void> => {
  const { errors } = await instance.graphql(query, {}, management);
  expect(errors).toBeUndefined();
};
const enable = async (instance: TestInstance, flag: string, enabled: boolean): Promise<void> => {
  const found = await instance.graphql<{ flag: { environment: { version: number } } }>(
    `{ flag(key: "${flag}") { environment(key: "production") { version } } }`,
    {},
    management,
  );
  const version = found.data?.flag.environment.version ?? 0;
  await mutate(
    instance,
    `mutation { setFlagEnabled(input: { flagKey: "${flag}", environment: "production", enabled: ${enabled}, expectedVersion: ${version} }) { version } }`,
  );
};

const isBackedUp = (table: string): boolean => !["instances", "idempotency_keys"].includes(table);
const tables = async (): Promise<string[]> => {
  const rows = await database.database.execute(
    sql`select tablename from pg_tables where schemaname = 'public' order by tablename`,
  );
  return rowsOf(rows)
    .map(({ tablename }) => String(tablename))
    .filter(isBackedUp);
};
const backUp = async (): Promise<void> => {
  await database.database.execute(sql`create schema backup`);
  for (const table of await tables()) {
    await database.database.execute(sql.raw(`create table backup."${table}" as table public."${table}"`));
  }
};
/** As a restore in one transaction does, under the guards of the ledger and the feet of the instances. */
const restore = async (): Promise<void> => {
  const names = await tables();
  await tamper(database.database, async (tx) => {
    for (const table of names) {
      await tx.execute(sql.raw(`delete from public."${table}"`));
      await tx.execute(
        sql.raw(`insert into public."${table}" overriding system value select * from backup."${table}"`),
      );
    }
  });
};

interface Update {
  readonly evaluations: {
    readonly snapshot: boolean;
    readonly evaluations: { key: string; value: unknown; errorCode: string | null }[];
  };
}
interface Told {
  readonly flagChanges: { readonly kind: string; readonly flagKey: string | null; readonly revision: string };
}
interface Rules {
  readonly ruleset: {
    readonly snapshot: boolean;
    readonly from: string | null;
    readonly to: string;
    readonly put: { flags: { key: string; enabled: boolean }[] };
    readonly remove: { flags: string[] };
  };
}

/** The flag of the first start, which nobody touches here. */
const made = "welcome";

/** Who listens to an instance, and what they know by what they were told. */
class Audience {
  readonly #client;
  readonly #evaluations: LiveSubscription<Update>;
  readonly #ruleset: LiveSubscription<Rules>;
  readonly changes: LiveSubscription<Told>;
  readonly values = new Map<string, unknown>();
  readonly flags = new Map<string, boolean>();
  #revision: string | null = null;

  constructor({ url }: TestInstance) {
    this.#client = liveClient(url, server);
    this.#evaluations = subscribe<Update>(
      this.#client,
      `subscription { evaluations(context: { targetingKey: "alice" }) { snapshot evaluations { key value errorCode } } }`,
    );
    this.#ruleset = subscribe<Rules>(
      this.#client,
      "subscription { ruleset { snapshot from to put { flags } remove { flags } } }",
    );
    this.changes = subscribe<Told>(this.#client, "subscription { flagChanges { kind flagKey revision } }");
  }

  /** Takes in what comes until what is known is as expected. */
  async knows(
    values: Readonly<Record<string, unknown>>,
    flags: Readonly<Record<string, boolean>>,
  ): Promise<void> {
    const wanted = JSON.stringify([sorted(Object.entries(values)), sorted(Object.entries(flags))]);
    while (JSON.stringify([sorted(this.values), sorted(this.flags)]) !== wanted) {
      await Promise.race([this.#takeAnswers(), this.#takeRules()].map(async (taking) => taking));
    }
  }

  async dispose(): Promise<void> {
    await this.#client.dispose();
  }

  #answers: Promise<void> | undefined;
  async #takeAnswers(): Promise<void> {
    this.#answers ??= this.#evaluations.next(20_000).then(({ data }) => {
      this.#answers = undefined;
      if (data?.evaluations.snapshot === true) this.values.clear();
      for (const { key, value, errorCode } of data?.evaluations.evaluations ?? []) {
        if (key === made) continue;
        if (errorCode === "FLAG_NOT_FOUND") this.values.delete(key);
        else this.values.set(key, value);
      }
    });
    await this.#answers;
  }

  #rules: Promise<void> | undefined;
  async #takeRules(): Promise<void> {
    this.#rules ??= this.#ruleset.next(20_000).then(({ data }) => {
      this.#rules = undefined;
      if (data?.ruleset === undefined || data === null) return;
      const { snapshot, from, to, put, remove } = data.ruleset;
      if (snapshot) this.flags.clear();
      else expect(from).toBe(this.#revision);
      this.#revision = to;
      for (const { key, enabled } of put.flags) if (key !== made) this.flags.set(key, enabled);
      for (const key of remove.flags) this.flags.delete(key);
    });
    await this.#rules;
  }
}

const sorted = <T>(entries: Iterable<readonly [string, T]>) =>
  [...entries].sort(([a], [b]) => (a < b ? -1 : 1));

const revisionOf = async ({ url }: TestInstance): Promise<Record<string, unknown>> =>
  (await (await fetch(`${url}/health`)).json()) as Record<string, unknown>;

async function until(holds: () => Promise<boolean>, withinMs = 5_000): Promise<void> {
  const deadline = Date.now() + withinMs;
  while (!(await holds())) {
    if (Date.now() > deadline) throw new Error("did not happen in time");
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
}

it("everybody ends at the restored state, the ledger says so once, and life goes on", async () => {
  const [here, there] = [first(), instances[1] ?? first()];
  for (const flag of ["kept", "late"])
    await mutate(here, `mutation { createFlag(input: { key: "${flag}" }) { key } }`);
  await enable(here, "kept", true);
  await there.app.tools.delivery.reader.reach(here.app.tools.delivery.reader.position());
  await backUp();
  const audiences = instances.map((instance) => new Audience(instance));
  for (const audience of audiences) {
    await audience.knows({ kept: true, late: false }, { kept: true, late: false });
  }

  await enable(there, "kept", false);
  await enable(here, "late", true);
  await mutate(there, `mutation { createFlag(input: { key: "gone" }) { key } }`);
  for (const audience of audiences) {
    await audience.knows({ kept: false, late: true, gone: false }, { kept: false, late: true, gone: false });
    let told: Told["flagChanges"] | undefined;
    while (told?.flagKey !== "gone") {
      told = (await audience.changes.next()).data?.flagChanges;
      expect(told?.kind).not.toBe("RESYNC");
    }
  }
  const abandoned = here.app.tools.delivery.reader.position();

  await restore();
  for (const audience of audiences) {
    await audience.knows({ kept: true, late: false }, { kept: true, late: false });
    expect((await audience.changes.next()).data?.flagChanges).toMatchObject({
      kind: "RESYNC",
      flagKey: null,
    });
  }
  await until(async () => (await Promise.all(instances.map(revisionOf))).every(({ epoch }) => epoch === 2));
  const forks = rowsOf(
    await database.database.execute(sql`select seq::int as seq from changes where kind = 'ledger.forked'`),
  );
  expect(forks).toHaveLength(1);
  expect(Number(forks[0]?.["seq"])).toBeLessThan(abandoned.seq);
  expect(await findChangeAt(database.database, Number(forks[0]?.["seq"]))).toMatchObject({ epoch: 2 });
  expect(await verifyChain(database.database)).toBeNull();
  for (const instance of instances) {
    expect(await revisionOf(instance)).toMatchObject({ status: "ok", forks: 1, divergences: 0, epoch: 2 });
    const { data } = await instance.graphql<{ evaluateAll: { evaluations: unknown[] } }>(
      `{ evaluateAll(context: { targetingKey: "alice" }, flagKeys: ["kept", "late", "gone"]) { evaluations { key value } } }`,
      {},
      server,
    );
    expect(data?.evaluateAll.evaluations).toEqual([
      { key: "kept", value: true },
      { key: "late", value: false },
      { key: "gone", value: null },
    ]);
  }

  await enable(there, "late", true);
  for (const audience of audiences) {
    await audience.knows({ kept: true, late: true }, { kept: true, late: true });
    expect((await audience.changes.next()).data?.flagChanges).toMatchObject({
      kind: "UPDATED",
      flagKey: "late",
    });
    expect(audience.changes.pending()).toBe(0);
    await audience.dispose();
  }
});
