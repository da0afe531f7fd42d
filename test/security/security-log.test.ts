/** What the security log shows of what happened at the doors, and what it must never show. */
import { randomUUID } from "node:crypto";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { liveClient, subscribe, SubscriptionEnded } from "../support/live.js";
import { startServer, type TestServer } from "../support/server.js";

let server: TestServer;
beforeAll(async () => {
  server = await startServer();
});
afterAll(async () => server.close());

interface Event {
  readonly kind: string;
  readonly at: string;
  readonly actor: { readonly kind: string; readonly name: string } | null;
  readonly subject: string | null;
  readonly ip: string | null;
  readonly userAgent: string | null;
  readonly requestId: string;
  readonly detail: Readonly<Record<string, unknown>> | null;
  readonly occurrences: number;
}

async function events(filter: Readonly<Record<string, unknown>> = {}): Promise<Event[]> {
  const { data, errors } = await server.graphql<{ securityEvents: { nodes: Event[] } }>(
    `query ($filter: SecurityEventFilter) { securityEvents(filter: $filter, first: 100) { totalCount nodes {
      id kind at actor { kind id name } subject ip userAgent requestId detail occurrences } } }`,
    { filter },
  );
  expect(errors).toBeUndefined();
  return data?.securityEvents.nodes ?? [];
}

/** As a browser would, telling what it is. */
async function post(path: string, body: unknown, credential: string, userAgent: string): Promise<Response> {
  return fetch(server.url + path, {
    method: "POST",
    headers: {
      "content-type": "application/json",
      authorization: `Bearer ${credential}`,
      "user-agent": userAgent,
    },
    body: JSON.stringify(body),
  });
}

async function makeKey(name: string): Promise<{ id: string; secret: string }> {
  const { data } = await server.graphql<{ createApiKey: { apiKey: { id: string }; secret: string } }>(
    `mutation ($name: String!) {
      createApiKey(input: { name: $name, kind: SERVER, environment: "development" }) { apiKey { id } secret }
    }`,
    { name },
  );
  const { apiKey, secret } = data?.createApiKey ?? { apiKey: { id: "" }, secret: "" };
  return { id: apiKey.id, secret };
}

async function change(operation: "revokeApiKey" | "rotateApiKey", id: string): Promise<string> {
  const input = operation === "rotateApiKey" ? "RotateApiKeyInput" : "ApiKeyRefInput";
  const selection = operation === "rotateApiKey" ? "secret" : "id";
  const { data, errors } = await server.graphql<Record<string, { secret?: string }>>(
    `mutation ($input: ${input}!) { ${operation}(input: $input) { ${selection} } }`,
    { input: { id, ...(operation === "rotateApiKey" && { overlapSeconds: 0 }) } },
  );
  expect(errors).toBeUndefined();
  return data?.[operation]?.secret ?? "";
}

describe("a refused attempt", () => {
  it("over HTTP is there at once, with who, whence and which request", async () => {
    const agent = `agent-${randomUUID()}`;
    const response = await post(
      "/graphql",
      { query: "{ flags { totalCount } }" },
      server.key("CLIENT", "staging"),
      agent,
    );
    const { errors } = (await response.json()) as { errors: { extensions: { requestId: string } }[] };
    const found = (await events({ kinds: ["FORBIDDEN"] })).filter(({ userAgent }) => userAgent === agent);
    expect(found).toEqual([
      {
        id: expect.any(String),
        kind: "FORBIDDEN",
        at: expect.stringMatching(/^\d{4}-\d\d-\d\dT.*Z$/),
        actor: { kind: "API_KEY", id: expect.any(String), name: expect.stringContaining("staging") },
        subject: "flags",
        ip: "127.0.0.1",
        userAgent: agent,
        requestId: errors[0]?.extensions.requestId,
        detail: {
          code: "FORBIDDEN",
          message: "flag:read is not for CLIENT keys, but for MANAGEMENT keys and users.",
        },
        occurrences: 1,
      },
    ]);
  });

  it("over the WebSocket is there as well, of queries and of subscriptions", async () => {
    const client = liveClient(server.url, server.key("CLIENT", "production"));
    await subscribe(client, "{ ruleset { revision } }").next();
    await subscribe(client, "subscription { flagChanges { revision } }")
      .next()
      .catch((error: unknown) => expect(error).toBeInstanceOf(SubscriptionEnded));
    await client.dispose();
    const refused = (await events({ kinds: ["FORBIDDEN"] })).filter(({ actor }) =>
      actor?.name.includes("production"),
    );
    expect(refused.map(({ subject }) => subject)).toEqual(["flagChanges", "ruleset"]);
  });

  it("over OFREP is there as well, under the names of the operations", async () => {
    const place = 'environment: "staging", requireContextProof';
    const demand = async (demanded: boolean): Promise<void> => {
      const { errors } = await server.graphql(
        `mutation { updateEnvironment(input: { ${place}: ${demanded} }) { key } }`,
      );
      expect(errors).toBeUndefined();
    };
    const agent = `agent-${randomUUID()}`;
    const body = { context: { targetingKey: "user-1" } };
    await server.graphql(
      'mutation { rotateContextProofSecret(input: { environment: "staging" }) { environment { key } } }',
    );
    await demand(true);
    for (const path of ["/ofrep/v1/evaluate/flags/welcome", "/ofrep/v1/evaluate/flags"]) {
      expect((await post(path, body, server.key("CLIENT", "staging"), agent)).status).toBe(403);
    }
    await demand(false);
    const refused = (await events({ kinds: ["FORBIDDEN"] })).filter(({ userAgent }) => userAgent === agent);
    expect(refused.map(({ subject }) => subject)).toEqual(["evaluateAll", "evaluate"]);
  });

  it("that repeats itself is counted in one entry", async () => {
    const { secret } = await makeKey("repeats");
    for (let round = 0; round < 5; round += 1) {
      await server.graphql("{ a: flags { totalCount } b: flags { totalCount } }", {}, secret);
    }
    const found = (await events({ subject: "flags" })).filter(({ actor }) => actor?.name === "repeats");
    expect(found.reduce((sum, { occurrences }) => sum + occurrences, 0)).toBe(10);
    expect(found.length).toBeLessThan(10);
  });

  it("of a stranger is not there: whoever is nobody is asked who they are, not refused", async () => {
    const before = (await events()).length;
    const { errors } = await server.graphql("{ flags { totalCount } }", {}, null);
    expect(errors?.[0]?.extensions.code).toBe("UNAUTHENTICATED");
    expect(await events()).toHaveLength(before);
  });
});

describe("API keys", () => {
  it("are there when they are made, rotated and revoked, with what people know them by and no more", async () => {
    const { id, secret } = await makeKey("audited");
    const second = await change("rotateApiKey", id);
    await change("revokeApiKey", id);
    const found = await events({ subject: "audited" });
    expect(found.map(({ kind }) => kind)).toEqual(["API_KEY_REVOKED", "API_KEY_ROTATED", "API_KEY_CREATED"]);
    expect(found[2]).toMatchObject({
      actor: { kind: "API_KEY" },
      ip: "127.0.0.1",
      detail: { apiKeyId: id, keyKind: "SERVER", environment: "development", prefix: secret.slice(0, 27) },
    });
    for (const each of [secret, second]) expect(JSON.stringify(found)).not.toContain(each.slice(27));
  });

  it("are there when somebody uses them after they were revoked: once a minute, whatever the door", async () => {
    const { id, secret } = await makeKey("revoked");
    await change("revokeApiKey", id);
    const evaluate = '{ evaluate(flagKey: "welcome", context: {}) { value } }';
    await server.graphql(evaluate, {}, secret);
    expect((await post("/ofrep/v1/evaluate/flags/welcome", { context: {} }, secret, "sdk")).status).toBe(401);
    const client = liveClient(server.url, secret);
    await subscribe(client, evaluate)
      .next()
      .catch(() => undefined);
    await client.dispose();
    const found = await events({ kinds: ["REVOKED_KEY_USED"], subject: "revoked" });
    expect(found).toMatchObject([
      { actor: null, ip: "127.0.0.1", detail: { apiKeyId: id, secret: "REVOKED" } },
    ]);
  });

  it("are there when somebody uses a secret that was replaced", async () => {
    const { id, secret } = await makeKey("replaced");
    await change("rotateApiKey", id);
    await post("/ofrep/v1/evaluate/flags", { context: {} }, secret, "sdk");
    const found = await events({ kinds: ["REVOKED_KEY_USED"], subject: "replaced" });
    expect(found).toMatchObject([{ userAgent: "sdk", detail: { apiKeyId: id, secret: "REPLACED" } }]);
  });
});

describe("the query", () => {
  it("names the mistakes of its filter", async () => {
    const { errors } = await server.graphql(
      '{ securityEvents(filter: { since: "yesterday", ip: "\\u0000" }) { totalCount } }',
    );
    expect(errors?.[0]?.extensions).toMatchObject({
      code: "BAD_USER_INPUT",
      fields: [{ path: "filter.ip" }, { path: "filter.since" }],
    });
  });

  it("is for ADMINs of the whole server", async () => {
    const made = await server.graphql<{ createApiKey: { secret: string } }>(
      'mutation { createApiKey(input: { name: "m", kind: MANAGEMENT, role: MANAGER }) { secret } }',
    );
    const { errors } = await server.graphql(
      "{ securityEvents { totalCount } }",
      {},
      made.data?.createApiKey.secret ?? "",
    );
    expect(errors?.[0]?.extensions.code).toBe("FORBIDDEN");
    expect((await events({ subject: "securityEvents" })).map(({ actor }) => actor?.name)).toEqual(["m"]);
  });
});
