/** What the holder of an API key can do and see, at every door, and how soon no longer. */
import { createHash } from "node:crypto";
import type { Client } from "graphql-ws";
import { afterAll, afterEach, beforeAll, describe, expect, it } from "vitest";
import { freshPostgresUrl } from "../support/databases.js";
import { adminEmail, makeFirst, password, startInstance, type TestInstance } from "../support/instance.js";
import { liveClient, subscribe, SubscriptionEnded } from "../support/live.js";
import { startServer, type TestServer } from "../support/server.js";
import { redisUrl } from "../support/services.js";

let server: TestServer;
beforeAll(async () => {
  server = await startServer();
  for (const mutation of [
    'createProject(input: { key: "other" }) { key }',
    'createFlag(input: { key: "secret-plans", clientVisible: false }) { key }',
    'setFlagEnabled(input: { flagKey: "secret-plans", environment: "development", enabled: true }) { version }',
    'createFlag(input: { key: "checkout", clientVisible: true }) { key }',
    `addRule(input: { flagKey: "checkout", environment: "development", rule: {
       id: "rule-for-staff", name: "Staff of the company", serve: { split: [
         { variant: "on", percent: 50 }, { variant: "off", percent: 50 }] } } }) { version }`,
    'setFlagEnabled(input: { flagKey: "checkout", environment: "development", enabled: true }) { version }',
    'createSegment(input: { key: "insiders" }) { key }',
  ]) {
    expect((await server.graphql(`mutation { ${mutation} }`)).errors).toBeUndefined();
  }
});
afterAll(async () => server.close());

const clients: Client[] = [];
afterEach(async () => {
  for (const client of clients.splice(0)) await client.dispose();
});

function connect(url: string, credential: string): Client {
  const client = liveClient(url, credential);
  clients.push(client);
  return client;
}

/** What an operation gives over HTTP and over the WebSocket: data, or the codes of its errors. */
async function both(query: string, credential: string): Promise<unknown[]> {
  const overHttp = await server.graphql(query, {}, credential);
  const overSocket = await subscribe(connect(server.url, credential), query).next();
  const codes = overSocket.errors?.map(({ extensions }) => extensions?.["code"]);
  return [
    overHttp.errors?.map(({ extensions }) => extensions.code) ?? overHttp.data,
    codes ?? overSocket.data,
  ];
}

/** The codes of the errors with which a subscription is refused; what it says first where it is not. */
async function subscribed(query: string, credential: string): Promise<unknown> {
  const subscription = subscribe(connect(server.url, credential), query);
  try {
    const { data, errors } = await subscription.next();
    return errors?.map(({ extensions }) => extensions?.["code"]) ?? data;
  } catch (error) {
    if (!(error instanceof SubscriptionEnded)) throw error;
    return (error.errors as { extensions: { code: string } }[]).map(({ extensions }) => extensions.code);
  }
}

async function ofrep(path: string, credential: string): Promise<{ status: number; text: string }> {
  const response = await fetch(`${server.url}/ofrep/v1/evaluate/flags${path}`, {
    method: "POST",
    headers: { "content-type": "application/json", "x-api-key": credential },
    body: JSON.stringify({ context: { targetingKey: "user-1" } }),
  });
  return { status: response.status, text: await response.text() };
}

const context = 'context: { targetingKey: "user-1" }';

describe("CLIENT and SERVER keys", () => {
  it.each(["CLIENT", "SERVER"] as const)("of one environment find no other (%s)", async (kind) => {
    const key = server.key(kind, "development");
    for (const place of [
      'environment: "production"',
      'environment: "nowhere"',
      'project: "other"',
      'project: "nowhere"',
    ]) {
      expect(await both(`{ evaluate(flagKey: "checkout", ${context}, ${place}) { value } }`, key)).toEqual([
        ["NOT_FOUND"],
        ["NOT_FOUND"],
      ]);
      const evaluateAll = `{ evaluateAll(${context}, ${place}) { revision } }`;
      expect(await both(evaluateAll, key)).toEqual([["NOT_FOUND"], ["NOT_FOUND"]]);
      expect(
        await subscribed(`subscription { evaluations(${context}, ${place}) { revision } }`, key),
      ).toEqual(["NOT_FOUND"]);
      const search = `?${place.replace(': "', "=").replace('"', "")}`;
      expect((await ofrep(`/checkout${search}`, key)).status).toBe(404);
      expect((await ofrep(search, key)).status).toBe(404);
    }
    const own = 'project: "default", environment: "development"';
    const evaluate = `{ evaluate(flagKey: "welcome", ${context}, ${own}) { value } }`;
    expect(await both(evaluate, key)).toEqual([{ evaluate: { value: true } }, { evaluate: { value: true } }]);
    expect((await ofrep("/welcome?project=default&environment=development", key)).status).toBe(200);
  });

  it("that are SERVER read the ruleset of their environment alone", async () => {
    const key = server.key("SERVER", "development");
    const own = "{ ruleset { environment } }";
    expect((await both(own, key))[0]).toEqual({ ruleset: { environment: "development" } });
    const foreign = '{ ruleset(environment: "production") { environment } }';
    expect(await both(foreign, key)).toEqual([["NOT_FOUND"], ["NOT_FOUND"]]);
  });
});

describe("CLIENT keys", () => {
  let key: string;
  beforeAll(() => {
    key = server.key("CLIENT", "development");
  });

  it("do not find a flag that is not for clients, at any door", async () => {
    const one = '{ evaluate(flagKey: "secret-plans", context: {}) { value errorCode } }';
    const missing = { evaluate: { value: null, errorCode: "FLAG_NOT_FOUND" } };
    expect(await both(one, key)).toEqual([missing, missing]);
    const all = `{ evaluateAll(${context}) { evaluations { key } } }`;
    const visible = { evaluateAll: { evaluations: [{ key: "checkout" }, { key: "welcome" }] } };
    expect(await both(all, key)).toEqual([visible, visible]);
    const named = `{ evaluateAll(${context}, flagKeys: ["secret-plans"]) { evaluations { key errorCode } } }`;
    const unknown = { evaluateAll: { evaluations: [{ key: "secret-plans", errorCode: "FLAG_NOT_FOUND" }] } };
    expect(await both(named, key)).toEqual([unknown, unknown]);

    const single = await ofrep("/secret-plans", key);
    expect([single.status, JSON.parse(single.text)]).toMatchObject([404, { errorCode: "FLAG_NOT_FOUND" }]);
    expect(single.text).toBe(
      (await ofrep("/nothing-here", key)).text.replaceAll("nothing-here", "secret-plans"),
    );
    expect((await ofrep("", key)).text).not.toContain("secret-plans");
    expect((await ofrep("/secret-plans", server.key("SERVER", "development"))).status).toBe(200);
  });

  it("do not hear of its changes either", async () => {
    const query = `subscription ($keys: [String!]) {
      evaluations(${context}, flagKeys: $keys) { snapshot removed evaluations { key errorCode } }
    }`;
    const client = connect(server.url, key);
    const [all, named] = [
      subscribe(client, query),
      subscribe(client, query, { keys: ["secret-plans", "welcome"] }),
    ];
    expect(JSON.stringify((await all.next()).data)).not.toContain("secret-plans");
    expect((await named.next()).data).toMatchObject({
      evaluations: {
        evaluations: [{ key: "secret-plans", errorCode: "FLAG_NOT_FOUND" }, { key: "welcome" }],
      },
    });
    const toggle = async (flagKey: string, enabled: boolean): Promise<void> => {
      const input = `{ flagKey: "${flagKey}", environment: "development", enabled: ${enabled} }`;
      await server.graphql(`mutation { setFlagEnabled(input: ${input}) { version } }`);
    };
    await toggle("secret-plans", false);
    await toggle("welcome", false);
    for (const subscription of [all, named]) {
      expect((await subscription.next()).data).toMatchObject({
        evaluations: { snapshot: false, evaluations: [{ key: "welcome" }] },
      });
    }
    await toggle("secret-plans", true);
    await toggle("welcome", true);
  });

  it("see no rule, no bucket and no word about either, at any door", async () => {
    const fields = "key value reason ruleId ruleName errorMessage";
    const answers = [
      await both(`{ evaluate(flagKey: "checkout", ${context}) { ${fields} } }`, key),
      await both(`{ evaluateAll(${context}) { evaluations { ${fields} } } }`, key),
      await subscribed(`subscription { evaluations(${context}) { evaluations { ${fields} } } }`, key),
      (await ofrep("/checkout", key)).text,
      (await ofrep("", key)).text,
    ];
    expect(answers[0]).toMatchObject([{ evaluate: { reason: "SPLIT", ruleId: null, ruleName: null } }, {}]);
    for (const answer of answers) expect(JSON.stringify(answer)).not.toMatch(/staff|bucket|rule-/i);
    const forServer = await both(
      `{ evaluate(flagKey: "checkout", ${context}) { ruleId ruleName } }`,
      server.key("SERVER", "development"),
    );
    expect(forServer[0]).toEqual({
      evaluate: { ruleId: "rule-for-staff", ruleName: "Staff of the company" },
    });
  });

  it.each([
    ["explain", `{ explain(flagKey: "checkout", ${context}) { steps { message } } }`],
    ["ruleset", "{ ruleset { revision } }"],
    ["flags", "{ flags { totalCount } }"],
    ["flag", '{ flag(key: "checkout") { key } }'],
    ["segments", "{ segments { totalCount } }"],
    ["segment", '{ segment(key: "insiders") { key } }'],
    ["auditEvents", "{ auditEvents { totalCount } }"],
    ["environments", "{ environments { key } }"],
    ["projects", "{ projects { key } }"],
    ["apiKeys", "{ apiKeys { totalCount } }"],
    ["securityEvents", "{ securityEvents { totalCount } }"],
    ["serverInfo", "{ serverInfo { version } }"],
  ])("are refused %s", async (_name, query) => {
    expect(await both(query, key)).toEqual([["FORBIDDEN"], ["FORBIDDEN"]]);
  });

  it.each([
    ["flagChanges", "subscription { flagChanges { revision } }"],
    ["ruleset", "subscription { ruleset { to } }"],
  ])("are refused the subscription %s", async (_name, query) => {
    expect(await subscribed(query, key)).toEqual(["FORBIDDEN"]);
  });
});

describe("MANAGEMENT keys", () => {
  interface Created {
    readonly createApiKey: { readonly apiKey: { readonly id: string }; readonly secret: string };
  }

  async function make(
    input: string,
    credential?: string | null,
  ): Promise<{ id: string; secret: string } | string> {
    const mutation = `mutation { createApiKey(input: { ${input} }) { apiKey { id } secret } }`;
    const { data, errors } = await server.graphql<Created>(mutation, {}, credential);
    if (errors !== undefined) return errors[0]?.extensions.code ?? "";
    return { id: data?.createApiKey.apiKey.id ?? "", secret: data?.createApiKey.secret ?? "" };
  }

  async function made(input: string, credential?: string | null): Promise<{ id: string; secret: string }> {
    const key = await make(input, credential);
    if (typeof key === "string") throw new Error(key);
    return key;
  }

  it("make no key above their own role, nor outside their project, nor by changing another", async () => {
    const manager = await made('name: "manager", kind: MANAGEMENT, project: "default", role: MANAGER');
    const own = await made('name: "own", kind: MANAGEMENT, role: MANAGER', manager.secret);
    const { data } = await server.graphql(
      '{ apiKeys(project: "default") { nodes { id project { key } createdBy { name } } } }',
    );
    expect(JSON.stringify(data)).toContain(
      JSON.stringify({ id: own.id, project: { key: "default" }, createdBy: { name: "manager" } }),
    );
    expect(await make('name: "x", kind: MANAGEMENT, role: ADMIN', manager.secret)).toBe("FORBIDDEN");
    const outside = 'name: "x", kind: SERVER, project: "other", environment: "production"';
    expect(await make(outside, manager.secret)).toBe("NOT_FOUND");

    const admins = await made('name: "admins", kind: MANAGEMENT, project: "default", role: ADMIN');
    const whole = await made('name: "whole", kind: MANAGEMENT, role: VIEWER');
    for (const [id, code] of [
      [admins.id, "FORBIDDEN"],
      [whole.id, "NOT_FOUND"],
    ]) {
      for (const change of ["rotateApiKey", "updateApiKey"]) {
        const selection = change === "rotateApiKey" ? "secret" : "id";
        const mutation = `mutation { ${change}(input: { id: "${id}" }) { ${selection} } }`;
        const { errors } = await server.graphql(mutation, {}, manager.secret);
        expect(errors?.[0]?.extensions.code).toBe(code);
      }
    }
  });

  it("live on when whoever made them may no longer do as much; who it was stays known", async () => {
    const [email, pass] = ["maker@example.com", "correct horse battery"];
    const create = `mutation { createUser(input: { email: "${email}", password: "${pass}", role: MANAGER }) { id } }`;
    expect((await server.graphql(create)).errors).toBeUndefined();
    const signIn = `mutation { login(input: { email: "${email}", password: "${pass}" }) { accessToken } }`;
    const { data } = await server.graphql<{ login: { accessToken: string } }>(signIn, {}, null);
    const key = await made('name: "outlives", kind: MANAGEMENT, role: MANAGER', data?.login.accessToken);
    const demote = `mutation { setUserRole(input: { email: "${email}", role: VIEWER }) { role } }`;
    expect((await server.graphql(demote)).errors).toBeUndefined();
    expect((await server.graphql("{ flags { totalCount } }", {}, key.secret)).errors).toBeUndefined();
    const listed = await server.graphql<{
      apiKeys: { nodes: { name: string; createdBy: { name: string } }[] };
    }>("{ apiKeys { nodes { name createdBy { name } } } }");
    expect(listed.data?.apiKeys.nodes).toContainEqual({ name: "outlives", createdBy: { name: email } });
  });

  it("are told of a project that does not exist", async () => {
    const { errors } = await server.graphql('{ apiKeys(project: "nope") { totalCount } }');
    expect(errors?.[0]?.extensions.code).toBe("NOT_FOUND");
  });
});

describe("a key's secret", () => {
  it("is shown once, kept as a hash, and replaced by another while both work for the overlap", async () => {
    let offset = 0;
    const later = await startServer("pglite", {}, () => Date.now() + offset);
    try {
      type Shown = Record<"shown", { secret: string; apiKey: { id: string } }>;
      const make = async (mutation: string) => {
        const { data } = await later.graphql<Shown>(
          `mutation { shown: ${mutation} { secret apiKey { id } } }`,
        );
        return data?.shown ?? { secret: "", apiKey: { id: "" } };
      };
      const made = await make('createApiKey(input: { name: "x", kind: SERVER, environment: "development" })');
      expect(made.secret).toMatch(/^hal_server_development_[0-9A-Za-z]{32}_[0-9A-Za-z]{6}$/);
      const next = await make(`rotateApiKey(input: { id: "${made.apiKey.id}", overlapSeconds: 30 })`);
      const rows = JSON.stringify(await later.app.tools.database.execute("select * from api_keys"));
      for (const { secret } of [made, next]) {
        expect(rows).toContain(createHash("sha256").update(secret).digest("hex"));
        expect(rows).not.toContain(secret);
      }
      const codes = async ({ secret }: typeof made) => {
        const { errors } = await later.graphql(
          `{ evaluate(flagKey: "welcome", ${context}) { value } }`,
          {},
          secret,
        );
        return errors?.map(({ extensions }) => extensions.code) ?? "ok";
      };
      expect([await codes(made), await codes(next)]).toEqual(["ok", "ok"]);
      offset = 31_000;
      expect([await codes(made), await codes(next)]).toEqual([["UNAUTHENTICATED"], "ok"]);
    } finally {
      await later.close();
    }
  });
});

const redis = await redisUrl("revoked API keys on two instances");

describe.each([
  ["with Redis", redis],
  ["without Redis", ""],
])("a key that is revoked on one of two instances, %s", (_name, bus) => {
  let here: TestInstance;
  let there: TestInstance;
  let key: Awaited<ReturnType<typeof makeFirst>>;

  beforeAll(async () => {
    if (bus === undefined) return;
    const env = { DATABASE_URL: await freshPostgresUrl(), ...(bus !== "" && { REDIS_URL: bus }) };
    here = await startInstance(env);
    key = await makeFirst(here, env);
    there = await startInstance(env);
  });
  afterAll(async () => {
    await there?.app.close();
    await here?.app.close();
  });

  it.skipIf(bus === undefined)(
    "lets nobody in on either within two seconds, and ends what is open",
    async () => {
      const secret = key("SERVER", "development");
      const query = '{ evaluate(flagKey: "welcome", context: {}) { value } }';
      const live = `subscription { evaluations(${context}) { snapshot } }`;
      const open = await Promise.all(
        [here, there].map(async ({ url }) => {
          const subscription = subscribe(connect(url, secret), live);
          await subscription.next();
          return subscription;
        }),
      );
      const signIn = `mutation { login(input: { email: "${adminEmail}", password: "${password}" }) { accessToken } }`;
      const { data } = await here.graphql<{ login: { accessToken: string } }>(signIn, {}, null);
      const admin = data?.login.accessToken ?? "";
      const listed = await here.graphql<{ apiKeys: { nodes: { id: string; kind: string }[] } }>(
        '{ apiKeys(environment: "development") { nodes { id kind } } }',
        {},
        admin,
      );
      const id = listed.data?.apiKeys.nodes.find(({ kind }) => kind === "SERVER")?.id;
      for (const { ofrep: ask } of [here, there]) expect((await ask("welcome", secret)).status).toBe(200);

      const ended = Promise.all(
        open.map(async (subscription) => {
          await expect(subscription.next(5_000)).rejects.toThrow();
          return Date.now();
        }),
      );
      const { errors } = await here.graphql(
        `mutation { revokeApiKey(input: { id: "${id}" }) { id } }`,
        {},
        admin,
      );
      const revokedAt = Date.now();
      expect(errors).toBeUndefined();
      expect((await here.ofrep("welcome", secret)).status).toBe(401);
      const { ofrep: ask, graphql } = there;
      await expect.poll(async () => (await ask("welcome", secret)).status, { timeout: 2_000 }).toBe(401);
      const refused = await graphql(query, {}, secret);
      expect(refused.errors?.[0]?.extensions).toMatchObject({ code: "UNAUTHENTICATED", reason: "REVOKED" });
      expect(Math.max(...(await ended)) - revokedAt).toBeLessThan(2_000);
    },
  );
});
