/** A start needs no PostgreSQL: it goes on by what was put away, refuses what was tampered with, and waits where there is nothing. */
import { createHmac } from "node:crypto";
import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import driver from "postgres";
import { afterAll, afterEach, beforeAll, describe, expect, it, vi } from "vitest";
import type { Overrides } from "../../src/app.js";
import type { ApiKeyKind } from "../../src/features/permissions/index.js";
import { askWebSocket } from "../support/both-doors.js";
import { bearer, openFrames } from "../support/graphql-frames.js";
import { adminEmail, makeFirst, password, startInstance, type TestInstance } from "../support/instance.js";
import { testSecretKey } from "../support/server.js";
import { runHalyard, startServerProcess } from "../support/server-process.js";
import { killable, type OwnPostgres, startOwnPostgres } from "../support/services/postgres-server.js";

const welcome = `query ($context: EvaluationContext!) { evaluate(flagKey: "welcome", context: $context) { value } }`;
const turnOff = `mutation { setFlagEnabled(input: { flagKey: "welcome", environment: "development", enabled: false }) { enabled } }`;
const alice = { targetingKey: "alice" };
const convergedMs = 2_500;

let root: string;
let postgres: OwnPostgres;
let key: (kind: ApiKeyKind, environment?: string) => string;
let token: string;
let proof: string;
const opened: TestInstance[] = [];

const envOf = (folder: string, more: Record<string, string> = {}) => ({
  DATABASE_URL: postgres.url,
  DATA_DIR: join(root, folder),
  ...more,
});

async function start(folder: string, overrides: Overrides = {}, more: Record<string, string> = {}) {
  const instance = await startInstance(envOf(folder, more), { isPatient: true, ...overrides });
  opened.push(instance);
  return instance;
}

async function closeAll(): Promise<void> {
  for (const { app } of opened.splice(0)) await app.close();
}

async function statusOf({ url }: TestInstance, path: string): Promise<number> {
  return (await fetch(url + path)).status;
}

/** What the welcome flag answers in development, at every door. */
async function answers({ url, graphql, ofrep }: TestInstance, credential: string): Promise<unknown[]> {
  const { data } = await graphql<{ evaluate: { value: unknown } }>(welcome, { context: alice }, credential);
  const one = (await (await ofrep("welcome", credential)).json()) as { value: unknown };
  const socket = await askWebSocket(url, { query: welcome, variables: { context: alice } }, credential);
  return [data?.evaluate.value, one.value, (socket.data as typeof data)?.evaluate.value];
}

async function askOver({ url }: TestInstance, method: string, credential: string): Promise<Response> {
  const query = `{ evaluate(flagKey: "welcome", context: {}) { value } }`;
  const headers = { "content-type": "application/json", authorization: `Bearer ${credential}` };
  return method === "GET"
    ? fetch(`${url}/graphql?query=${encodeURIComponent(query)}`, { headers })
    : fetch(`${url}/graphql`, { method, headers, body: JSON.stringify({ query }) });
}

async function code(asked: ReturnType<TestInstance["graphql"]>): Promise<string | undefined> {
  return (await asked).errors?.[0]?.extensions.code;
}

beforeAll(async () => {
  root = await mkdtemp(join(tmpdir(), "halyard-start-"));
  postgres = await startOwnPostgres(killable);
  const first = await start("here");
  key = await makeFirst(first, envOf("here"));
  const management = key("MANAGEMENT");
  const place = `project: "default", environment: "staging"`;
  const { data } = await first.graphql<{ rotateContextProofSecret: { secret: string } }>(
    `mutation { rotateContextProofSecret(input: { ${place} }) { secret } }`,
    {},
    management,
  );
  const secret = data?.rotateContextProofSecret.secret ?? "";
  proof = createHmac("sha256", secret).update(alice.targetingKey).digest("hex");
  const requiring = `mutation { updateEnvironment(input: { project: "default", environment: "staging", requireContextProof: true }) { key } }`;
  expect((await first.graphql(requiring, {}, management)).errors).toBeUndefined();
  await closeAll();
});
afterEach(closeAll);
afterAll(async () => {
  await postgres.stop();
  await rm(root, { recursive: true, force: true });
});

describe("with what was put away", () => {
  it("answers at every door as before, lets in who was let in, and says at once what it cannot do", async () => {
    const elsewhere = await start("elsewhere");
    const signIn = `mutation ($input: LoginInput!) { login(input: $input) { accessToken } }`;
    const input = { email: adminEmail, password };
    const { data } = await elsewhere.graphql<{ login: { accessToken: string } }>(signIn, { input }, null);
    token = data?.login.accessToken ?? "";
    expect((await elsewhere.graphql(turnOff, {}, key("MANAGEMENT"))).errors).toBeUndefined();
    await closeAll();

    await postgres.strike("SIGKILL");
    const instance = await start("here");
    expect(instance.app.isAlone()).toBe(true);
    for (const path of ["/livez", "/readyz", "/health"]) expect(await statusOf(instance, path)).toBe(200);
    expect(await (await fetch(`${instance.url}/health`)).json()).toMatchObject({ stale: true });
    for (const kind of ["CLIENT", "SERVER"] as const) {
      expect(await answers(instance, key(kind, "development"))).toEqual([true, true, true]);
    }
    const ask = `query { evaluate(flagKey: "welcome", environment: "development", context: {}) { value } }`;
    expect((await instance.graphql(ask, {}, token)).data).toEqual({ evaluate: { value: true } });

    const client = key("CLIENT", "staging");
    const proved = await instance.graphql(welcome, { context: { ...alice, proof } }, client);
    expect(proved.data).toMatchObject({ evaluate: {} });
    const forged = { ...alice, proof: proof.replace(/^./, (digit) => (digit === "0" ? "1" : "0")) };
    expect(await code(instance.graphql(welcome, { context: forged }, client))).toBe("FORBIDDEN");

    for (let times = 0; times < 5; times += 1) {
      expect(await code(instance.graphql(turnOff, {}, key("MANAGEMENT")))).toBe("UNAVAILABLE");
    }
  });

  it("goes on from there when PostgreSQL is back: what was changed meanwhile is answered within 2.5 s", async () => {
    const instance = await start("here");
    expect(await answers(instance, key("SERVER", "development"))).toEqual([true, true, true]);
    await postgres.start();
    const healed = performance.now();
    await vi.waitFor(
      async () =>
        expect(await answers(instance, key("SERVER", "development"))).toEqual([false, false, false]),
      { timeout: 10_000, interval: 50 },
    );
    expect(performance.now() - healed).toBeLessThan(convergedMs);
    expect(await instance.app.whole).toBe(true);
    expect(instance.app.isAlone()).toBe(false);
    expect(instance.app.tools.delivery.status().stale).toBe(false);
    expect(instance.app.tools.delivery.reader.status().forks).toBe(0);
  });

  it("shuts out whoever may have been shut out since, once it is a minute old, and evaluates all the same", async () => {
    await postgres.strike("SIGKILL");
    const instance = await start("here", { now: () => Date.now() + 61_000 });
    expect(await answers(instance, key("SERVER", "development"))).toEqual([false, false, false]);
    for (const credential of [key("MANAGEMENT"), token]) {
      const asked = `{ evaluate(flagKey: "welcome", environment: "development", context: {}) { value } }`;
      expect(await code(instance.graphql(asked, {}, credential))).toBe("UNAVAILABLE");
    }
  });
});

describe("with files that are not as they were written", () => {
  it("takes the previous one, and none where that is not whole either or another key signed it", async () => {
    const [newest, previous] = [join(root, "here/snapshots/newest"), join(root, "here/snapshots/previous")];
    const whole = await readFile(newest, "utf8");
    const [again, earlier] = [whole, await readFile(previous, "utf8")];
    expect(whole).not.toContain(proof);
    await writeFile(newest, whole.replace('"enabled":false', '"enabled":true'));
    const byPrevious = await start("here");
    expect(await answers(byPrevious, key("SERVER", "development"))).toEqual([true, true, true]);
    await closeAll();

    await writeFile(previous, earlier.slice(0, -50));
    expect(await statusOf(await start("here"), "/readyz")).toBe(503);
    await writeFile(newest, again);
    const stranger = { SECRET_KEY: "Zt7yN4qW1xK9mB6vR3sD8fG2hJ5lP0cE-other" };
    expect(await statusOf(await start("here", {}, stranger), "/readyz")).toBe(503);
  });
});

describe("with nothing", () => {
  it("listens, says that it is not ready, and answers as soon as PostgreSQL is there", async () => {
    const instance = await start("nothing");
    expect(await statusOf(instance, "/livez")).toBe(200);
    expect(await statusOf(instance, "/readyz")).toBe(503);
    const credential = key("SERVER", "development");
    for (const method of ["POST", "GET"]) {
      const answer = await askOver(instance, method, credential);
      expect(answer.status, "so that load balancers ask another one").toBe(503);
      expect(answer.headers.get("retry-after")).toBe("1");
      expect(await answer.json()).toMatchObject({
        errors: [{ extensions: { code: "UNAVAILABLE", requestId: answer.headers.get("x-request-id") } }],
      });
    }
    const refused = await instance.ofrep("welcome", credential);
    expect(refused.status).toBe(503);
    expect(await refused.json()).toMatchObject({ key: "welcome", errorCode: "PROVIDER_NOT_READY" });
    const socket = await openFrames(instance.url);
    socket.say({ type: "connection_init", payload: bearer(credential) });
    // An error would end a subscription for good; after this, clients come back by themselves.
    expect(await socket.closed()).toMatchObject({
      code: 1013,
      reason: expect.stringContaining("database") as string,
    });

    await postgres.start();
    expect(await instance.app.whole).toBe(true);
    expect(await statusOf(instance, "/readyz")).toBe(200);
    expect(await answers(instance, credential)).toEqual([false, false, false]);
    instance.app.tools.delivery.drain();
    expect(await statusOf(instance, "/readyz")).toBe(503);
    for (const method of ["POST", "GET"])
      expect((await askOver(instance, method, credential)).status).toBe(200);
  });
});

it("makes and tells the first start of a new database as soon as that is there; other commands fail at once", async () => {
  const env = { ...envOf("new"), SECRET_KEY: testSecretKey };
  await postgres.strike("SIGKILL");
  const failed = await runHalyard(["migrate"], env);
  expect(failed.code).toBe(2);
  expect(failed.output).toMatch(/PostgreSQL at \S+ cannot be used/);
  const fresh = new URL(postgres.url);
  fresh.pathname = "/fresh";
  const server = await startServerProcess({ ...env, DATABASE_URL: fresh.href });
  expect(server.output()).toContain("waits for PostgreSQL");
  expect(server.output()).not.toContain("hal_");
  await postgres.start();
  const administrator = driver(postgres.url, { max: 1 });
  await administrator.unsafe("create database fresh");
  await administrator.end();
  await vi.waitFor(() => expect(server.output()).toMatch(/^Authorization: Bearer hal_management_/m), 20_000);
  expect(server.output().match(/hal_server_production_/g)).toHaveLength(1);
  expect(server.output()).toMatch(/Password +\S{20,}/);
  expect(await server.stop()).toBe(0);
});
