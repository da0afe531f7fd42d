/** The HTTP door of GraphQL, held to the GraphQL-over-HTTP specification and to what operators expect of errors. */
import { serverAudits } from "graphql-http";
import { afterAll, beforeAll, describe, expect, it, test } from "vitest";
import { openLog } from "../../../src/platform/log.js";
import { freshDatabase } from "../../support/databases.js";
import { startInstance } from "../../support/instance.js";
import { startServer, type TestServer } from "../../support/server.js";

let server: TestServer;
beforeAll(async () => {
  server = await startServer();
});
afterAll(async () => server.close());

async function post(body: string): Promise<Response> {
  const headers = { "content-type": "application/json" };
  return fetch(`${server.url}/graphql`, { method: "POST", headers, body });
}

describe("GraphQL over HTTP", () => {
  const audits = serverAudits({ url: () => `${server.url}/graphql`, fetchFn: fetch });
  test.each(audits.map((audit) => [audit.name, audit] as const))("%s", async (_name, audit) => {
    const result = await audit.fn();
    if (result.status === "ok" || !audit.name.startsWith("MUST")) return;
    expect.fail(`${result.reason}: ${await result.response.text()}`);
  });
});

describe("an error", () => {
  it("carries its code and the request's id, which the answer's header repeats", async () => {
    const response = await fetch(`${server.url}/graphql`, {
      method: "POST",
      headers: { "content-type": "application/json" },
      body: JSON.stringify({ query: "{ flags { totalCount } }" }),
    });
    expect(response.status).toBe(200);
    const { errors } = (await response.json()) as { errors: { extensions: Record<string, unknown> }[] };
    expect(errors[0]?.extensions).toMatchObject({ code: "UNAUTHENTICATED", reason: "MISSING" });
    expect(errors[0]?.extensions["requestId"]).toBe(response.headers.get("x-request-id"));
  });

  it("that nobody expected is masked, and the log has both ids with its cause", async () => {
    const lines: string[] = [];
    const log = openLog({ logLevel: "error", logFormat: "json" }, { write: (line) => void lines.push(line) });
    const { app, graphql } = await startInstance({}, { log, database: await freshDatabase("pglite") });
    const spend = (): never => {
      throw new TypeError("a bug");
    };
    Object.assign(app.tools, { budgets: { spend } });
    const { errors } = await graphql("{ flags { totalCount } }", {}, null);
    await app.close();
    const [error] = errors ?? [];
    const { errorId, requestId } = { ...error?.extensions };
    expect(error?.extensions.code).toBe("INTERNAL_SERVER_ERROR");
    expect([errorId, requestId]).toEqual([expect.any(String), expect.any(String)]);
    expect(lines.map((line) => JSON.parse(line) as unknown)).toMatchObject([
      { errorId, requestId, path: "flags", err: { message: "a bug" } },
    ]);
  });

  it("names the path of a variable that has the wrong type, and what was got", async () => {
    const { errors } = await server.graphql(
      "mutation ($input: SetRolloutInput!) { setRollout(input: $input) { version } }",
      { input: { flagKey: "welcome", environment: "development", percent: "half" } },
    );
    expect(errors?.[0]?.extensions).toMatchObject({
      code: "BAD_USER_INPUT",
      fields: [{ path: "input.percent", message: expect.stringContaining('"half"') as string }],
    });
  });

  it.each([
    ["text that is no GraphQL", "{ flags {", "GRAPHQL_PARSE_FAILED"],
    ["a field that does not exist", "{ flagz }", "GRAPHQL_VALIDATION_FAILED"],
  ])("of %s says so", async (_what, query, code) => {
    const { errors } = await server.graphql(query);
    expect(errors?.[0]?.extensions).toMatchObject({ code, requestId: expect.any(String) as string });
  });

  it.each([
    ["a subscription, which HTTP cannot carry", { query: "subscription { flagChanges { kind } }" }],
    ["a batch", [{ query: "{ me { email } }" }]],
    ["a query that is no text", { query: 5 }],
  ])("of %s is a 400 with the request's id", async (_what, body) => {
    const response = await post(JSON.stringify(body));
    expect(response.status).toBe(400);
    expect(await response.json()).toMatchObject({
      errors: [{ extensions: { code: "BAD_REQUEST", requestId: response.headers.get("x-request-id") } }],
    });
  });

  it.each([
    [
      "BAD_USER_INPUT",
      "query ($v: JSON) { evaluate(flagKey: 1, context: {}, defaultValue: $v) { value } }",
      5_000,
    ],
    ["BAD_USER_INPUT", "mutation ($v: CreateSegmentInput!) { createSegment(input: $v) { key } }", 5_000],
    ["GRAPHQL_VALIDATION_FAILED", "{ evaluate(flagKey: 1, context: {}, defaultValue: $v) { value } }", 400],
  ])("is %s for values without bottom in %s", async (code, text, levels) => {
    const value = `${"[".repeat(levels)}${"]".repeat(levels)}`;
    const query = text.replace("flagKey: 1", 'flagKey: "welcome"');
    const response = await (text.startsWith("{")
      ? post(JSON.stringify({ query: query.replace("$v", value) }))
      : post(`{"query":${JSON.stringify(query)},"variables":{"v":${value}}}`));
    expect(response.status).toBe(400);
    expect(await response.json()).toMatchObject({ errors: [{ extensions: { code } }] });
  });

  it("of a body that is no JSON is a 400 in the same shape", async () => {
    const response = await fetch(`${server.url}/graphql`, {
      method: "POST",
      headers: { "content-type": "application/json" },
      body: "{",
    });
    expect(response.status).toBe(400);
    expect(await response.json()).toMatchObject({ errors: [{ extensions: { code: "BAD_REQUEST" } }] });
  });
});

describe("GET", () => {
  it("serves Apollo Sandbox to a browser, without telemetry", async () => {
    const response = await fetch(`${server.url}/graphql`, { headers: { accept: "text/html" } });
    const page = await response.text();
    expect(page).toContain("embeddable-sandbox");
    expect(page).toContain('"runTelemetry":false');
    expect(page).toContain("Welcome to Halyard");
  });

  it("refuses mutations", async () => {
    const query = encodeURIComponent("mutation { logout }");
    const response = await fetch(`${server.url}/graphql?query=${query}`, {
      headers: { "apollo-require-preflight": "1" },
    });
    expect(response.status).toBe(405);
  });
});

it("gives a deleted flag as it was, its settings included", async () => {
  await server.graphql('mutation { createFlag(input: { key: "short-lived" }) { key } }');
  const { data } = await server.graphql(
    'mutation { deleteFlag(input: { flagKey: "short-lived" }) { key environments { enabled } } }',
  );
  expect(data).toEqual({
    deleteFlag: { key: "short-lived", environments: ["", "", ""].map(() => ({ enabled: false })) },
  });
});
