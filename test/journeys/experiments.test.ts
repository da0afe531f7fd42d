/** An experiment through the real doors: people are shown variants, what they do is tracked, and what is proven better is served to all. */
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { freshPostgresUrl } from "../support/databases.js";
import { type Answer, askGraphQL } from "../support/graphql-client.js";
import { liveClient, subscribe } from "../support/live.js";
import { testSecretKey } from "../support/server.js";
import { type ServerProcess, startServerProcess } from "../support/server-process.js";
import { redisUrl } from "../support/services.js";
import { Random } from "../statistics/simulations/random.js";

const people = 2_000;
/** The share of those who buy, by what they are shown. */
const rates: Readonly<Record<string, number>> = { false: 0.1, true: 0.25 };

const admin = { ADMIN_EMAIL: "admin@example.com", ADMIN_PASSWORD: "correct horse battery" };
const redis = await redisUrl("an experiment on PostgreSQL and Redis");

describe.skipIf(redis === undefined)("an experiment on two processes", () => {
  let servers: readonly [ServerProcess, ServerProcess];
  let token: string;
  let key: string;
  const shown = new Map<string, boolean>();

  beforeAll(async () => {
    const DATABASE_URL = await freshPostgresUrl();
    const env = { ...admin, DATABASE_URL, REDIS_URL: redis ?? "", SECRET_KEY: testSecretKey };
    servers = [await startServerProcess(env), await startServerProcess(env)];
  }, 120_000);
  afterAll(async () => {
    for (const server of servers) expect(await server.stop()).toBe(0);
  });

  async function ask<Data>(server: 0 | 1, query: string, variables = {}, credential = token): Promise<Data> {
    const answer: Answer<Data> = await askGraphQL(servers[server].url, query, variables, credential);
    expect(answer.errors).toBeUndefined();
    return answer.data as Data;
  }

  async function mutate<Data = object>(
    mutation: string,
    type: string,
    input: object,
    fields: string,
  ): Promise<Data> {
    const query = `mutation ($input: ${type}!) { ${mutation}(input: $input) { ${fields} } }`;
    const data = await ask<Record<string, Data>>(0, query, { input });
    return data[mutation] as Data;
  }

  it("is set up and started", async () => {
    const query = "mutation ($input: LoginInput!) { login(input: $input) { accessToken } }";
    const input = { email: admin.ADMIN_EMAIL, password: admin.ADMIN_PASSWORD };
    const signedIn = await askGraphQL<{ login: { accessToken: string } }>(
      servers[0].url,
      query,
      { input },
      null,
    );
    token = signedIn.data?.login.accessToken ?? "";
    const place = { environment: "development", flagKey: "one-page" };
    await mutate("createFlag", "CreateFlagInput", { key: "one-page" }, "key");
    await mutate("setFlagEnabled", "SetFlagEnabledInput", { ...place, enabled: true }, "enabled");
    await mutate("setFallthrough", "SetFallthroughInput", { ...place, serve: { variant: "off" } }, "version");
    await mutate("createMetric", "CreateMetricInput", { key: "bought", type: "CONVERSION" }, "key");
    const metrics = [{ metric: "bought", role: "PRIMARY" }];
    const rule = { promotesAutomatically: true, minimumRuntimeDays: 0, plannedUnits: people };
    const experiment = { ...place, key: "one-page-pays", control: "off", metrics, ...rule };
    await mutate("createExperiment", "CreateExperimentInput", experiment, "status");
    const name = { experiment: "one-page-pays" };
    expect(await mutate("startExperiment", "ExperimentRefInput", name, "status")).toEqual({
      status: "RUNNING",
    });
    const client = { name: "shop", kind: "CLIENT", environment: "development" };
    const created = await mutate<{ secret: string }>("createApiKey", "CreateApiKeyInput", client, "secret");
    key = created.secret;
    await expect.poll(async () => (await askTheOther()).errors, { timeout: 10_000 }).toBeUndefined();
  });

  /** The other instance hears of a new key a moment later. */
  async function askTheOther(): Promise<Answer<object>> {
    const query = '{ evaluate(flagKey: "welcome", context: {}, recordExposure: false) { reason } }';
    return askGraphQL(servers[1].url, query, {}, key);
  }

  it("shows its variants to everybody, on the other instance too", async () => {
    for (let first = 0; first < people; first += 100) {
      const tens = Array.from({ length: 10 }, async (_, ten) => askTen(first + ten * 10));
      for (const [who, value] of (await Promise.all(tens)).flat()) shown.set(who, value);
    }
    const on = [...shown.values()].filter(Boolean).length;
    expect(Math.abs(on - people / 2)).toBeLessThan(4 * Math.sqrt(people / 4));
  });

  async function askTen(first: number): Promise<[who: string, value: boolean][]> {
    const fields = Array.from({ length: 10 }, (_, index) => {
      const who = `user-${first + index}`;
      return `u${first + index}: evaluate(flagKey: "one-page", environment: "development", context: { targetingKey: "${who}" }) { value }`;
    });
    const server = first % 20 === 0 ? 0 : 1;
    const data = await ask<Record<string, { value: boolean }>>(server, `{ ${fields.join("\n")} }`, {}, key);
    return Object.entries(data).map(([name, { value }]) => [name.replace("u", "user-"), value]);
  }

  it("is concluded once enough have bought, and whoever listens hears of it", async () => {
    const [listener] = [...shown].find(([, value]) => !value) ?? [];
    const client = liveClient(servers[1].url, key);
    const live = subscribe<{ evaluations: { evaluations: readonly { value: boolean }[] } }>(
      client,
      `subscription ($who: String!) { evaluations(environment: "development", flagKeys: ["one-page"],
         context: { targetingKey: $who }) { evaluations { value } } }`,
      { who: listener },
    );
    expect((await live.next()).data?.evaluations.evaluations).toEqual([{ value: false }]);
    expect(await track()).toBeGreaterThan(people / 10);
    expect((await live.next(90_000)).data?.evaluations.evaluations).toEqual([{ value: true }]);
    await client.dispose();
  }, 120_000);

  /** Gives how many bought. */
  async function track(): Promise<number> {
    const random = new Random(1, "buyers");
    const buyers = [...shown].filter(([, value]) => random.uniform() < (rates[String(value)] ?? 0));
    const at = new Date().toISOString();
    const events = buyers.map(([unit]) => ({ id: unit, metric: "bought", unit, at }));
    const query = "mutation ($input: TrackInput!) { track(input: $input) { accepted rejected { message } } }";
    for (let first = 0; first < events.length; first += 100) {
      const input = { events: events.slice(first, first + 100) };
      const { track: result } = await ask<{ track: object }>(1, query, { input }, key);
      expect(result).toEqual({ accepted: input.events.length, rejected: [] });
    }
    return events.length;
  }

  it("tells what was decided, and why", async () => {
    const { experiment } = await ask<{ experiment: object }>(
      1,
      `{ experiment(key: "one-page-pays") { status conclusion { variant automatic text } decisions { nodes { action } } } }`,
    );
    const text = expect.stringMatching(/^Experiment "one-page-pays" was concluded: `on` is served/) as string;
    expect(experiment).toEqual({
      status: "CONCLUDED",
      conclusion: { variant: "on", automatic: true, text },
      decisions: { nodes: [{ action: "PROMOTED" }] },
    });
  });
});
