/** Evaluations are counted once: a server that is told to end loses none, one that is killed only what it had not written yet. */
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import driver from "postgres";
import { afterAll, beforeAll, expect, it } from "vitest";
import type { ApiKeyKind } from "../../src/features/permissions/index.js";
import { freshPostgresUrl } from "../support/databases.js";
import { askGraphQL } from "../support/graphql-client.js";
import { makeFirst, startInstance } from "../support/instance.js";
import { testSecretKey } from "../support/server.js";
import { type ServerProcess, startServerProcess } from "../support/server-process.js";

let folder: string;
let env: Record<string, string>;
let sql: driver.Sql;
let key: (kind: ApiKeyKind, environment?: string) => string;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "halyard-counts-"));
  const url = await freshPostgresUrl();
  env = { DATABASE_URL: url, DATA_DIR: folder, SECRET_KEY: testSecretKey };
  sql = driver(url, { max: 1 });
  const first = await startInstance(env);
  key = await makeFirst(first, env);
  await first.app.close();
});
afterAll(async () => {
  await sql.end();
  await rm(folder, { recursive: true, force: true });
});

async function ask({ url }: ServerProcess, times: number): Promise<void> {
  const headers = { "content-type": "application/json", "x-api-key": key("CLIENT", "development") };
  const body = JSON.stringify({ context: { targetingKey: "alice" } });
  for (let asked = 0; asked < times; asked += 1) {
    const answer = await fetch(`${url}/ofrep/v1/evaluate/flags/welcome`, { method: "POST", headers, body });
    expect(answer.status).toBe(200);
  }
}

async function stored(): Promise<number> {
  const [row] = await sql<{ total: number }[]>`select sum(count)::int4 as total from evaluation_hours`;
  return row?.total ?? 0;
}

it("by a server that ends when it is told to, all of them", async () => {
  const server = await startServerProcess(env);
  await ask(server, 7);
  expect(await server.stop("SIGTERM")).toBe(0);
  expect(await stored()).toBe(7);
});

it("by a server that is killed, those that it had written, and none twice", async () => {
  const before = await stored();
  const server = await startServerProcess(env);
  await ask(server, 5);
  const query = `{ flagAnalytics(flagKey: "welcome") { total } }`;
  const { data } = await askGraphQL(server.url, query, {}, key("MANAGEMENT"));
  expect(data).toEqual({ flagAnalytics: { total: before + 5 } });
  await ask(server, 3);
  await server.stop("SIGKILL");
  const after = await stored();
  expect(after).toBeGreaterThanOrEqual(before + 5);
  expect(after).toBeLessThanOrEqual(before + 8);
  const next = await startServerProcess(env);
  await ask(next, 2);
  expect(await next.stop("SIGTERM")).toBe(0);
  expect(await stored()).toBe(after + 2);
});
