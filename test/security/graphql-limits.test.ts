/** What one GraphQL operation may ask for, at the real doors: every case is sent over HTTP and over the WebSocket, and told the same. */
import { performance } from "node:perf_hooks";
import { getIntrospectionQuery } from "graphql";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { askHttp, askWebSocket, codesOf, type DoorAnswer, type Sent } from "../support/both-doors.js";
import { startServer, type TestServer } from "../support/server.js";

let server: TestServer;
beforeAll(async () => {
  server = await startServer();
});
afterAll(async () => server.close());

const times = (count: number, text: (index: number) => string): string =>
  Array.from({ length: count }, (_, index) => text(index)).join(" ");

/** Each fragment spreads the next one twice: 2^count of the last. */
const bomb = (count: number): string =>
  `{ me { ...f0 } } ${times(count, (at) => `fragment f${at} on User { ...f${at + 1} ...f${at + 1} }`)}
   fragment f${count} on User { email }`;
/** Through the project back to the environments, and again: each time as often as there are environments. */
const ring = (rounds: number): string =>
  `{ flags { nodes { ${"environments { flag { ".repeat(rounds)} key ${"} }".repeat(rounds)} } } }`;

/** From a flag to itself, two levels below. */
const round = 'environment(key: "development") { flag { ';

interface Case {
  readonly title: string;
  readonly query: string;
  /** One code, whichever the door; none: it is answered. */
  readonly code?: string;
  readonly message?: RegExp;
}

const limit = "LIMIT_EXCEEDED";
const invalid = "GRAPHQL_VALIDATION_FAILED";
const cases: readonly Case[] = [
  { title: "1000 tokens", query: `{ me { ${"email ".repeat(500)} } } # ${"a".repeat(9_000)}` },
  {
    title: "1001 tokens",
    query: `{ me { ${"email ".repeat(1_000)} } }`,
    code: limit,
    message: /at most 1000 tokens, got more than 1000\..*GRAPHQL_MAX_TOKENS/,
  },
  { title: "10 levels", query: `{ flag(key: "a") { ${round.repeat(4)} key ${"} }".repeat(4)} } }` },
  {
    title: "11 levels, one of them in a fragment",
    query: `{ flag(key: "a") { ${round.repeat(4)} ...f ${"} }".repeat(4)} } }
      fragment f on Flag { ... on Flag { project { key } } }`,
    code: limit,
    message: /at most 10 levels of selections, got 11\..*GRAPHQL_MAX_DEPTH/,
  },
  { title: "the standard introspection query", query: getIntrospectionQuery() },
  {
    title: "21 levels under __schema",
    query: `{ __schema { types ${"{ ofType ".repeat(18)} { name } ${"}".repeat(18)} } }`,
    code: limit,
    message: /at most 20 levels of selections under __schema or __type, got 21\.$/,
  },
  { title: "30 aliases", query: `{ me { ${times(30, (at) => `a${at}: email`)} } }` },
  {
    title: "31 aliases, in a fragment",
    query: `{ me { ...many } } fragment many on User { ${times(31, (at) => `a${at}: email`)} }`,
    code: limit,
    message: /at most 30 aliases, got 31\..*GRAPHQL_MAX_ALIASES/,
  },
  { title: "10 fields at the root", query: `{ ${times(10, (at) => `a${at}: me { email }`)} }` },
  {
    title: "11 fields at the root, spread",
    query: `{ ${times(10, (at) => `a${at}: me { email }`)} ...one } fragment one on Query { me { email } }`,
    code: limit,
    message: /at most 10 fields at the root, got 11\..*GRAPHQL_MAX_ROOT_FIELDS/,
  },
  { title: "20 directives", query: `{ me { ${times(20, () => `email @include(if: true)`)} } }` },
  {
    title: "21 directives",
    query: `query @skip(if: true) { me { ${times(20, () => "email @include(if: true)")} } }`,
    code: limit,
    message: /at most 20 directives, got 21\..*GRAPHQL_MAX_DIRECTIVES/,
  },
  {
    title: "a list in itself, twice",
    query: ring(3),
    code: limit,
    message: /at most 10000 points of cost .*GRAPHQL_MAX_COST/,
  },
  { title: "a bomb of fragments", query: bomb(60), code: limit, message: /got more than 1000000\./ },
  {
    title: "fragments in a circle",
    query: "{ me { ...a } } fragment a on User { ...b } fragment b on User { ...a }",
    code: invalid,
  },
  {
    title: "a fragment in itself",
    query: "{ me { ...a } } fragment a on User { ...a email }",
    code: invalid,
  },
  {
    title: "the same field beyond what can be compared",
    query: `{ me { ${"email ".repeat(990)} } }`,
    code: invalid,
  },
  {
    title: "a value without bottom",
    query: `{ evaluate(flagKey: "a", context: {}, defaultValue: ${"[".repeat(200)}${"]".repeat(200)}) { key } }`,
    code: invalid,
  },
  { title: "a page of 101", query: "{ flags(first: 101) { totalCount } }", code: "BAD_USER_INPUT" },
  { title: "text that is none", query: "{ me {", code: "GRAPHQL_PARSE_FAILED" },
  { title: "no text", query: " ", code: "GRAPHQL_PARSE_FAILED" },
];

/** Both answers, HTTP's first. */
async function ask(sent: Sent, credential: string | null = server.key("MANAGEMENT")) {
  return [
    await askHttp(server.url, sent, credential),
    await askWebSocket(server.url, sent, credential),
  ] as const;
}

/** What a client can tell apart, without what differs from request to request. */
function told(answer: DoorAnswer): unknown {
  return answer.errors?.map(({ message, extensions }) => ({ message, ...extensions, requestId: null }));
}

describe("an operation", () => {
  it.each(cases)("with $title: $code", async ({ query, code, message }) => {
    const [http, socket] = await ask({ query });
    expect(told(socket)).toEqual(told(http));
    if (code === undefined) {
      expect(http.errors).toBeUndefined();
      return;
    }
    expect(new Set(codesOf(http))).toEqual(new Set([code]));
    expect(http.status).toBe(code === "BAD_USER_INPUT" ? 200 : 400);
    if (message !== undefined) expect(http.errors?.[0]?.message).toMatch(message);
  });

  it("with 6 mutations is refused before the first is made; 5 are made", async () => {
    const create = (count: number): string =>
      `mutation { ${times(count, (at) => `m${at}: createSegment(input: { key: "s${count}-${at}" }) { key }`)} }`;
    const refused = await askHttp(server.url, { query: create(6) }, server.key("MANAGEMENT"));
    expect(codesOf(refused)).toEqual([limit]);
    expect(refused.errors?.[0]?.message).toMatch(/at most 5 mutations, got 6\..*GRAPHQL_MAX_MUTATIONS/);
    const made = await askHttp(server.url, { query: create(5) }, server.key("MANAGEMENT"));
    expect(made.errors).toBeUndefined();
    const { data } = await server.graphql("{ segments { totalCount } }");
    expect(data).toEqual({ segments: { totalCount: 5 } });
  });

  it("costs what its variables make it cost", async () => {
    const query = `query ($n: Int, $m: Int = 50) {
      flags(first: $n) { nodes { history(first: $m) { nodes { id } } } } }`;
    for (const [variables, codes] of [
      [{ n: 100, m: 100 }, [limit]],
      [{ n: 100 }, [limit]],
      [{ n: 40, m: 100 }, []],
      [{ n: 100, m: 5 }, []],
      [{}, []],
    ] as const) {
      for (const answer of await ask({ query, variables })) expect(codesOf(answer)).toEqual(codes);
    }
  });

  it("that is refused is refused to strangers alike, and takes no time to speak of", async () => {
    for (const { title, query } of cases.filter(({ code }) => code !== undefined)) {
      const took = [];
      for (let attempt = 0; attempt < 3; attempt += 1) {
        const start = performance.now();
        await askHttp(server.url, { query }, null);
        took.push(performance.now() - start);
      }
      expect(Math.min(...took), title).toBeLessThan(200);
    }
  });

  it("needs a name where there are several", async () => {
    const query = "query a { me { email } } query b { me { email } }";
    for (const answer of await ask({ query })) expect(codesOf(answer)).toEqual(["BAD_REQUEST"]);
    for (const answer of await ask({ query, operationName: "c" }))
      expect(codesOf(answer)).toEqual(["BAD_REQUEST"]);
    for (const answer of await ask({ query, operationName: "b" })) expect(codesOf(answer)).toEqual([]);
  });
});

describe("variables", () => {
  const query =
    'query ($c: EvaluationContext!) { evaluate(flagKey: "welcome", environment: "development", context: $c) { reason } }';
  const nested = (levels: number): string =>
    `{ "c": { "attributes": ${'{"a":'.repeat(levels)}1${"}".repeat(levels)} } }`;

  it.each<[string, NonNullable<Sent["variables"]>, string]>([
    ["none", {}, "c"],
    ["null", { c: null }, "c"],
    ["a text", { c: "context" }, "c"],
    ["a list of two", { c: [{}, {}] }, "c"],
    ["a member that does not exist", { c: { targetingkey: "x" } }, "c"],
    ["a member called __proto__", '{ "c": { "__proto__": { "targetingKey": "x" } } }', "c"],
    ["a member called constructor", { c: { constructor: 1 } }, "c"],
    ["a number beyond all numbers", '{ "c": { "targetingKey": 1e999 } }', "c.targetingKey"],
    ["60 KiB without bottom", nested(10_000), "c"],
    ["130 levels", nested(130), "c"],
    ["6 levels", nested(6), "context.attributes"],
    ["an attribute beyond all numbers", '{ "c": { "attributes": { "x": -1e999 } } }', "context.attributes.x"],
    ["a NUL", { c: { attributes: { x: "a\u0000" } } }, "context.attributes.x"],
    ["half a surrogate", { c: { attributes: { x: "\ud800" } } }, "context.attributes.x"],
    ["a targeting key of 60 KiB", { c: { targetingKey: "x".repeat(60_000) } }, "context.targetingKey"],
    [
      "6 000 attributes",
      { c: { attributes: Object.fromEntries(Array.from({ length: 6_000 }, (_, at) => [`a${at}`, 1])) } },
      "context.attributes",
    ],
  ])("with %s are BAD_USER_INPUT at both doors", async (_title, variables, path) => {
    const [http, socket] = await ask({ query, variables });
    expect(told(socket)).toEqual(told(http));
    expect(codesOf(http)).toEqual(["BAD_USER_INPUT"]);
    const fields = http.errors?.[0]?.extensions["fields"] as { path: string }[] | undefined;
    expect(fields?.[0]?.path).toContain(path);
    expect(JSON.stringify(http).length).toBeLessThan(2_000);
  });

  it("of 256 KiB are told what is wrong in few words", async () => {
    const huge = { c: Object.fromEntries(Array.from({ length: 20_000 }, (_, at) => [`unknown${at}`, at])) };
    const start = performance.now();
    const http = await askHttp(server.url, { query, variables: huge }, server.key("MANAGEMENT"));
    expect(performance.now() - start).toBeLessThan(1_000);
    expect(codesOf(http)).toEqual(["BAD_USER_INPUT"]);
    expect(http.errors?.[0]?.extensions["fields"]).toHaveLength(20);
    const text = { c: { targetingKey: ["got invalid value ".repeat(13_000)] } };
    const told = await askHttp(server.url, { query, variables: text }, server.key("MANAGEMENT"));
    expect(codesOf(told)).toEqual(["BAD_USER_INPUT"]);
    expect(JSON.stringify(told).length).toBeLessThan(3_000);
  });

  it("that only running finds wrong are BAD_USER_INPUT, too", async () => {
    const late = { query: 'query ($k: String = "a") { flag(key: $k) { key } }', variables: { k: null } };
    const when = {
      query: "query ($b: Boolean = true) { me @include(if: $b) { email } }",
      variables: { b: null },
    };
    for (const sent of [late, when]) {
      for (const answer of await ask(sent)) expect(codesOf(answer)).toEqual(["BAD_USER_INPUT"]);
    }
  });
});

it("stays alive and ready through all of it", async () => {
  expect((await fetch(`${server.url}/readyz`)).status).toBe(200);
});
