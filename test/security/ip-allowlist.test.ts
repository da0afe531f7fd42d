/** With IP_ALLOWLIST set: what everybody may still do, what only those inside may, and that no door is without it. */
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { getIntrospectionQuery } from "graphql";
import { buildGraphQLSchema } from "../../src/api/graphql/schema.js";
import { liveClient, type LiveEvent, subscribe } from "../support/live.js";
import { startServer, type TestServer } from "../support/server.js";
import { upgradeStatus } from "../support/upgrade.js";
import { operationsOf } from "./operations.js";
import { nobodysId, samplesOf, topicOf } from "./world.js";

const inside = { "x-forwarded-for": "198.51.100.7" };
const outside = { "x-forwarded-for": "203.0.113.9" };
const told = { message: expect.stringContaining("203.0.113.9") as string, extensions: { code: "FORBIDDEN" } };
const topic = topicOf("development", {
  key: nobodysId,
  change: { development: nobodysId, production: nobodysId },
  session: nobodysId,
  rollout: { development: nobodysId, production: nobodysId },
});
const operations = operationsOf(await buildGraphQLSchema(), samplesOf(topic), true);

let server: TestServer;
beforeAll(async () => {
  server = await startServer("pglite", { IP_ALLOWLIST: "198.51.100.0/24", TRUSTED_PROXIES: "127.0.0.1" });
});
afterAll(async () => server.close());

interface Told {
  readonly data?: Record<string, unknown> | null;
  readonly errors?: readonly { message: string; extensions: Record<string, unknown> }[];
}

async function ask(
  headers: Record<string, string>,
  credential: string | null,
  query: string,
  variables: object = {},
): Promise<Told> {
  const response = await fetch(`${server.url}/graphql`, {
    method: "POST",
    headers: {
      "content-type": "application/json",
      ...headers,
      ...(credential !== null && { authorization: `Bearer ${credential}` }),
    },
    body: JSON.stringify({ query, variables }),
  });
  return (await response.json()) as Told;
}

/** The first that comes over a WebSocket which was opened with these headers. */
async function firstOf(
  headers: Record<string, string>,
  credential: string,
  query: string,
  variables = {},
): Promise<LiveEvent<unknown>> {
  const client = liveClient(server.url, credential, {}, { headers });
  try {
    return await subscribe<unknown>(client, query, variables).next();
  } catch (error) {
    return error as LiveEvent<unknown>;
  } finally {
    await client.dispose();
  }
}

// First of all: later so much is tried within a minute that the log only counts it.
it("the security log tells what was tried from outside", async () => {
  const key = server.key("MANAGEMENT");
  await ask(outside, key, '{ flag(key: "tried") { key } }');
  await (await fetch(`${server.url}/metrics`, { headers: outside })).arrayBuffer();
  const nodes: unknown[] = [];
  for (let after: string | null = null; ;) {
    const page = `first: 100, filter: { kinds: [FORBIDDEN], ip: "203.0.113.9" }, after: ${JSON.stringify(after)}`;
    const { data } = await ask(
      inside,
      key,
      `{ securityEvents(${page}) { nodes { subject actor { name } } pageInfo { hasNextPage endCursor } } }`,
    );
    const events = (data ?? {})["securityEvents"] as {
      nodes: unknown[];
      pageInfo: { hasNextPage: boolean; endCursor: string };
    };
    nodes.push(...events.nodes);
    if (!events.pageInfo.hasNextPage) break;
    after = events.pageInfo.endCursor;
  }
  expect(nodes).toContainEqual({ subject: "flag", actor: { name: "For trying out" } });
  expect(nodes).toContainEqual({ subject: "GET /metrics", actor: null });
});

describe("from outside", () => {
  const evaluating = ["query evaluate", "query evaluateAll", "subscription evaluations"];
  const open = [...evaluating, "mutation track", "mutation trackExposures"];

  it("the operations that stay open are all there", () => {
    const titles = operations.map(({ title }) => title);
    expect(titles).toEqual(
      expect.arrayContaining([...open, "query ruleset", "subscription ruleset", "mutation login"]),
    );
  });

  it.each(operations.filter(({ title }) => !open.includes(title)).map((one) => [one.title, one] as const))(
    "an administrator is refused %s, and told the own address",
    async (_title, { document, variables, isSubscription }) => {
      const key = server.key("MANAGEMENT");
      if (isSubscription) {
        expect((await firstOf(outside, key, document, variables)).errors).toMatchObject([told]);
        return;
      }
      expect((await ask(outside, key, document, variables)).errors).toMatchObject([told]);
      expect((await ask(outside, null, document, variables)).errors).toMatchObject([told]);
      if (!document.startsWith("query")) return;
      expect((await firstOf(outside, key, document, variables)).errors).toMatchObject([told]);
    },
  );

  it("evaluation goes on at every door", async () => {
    const client = server.key("CLIENT", "development");
    const evaluate = '{ evaluate(flagKey: "welcome", context: { targetingKey: "user-1" }) { value } }';
    expect(await ask(outside, client, evaluate)).toEqual({ data: { evaluate: { value: true } } });
    expect((await firstOf(outside, client, evaluate)).data).toEqual({ evaluate: { value: true } });
    const evaluations =
      'subscription { evaluations(flagKeys: ["welcome"], context: { targetingKey: "user-1" }) { snapshot } }';
    expect((await firstOf(outside, client, evaluations)).data).toEqual({ evaluations: { snapshot: true } });
    for (const path of ["/ofrep/v1/evaluate/flags/welcome", "/ofrep/v1/evaluate/flags"]) {
      const response = await fetch(server.url + path, {
        method: "POST",
        headers: { "content-type": "application/json", "x-api-key": client, ...outside },
        body: '{"context":{"targetingKey":"user-1"}}',
      });
      expect(response.status).toBe(200);
    }
  });

  it("what evaluating applications track is taken, and what others send is not", async () => {
    const event = `{ id: "event-1", metric: "sales", unit: "user-1", at: "${new Date(Date.now()).toISOString()}" }`;
    const track = `mutation { track(input: { events: [${event}] }) { accepted } }`;
    expect(await ask(outside, server.key("CLIENT", "development"), track)).toEqual({
      data: { track: { accepted: 1 } },
    });
    expect((await ask(outside, server.key("MANAGEMENT"), track)).errors).toMatchObject([
      { extensions: { code: "FORBIDDEN" } },
    ]);
  });

  it("a SERVER key gets the ruleset, and nobody else does", async () => {
    const key = server.key("SERVER", "development");
    expect((await ask(outside, key, "{ ruleset { project } }")).data).toEqual({
      ruleset: { project: "default" },
    });
    const subscription = "subscription { ruleset { snapshot } }";
    expect((await firstOf(outside, key, subscription)).data).toEqual({ ruleset: { snapshot: true } });
    const client = server.key("CLIENT", "development");
    expect((await ask(outside, client, "{ ruleset { project } }")).errors).toMatchObject([told]);
    expect((await firstOf(outside, client, subscription)).errors).toMatchObject([told]);
  });

  it("what is refused is refused beside what is not", async () => {
    const { data, errors } = await ask(
      outside,
      server.key("MANAGEMENT"),
      '{ evaluate(flagKey: "welcome", environment: "development", context: {}) { value } flag(key: "welcome") { key } }',
    );
    expect(data).toEqual({ evaluate: { value: true }, flag: null });
    expect(errors).toMatchObject([{ ...told, path: ["flag"] }]);
  });

  it.each([getIntrospectionQuery(), '{ __type(name: "Query") { name } }'])(
    "the schema is not shown",
    async (query) => {
      const key = server.key("MANAGEMENT");
      expect((await ask(outside, key, query)).errors).toMatchObject([told]);
      expect((await firstOf(outside, key, query)).errors).toMatchObject([told]);
      expect((await ask(inside, key, query)).errors).toBeUndefined();
    },
  );

  it.each([
    ["/graphql", { accept: "text/html" }],
    ["/metrics", {}],
  ])("%s is closed", async (path, headers) => {
    const refused = await fetch(server.url + path, { headers: { ...headers, ...outside } });
    expect(refused.status).toBe(403);
    expect(await refused.json()).toMatchObject({ errors: [told] });
    const head = await fetch(server.url + path, { method: "HEAD", headers: { ...headers, ...outside } });
    expect(head.ok).toBe(false);
    const shown = await fetch(server.url + path, { headers: { ...headers, ...inside } });
    expect(shown.status).toBe(200);
  });

  it.each(["/livez", "/readyz", "/health"])("%s is open", async (path) => {
    expect((await fetch(server.url + path, { headers: outside })).status).toBe(200);
  });
});

describe("from inside", () => {
  it("everything is as ever", async () => {
    const key = server.key("MANAGEMENT");
    expect((await ask(inside, key, '{ flag(key: "welcome") { key } }')).data).toEqual({
      flag: { key: "welcome" },
    });
    expect((await firstOf(inside, key, '{ flag(key: "welcome") { key } }')).data).toEqual({
      flag: { key: "welcome" },
    });
    const login =
      'mutation { login(input: { email: "nobody@example.com", password: "wrong password" }) { accessToken } }';
    expect((await ask(inside, null, login)).errors).toMatchObject([
      { extensions: { code: "UNAUTHENTICATED" } },
    ]);
  });
});

describe("behind a proxy that nobody declared", () => {
  let undeclared: TestServer;
  beforeAll(async () => {
    undeclared = await startServer("pglite", { IP_ALLOWLIST: "127.0.0.1" });
  });
  afterAll(async () => undeclared.close());

  const forwarded: [string, Record<string, string>][] = [
    ["X-Forwarded-For", { "x-forwarded-for": "127.0.0.1" }],
    ["Forwarded", { forwarded: "for=127.0.0.1" }],
  ];

  async function status(path: string, init: RequestInit = {}): Promise<number> {
    const response = await fetch(undeclared.url + path, init);
    await response.arrayBuffer();
    return response.status;
  }

  it.each(forwarded)("nobody comes in by %s, not even to evaluate", async (_name, headers) => {
    const key = undeclared.key("CLIENT", "development");
    const json = { "content-type": "application/json", "x-api-key": key };
    const query = { method: "POST", headers: { ...json, ...headers }, body: '{"query":"{ __typename }"}' };
    const context = { ...query, body: '{"context":{"targetingKey":"user-1"}}' };
    expect(await status("/graphql", query)).toBe(403);
    expect(await status("/graphql", { headers: { accept: "text/html", ...headers } })).toBe(403);
    expect(await status("/ofrep/v1/evaluate/flags/welcome", context)).toBe(403);
    expect(await status("/metrics", { headers })).toBe(403);
    expect(await status("/nowhere", { headers })).toBe(403);
    for (const path of ["/livez", "/readyz", "/health"]) expect(await status(path, { headers })).toBe(200);
    expect(await status("/graphql", { ...query, headers: json })).toBe(200);
  });

  it("OFREP says so in its own words", async () => {
    const response = await fetch(`${undeclared.url}/ofrep/v1/evaluate/flags/welcome`, {
      method: "POST",
      headers: { "content-type": "application/json", "x-forwarded-for": "1.1.1.1" },
      body: "{}",
    });
    expect(await response.json()).toMatchObject({ key: "welcome", errorCode: "GENERAL" });
  });

  it.each(forwarded)("no WebSocket is opened by %s", async (_name, headers) => {
    expect(await upgradeStatus(undeclared.url, headers)).toBe(403);
    expect(await upgradeStatus(undeclared.url, {})).toBe(101);
  });
});
