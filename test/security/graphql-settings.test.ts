/** Every limit of GraphQL is a setting, and what is set holds at both doors. */
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { askHttp, askWebSocket, codesOf } from "../support/both-doors.js";
import { startServer, type TestServer } from "../support/server.js";

const me = (count: number, selection = "{ email }"): string =>
  Array.from({ length: count }, (_, at) => `a${at}: me ${selection}`).join(" ");
const include = "@include(if: true)";

/** Each just within its bound, and just beyond. */
const limits: readonly (readonly [setting: string, bound: number, within: string, beyond: string])[] = [
  ["GRAPHQL_MAX_TOKENS", 60, `{ me { ${"email ".repeat(54)} } }`, `{ me { ${"email ".repeat(60)} } }`],
  [
    "GRAPHQL_MAX_DEPTH",
    4,
    "{ flags(first: 1) { nodes { project { key } } } }",
    "{ flags(first: 1) { nodes { project { environments { key } } } } }",
  ],
  [
    "GRAPHQL_MAX_ALIASES",
    3,
    `{ me { ${"xyz".replace(/./g, "$&: email ")} } }`,
    `{ me { ${"wxyz".replace(/./g, "$&: email ")} } }`,
  ],
  ["GRAPHQL_MAX_ROOT_FIELDS", 2, `{ ${me(2)} }`, `{ ${me(3)} }`],
  ["GRAPHQL_MAX_DIRECTIVES", 1, `{ me { email ${include} } }`, `{ me ${include} { email ${include} } }`],
  [
    "GRAPHQL_MAX_COST",
    100,
    "{ flags(first: 5) { nodes { key } } }",
    "{ flags(first: 50) { nodes { name key } } }",
  ],
];

let server: TestServer;
beforeAll(async () => {
  const settings = limits.map(([setting, bound]) => [setting, String(bound)] as const);
  server = await startServer("pglite", {
    ...Object.fromEntries(settings),
    ...{ GRAPHQL_MAX_MUTATIONS: "1", SANDBOX: "off" },
  });
});
afterAll(async () => server.close());

async function both(query: string) {
  const key = server.key("MANAGEMENT");
  return [await askHttp(server.url, { query }, key), await askWebSocket(server.url, { query }, key)];
}

describe("a limit that is set", () => {
  it.each(limits)("holds: %s=%i", async (setting, bound, within, beyond) => {
    for (const answer of await both(within)) expect(codesOf(answer)).toEqual([]);
    for (const answer of await both(beyond)) {
      expect(codesOf(answer)).toEqual(["LIMIT_EXCEEDED"]);
      expect(answer.errors?.[0]?.message).toContain(`at most ${bound} `);
      expect(answer.errors?.[0]?.message).toContain(setting);
    }
  });

  it.each([
    ["GRAPHQL_MAX_TOKENS", `evaluations(context: {}) { ${"revision ".repeat(60)} }`],
    ["GRAPHQL_MAX_DEPTH", "flagChanges { flag { project { environments { key } } } }"],
    ["GRAPHQL_MAX_ALIASES", `evaluations(context: {}) { ${"wxyz".replace(/./g, "$&: revision ")} }`],
    ["GRAPHQL_MAX_DIRECTIVES", `evaluations(context: {}) { revision ${include} snapshot ${include} }`],
  ])("holds for subscriptions: %s", async (setting, field) => {
    const key = server.key("SERVER", "development");
    const answer = await askWebSocket(server.url, { query: `subscription { ${field} }` }, key);
    expect(codesOf(answer)).toEqual(["LIMIT_EXCEEDED"]);
    expect(answer.errors?.[0]?.message).toContain(setting);
  });

  it("holds: GRAPHQL_MAX_MUTATIONS=1", async () => {
    const create = (key: string): string => `${key}: createSegment(input: { key: "${key}" }) { key }`;
    for (const answer of await both(`mutation { ${create("one")} ${create("two")} }`)) {
      expect(codesOf(answer)).toEqual(["LIMIT_EXCEEDED"]);
    }
    expect((await server.graphql(`mutation { ${create("one")} }`)).errors).toBeUndefined();
  });
});

it("SANDBOX=off leaves no page at /graphql", async () => {
  const response = await fetch(`${server.url}/graphql`, { headers: { accept: "text/html" } });
  expect(response.status).toBe(400);
  expect(response.headers.get("content-type")).toMatch(/^application\/json/);
  expect(await response.text()).not.toMatch(/sandbox/i);
});
