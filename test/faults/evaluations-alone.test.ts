/** Evaluations need neither PostgreSQL nor Redis: with both killed under load not one fails, and what is changed after they are back is answered soon. */
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { afterAll, beforeAll, expect, it, vi } from "vitest";
import { openFrames, bearer } from "../support/graphql-frames.js";
import { makeFirst, startInstance, type TestInstance } from "../support/instance.js";
import { redisUrl } from "../support/services.js";
import { killable, type OwnPostgres, startOwnPostgres } from "../support/services/postgres-server.js";
import { startOwnRedis } from "../support/services/redis-server.js";
import type { OwnService } from "../support/services/service.js";

const hasRedis = (await redisUrl("evaluations alone")) !== undefined;
const welcome = `query { evaluate(flagKey: "welcome", context: { targetingKey: "alice" }) { value errorCode } }`;
const turnOff = `mutation { setFlagEnabled(input: { flagKey: "welcome", environment: "development", enabled: false }) { enabled } }`;
const convergedMs = 2_500;
const pauseMs = 10; // between two questions at one door

let folder: string;
let postgres: OwnPostgres;
let redis: OwnService;
const instances: TestInstance[] = [];

beforeAll(async () => {
  if (!hasRedis) return;
  folder = await mkdtemp(join(tmpdir(), "halyard-alone-"));
  postgres = await startOwnPostgres(killable);
  redis = (await startOwnRedis()) ?? expect.fail("There is no redis-server on the PATH.");
});
afterAll(async () => {
  if (!hasRedis) return;
  for (const { app } of instances) await app.close();
  await postgres.stop();
  await redis.stop();
  await rm(folder, { recursive: true, force: true });
});

type Ask = () => Promise<unknown>;

/** Asks again and again until it is stopped; whatever is no value is an error. */
class Load {
  answers = 0;
  readonly errors: string[] = [];
  #isStopped = false;
  readonly #running: Promise<unknown>;

  constructor(doors: readonly Ask[]) {
    this.#running = Promise.all(doors.map(async (ask) => this.#go(ask)));
  }

  async stop(): Promise<void> {
    this.#isStopped = true;
    await this.#running;
  }

  async #go(ask: Ask): Promise<void> {
    while (!this.#isStopped) {
      const answer: unknown = await ask().catch(String);
      if (typeof answer === "boolean") this.answers += 1;
      else this.errors.push(JSON.stringify(answer));
      await sleep(pauseMs);
    }
  }
}

async function doorsOf(instance: TestInstance, credential: string): Promise<readonly Ask[]> {
  const frames = await openFrames(instance.url, bearer(credential));
  let asked = 0;
  return [
    async () => {
      const { data, errors } = await instance.graphql<{ evaluate: { value: unknown } }>(
        welcome,
        {},
        credential,
      );
      return data?.evaluate.value ?? errors;
    },
    async () => {
      const response = await instance.ofrep("welcome", credential);
      const body = (await response.json()) as { value?: unknown };
      return body.value ?? body;
    },
    async () => {
      const id = String((asked += 1));
      frames.say({ id, type: "subscribe", payload: { query: welcome } });
      const { payload } = await frames.frame((frame) => frame.id === id && frame.type !== "complete");
      const { data } = payload as { data?: { evaluate: { value: unknown } } };
      return data?.evaluate.value ?? payload;
    },
  ];
}

it.skipIf(!hasRedis)("fail not once while both are dead, and follow again within 2.5 s", async () => {
  const env = { DATABASE_URL: postgres.url, REDIS_URL: redis.url };
  for (const name of ["here", "there"]) {
    instances.push(await startInstance({ ...env, DATA_DIR: join(folder, name) }, { isPatient: true }));
  }
  const [here, there] = instances as [TestInstance, TestInstance];
  const key = await makeFirst(here, env);
  const credential = key("SERVER", "development");
  await there.app.tools.delivery.reader.reach(here.app.tools.delivery.reader.position());
  const doors = (await Promise.all([doorsOf(here, credential), doorsOf(there, credential)])).flat();

  const load = new Load(doors);
  await vi.waitFor(() => expect(load.answers).toBeGreaterThan(20), 10_000);
  await Promise.all([postgres.strike("SIGKILL"), redis.strike("SIGKILL")]);
  await vi.waitFor(() => expect(there.app.tools.delivery.status().stale).toBe(true), 5_000);
  const before = load.answers;
  await sleep(2_000);
  expect(load.answers).toBeGreaterThan(before);
  const refused = await here.graphql(turnOff, {}, key("MANAGEMENT"));
  expect(refused.errors?.[0]?.extensions.code).toBe("UNAVAILABLE");

  await Promise.all([postgres.start(), redis.start()]);
  const healed = performance.now();
  await vi.waitFor(
    async () => expect((await here.graphql(turnOff, {}, key("MANAGEMENT"))).errors).toBeUndefined(),
    { timeout: 10_000, interval: 50 },
  );
  const overHttp = doors.filter((_door, index) => index % 3 === 0); // of each instance
  await vi.waitFor(
    async () => {
      for (const ask of overHttp) expect(await ask()).toBe(false);
    },
    { timeout: 10_000, interval: 50 },
  );
  expect(performance.now() - healed).toBeLessThan(convergedMs);
  await load.stop();
  expect(load.errors).toEqual([]);
});
