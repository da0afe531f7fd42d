/** The first start happens once and wholly, whatever people do with what it made, and whenever the database goes away. */
import { afterAll, beforeAll, beforeEach, afterEach, describe, expect, it } from "vitest";
import { type FirstStart, firstStart } from "../../src/cli/first-start.js";
import { systemCaller } from "../../src/features/permissions/index.js";
import { readConfig } from "../../src/platform/config.js";
import { openPostgres } from "../../src/platform/database/postgres.js";
import { freshPostgresUrl } from "../support/databases.js";
import { startInstance, type TestInstance } from "../support/instance.js";
import { startServer, type TestServer } from "../support/server.js";
import { openTcpProxy, type TcpProxy } from "../support/tcp-proxy.js";

let server: TestServer;
beforeAll(async () => {
  server = await startServer();
});
afterAll(async () => server.close());

const again = async () => firstStart(server.app.tools, systemCaller("start"), server.config);

it("is over on the next start", async () => {
  expect(await again()).toBeNull();
});

it("brings back neither the default project nor keys once somebody deleted it", async () => {
  const { errors } = await server.graphql(
    'mutation { deleteProject(input: { project: "default" }) { key } }',
  );
  expect(errors).toBeUndefined();
  expect(await again()).toBeNull();
  expect((await server.graphql("{ projects { key } }")).data).toEqual({ projects: [] });
});

describe("while PostgreSQL comes and goes", () => {
  const silenceMs = 300;
  const soon = { timeout: 10_000, interval: 20 };
  let url: string;
  let proxy: TcpProxy;
  let instance: TestInstance;
  let told: { readonly made: FirstStart; readonly isSure: boolean }[];
  beforeEach(async () => {
    url = await freshPostgresUrl();
    const behind = new URL(url);
    proxy = await openTcpProxy({ host: behind.hostname, port: Number(behind.port) });
    behind.port = String(proxy.port);
    const database = openPostgres(behind.href, { silenceMs });
    instance = await startInstance({ DATABASE_URL: behind.href }, { database });
    told = [];
  });
  afterEach(async () => {
    await instance.app.close();
    await proxy.close();
  });

  const start = async ({ app }: TestInstance = instance) => {
    const config = readConfig({ NODE_ENV: "test" });
    return firstStart(app.tools, systemCaller("start"), config, (made, isSure) =>
      told.push({ made, isSure }),
    );
  };
  const keysWork = async (): Promise<readonly string[]> => {
    const works: string[] = [];
    for (const { kind, environment, secret } of told.flatMap(({ made }) => made.keys)) {
      const query =
        kind === "MANAGEMENT" ? "{ flags { totalCount } }" : "{ evaluateAll(context: {}) { revision } }";
      const { data } = await instance.graphql(query, {}, secret);
      if (data !== null && data !== undefined) works.push(`${kind} ${environment}`);
    }
    return works;
  };
  const everyKey = [
    ...["development", "staging", "production"].flatMap((environment) => [
      `CLIENT ${environment}`,
      `SERVER ${environment}`,
    ]),
    "MANAGEMENT null",
  ];

  it.each([
    ["the administrator", 'insert into "users"'],
    ["the keys", 'insert into "api_keys"'],
  ])("what was cut short while it made %s is made wholly later", async (_what, words) => {
    proxy.loseAt("toServer", words);
    await expect(start()).rejects.toThrow();
    await expect.poll(async () => (await start().catch(() => null)) !== null, soon).toBe(true);
    expect(told.filter(({ made }) => made.admin !== null)).toHaveLength(1);
    await expect.poll(keysWork, soon).toEqual(everyKey);
    expect(await start()).toBeNull();
  });

  it.each([
    ["kept", "toClient"],
    ["lost", "toServer"],
  ] as const)(
    "what was %s without a word about it is told, and works in the end",
    async (_what, direction) => {
      proxy.loseAt(direction, 'insert into "api_keys"', "commit");
      await expect(start()).rejects.toThrow("The database went away before it said");
      expect(told.map(({ isSure }) => isSure)).toEqual([true, false]);
      await expect.poll(async () => start().then(() => "done", String), soon).toBe("done");
      expect(told).toHaveLength(direction === "toClient" ? 2 : 3);
      await expect.poll(keysWork, soon).toEqual(everyKey);
    },
  );

  it("one of two that start at once makes it all", async () => {
    const other = await startInstance({ DATABASE_URL: url });
    try {
      await Promise.all([start(), start(other)]);
    } finally {
      await other.app.close();
    }
    expect(told.filter(({ made }) => made.admin !== null)).toHaveLength(1);
    expect(told.filter(({ made }) => made.keys.length > 0)).toHaveLength(1);
    await expect.poll(keysWork, soon).toEqual(everyKey);
  });
});
