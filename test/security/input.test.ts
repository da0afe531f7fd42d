/** Bad input at every door: each bound of what may be sent, just within and just beyond, and what is told of it. */
import { performance } from "node:perf_hooks";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { askHttp, askWebSocket, type DoorAnswer } from "../support/both-doors.js";
import { startServer, type TestServer } from "../support/server.js";

let server: TestServer;
beforeAll(async () => {
  server = await startServer("pglite", { RATE_LIMIT_EVALUATION: "0", RATE_LIMIT_MANAGEMENT: "0" });
  await make('createSegment(input: { key: "staff" }) { key }');
  await make('createSegment(input: { key: "crew", when: { segment: "staff" } }) { key }');
  await make('createSegment(input: { key: "used" }) { key }');
  await make(
    'createFlag(input: { key: "base", variants: [{ key: "on", value: true }, { key: "off", value: false }] }) { key }',
  );
  await make(`createFlag(input: { key: "guarded", environments: [{ environment: "development", enabled: true,
    rules: [{ when: { any: [${[
      "admin",
      "toString",
      "constructor",
      "hasOwnProperty",
      "__proto__.admin",
      "prototype",
    ]
      .map((attribute) => `{ attribute: "${attribute}", operator: EXISTS }`)
      .join(", ")}] }, serve: { variant: "on" } }], fallthrough: { variant: "off" } }] }) { key }`);
  await make(`createFlag(input: { key: "user", environments: [{ environment: "development",
    prerequisites: [{ flagKey: "base", variants: ["on"] }],
    rules: [{ when: { segment: "used" }, serve: { variant: "on" } }] }] }) { key }`);
});
afterAll(async () => server.close());

async function make(mutation: string): Promise<void> {
  expect((await server.graphql(`mutation { ${mutation} }`)).errors).toBeUndefined();
}

/** What a door said of a context: the flag's value, or why not. */
interface Told {
  readonly value?: unknown;
  readonly refusal?: string;
}

const query =
  'query ($flag: String!, $context: EvaluationContext!) { evaluate(flagKey: $flag, environment: "development", context: $context) { value } }';

function toldBy({ data, errors }: DoorAnswer): Told {
  const [error] = errors ?? [];
  if (error !== undefined) return { refusal: `${error.extensions.code} ${error.message}` };
  return { value: (data as { evaluate: { value: unknown } }).evaluate.value };
}

type Ask = (context: string, flag?: string) => Promise<Told>;

/** `context` is JSON as text, sent as it stands. */
const doors: readonly (readonly [name: string, ask: Ask])[] = [
  [
    "GraphQL over HTTP",
    async (context, flag) => toldBy(await askHttp(server.url, asking(context, flag), key())),
  ],
  [
    "GraphQL over WebSocket",
    async (context, flag) => toldBy(await askWebSocket(server.url, asking(context, flag), key())),
  ],
  ["a subscription", askLive],
  ["OFREP", askOfrep],
];

function asking(context: string, flag = "guarded"): { readonly query: string; readonly variables: string } {
  return { query, variables: `{"flag":"${flag}","context":${context}}` };
}

function key(): string {
  return server.key("SERVER", "development");
}

async function askLive(context: string, flag?: string): Promise<Told> {
  return toldBy(await firstLive(context, flag));
}

async function firstLive(context: string, flag?: string): Promise<DoorAnswer> {
  const live = query
    .replace("query", "subscription")
    .replace("evaluate(flagKey: $flag", "evaluations(flagKeys: [$flag]")
    .replace("{ value }", "{ evaluations { value } }");
  const { data, errors } = await askWebSocket(server.url, { ...asking(context, flag), query: live }, key());
  const update = data as { evaluations: { evaluations: readonly unknown[] } } | undefined;
  return { errors, data: { evaluate: update?.evaluations.evaluations[0] } };
}

/** OFREP's context is flat: what GraphQL has in `attributes` stands beside the targeting key. */
async function askOfrep(context: string, flag = "guarded"): Promise<Told> {
  const flat = context.replace(/"attributes":\{(.*)\}\}$/s, "$1}").replace(/,\}$/, "}");
  const response = await fetch(`${server.url}/ofrep/v1/evaluate/flags/${flag}`, {
    method: "POST",
    headers: { "content-type": "application/json", authorization: `Bearer ${key()}` },
    body: `{"context":${flat}}`,
  });
  const body = (await response.json()) as { value?: unknown; errorCode?: string; errorDetails?: string };
  if (response.status === 200) return { value: body.value };
  expect([response.status, body.errorCode]).toEqual([400, "INVALID_CONTEXT"]);
  return { refusal: `BAD_USER_INPUT ${body.errorDetails}` };
}

const withAttributes = (members: string): string => `{"targetingKey":"user-1","attributes":{${members}}}`;
const many = (count: number): string =>
  Array.from({ length: count }, (_, index) => `"k${index}":1`).join(",");
/** `levels` objects, the attributes being the first. */
const deep = (levels: number): string => `${'"a":{'.repeat(levels - 1)}"a":1${"}".repeat(levels - 1)}`;

describe.each(doors)("a context by %s", (_door, ask) => {
  it.each([
    ["256 names", withAttributes(many(256))],
    ["1 000 entries of lists", withAttributes(`"a":[${"1,".repeat(499)}1],"b":{"c":[${"1,".repeat(499)}1]}`)],
    ["5 levels", withAttributes(deep(5))],
    ["a targeting key of 512 characters", `{"targetingKey":"${"x".repeat(512)}","attributes":{}}`],
    ["whole characters beyond the first plane", withAttributes('"a":"\\ud83d\\ude00"')],
    ["the largest number", withAttributes('"a":1.7976931348623157e308')],
  ])("may have %s", async (_what, context) => {
    expect(await ask(context)).toEqual({ value: false });
  });

  it("may have a text of 4 096 bytes, but not where it would be kept as long as somebody listens", async () => {
    const told = await ask(withAttributes(`"a":"${"é".repeat(2_048)}"`));
    if (ask !== askLive) return expect(told).toEqual({ value: false });
    expect(told.refusal).toBe(
      "LIMIT_EXCEEDED The context of a subscription is at most 4096 bytes of JSON, got 4143.",
    );
  });

  it.each([
    ["257 names", withAttributes(many(257)), "context.attributes: must have at most 256 names in all."],
    [
      "1 001 entries of lists",
      withAttributes(`"a":[${"1,".repeat(499)}1],"b":{"c":[${"1,".repeat(500)}1]}`),
      "context.attributes.b.c: must not bring the entries of all lists to more than 1000.",
    ],
    ["6 levels", withAttributes(deep(6)), "must not nest deeper than 5 levels"],
    [
      "a text of 4 097 bytes",
      withAttributes(`"a":"${"é".repeat(2_048)}x"`),
      "must not hold strings longer than 4096 bytes",
    ],
    [
      "a name of 4 097 bytes",
      withAttributes(`"${"x".repeat(4_097)}":1`),
      "must not hold strings longer than 4096 bytes",
    ],
    [
      "a targeting key of 513 characters",
      `{"targetingKey":"${"x".repeat(513)}","attributes":{}}`,
      "context.targetingKey: must be at most 512",
    ],
    ["a number that is not finite", withAttributes('"a":1e999'), "context.attributes.a: must be finite"],
    [
      "a NUL",
      withAttributes('"a":"\\u0000"'),
      "context.attributes.a: must be well-formed Unicode without NUL",
    ],
    ["a NUL in a name", withAttributes('"\\u0000":1'), "must be well-formed Unicode without NUL"],
    [
      "a NUL in the targeting key",
      '{"targetingKey":"\\u0000","attributes":{}}',
      "context.targetingKey: must be well-formed",
    ],
    [
      "half a character",
      withAttributes('"a":["\\ud83d"]'),
      "context.attributes.a[0]: must be well-formed Unicode",
    ],
  ])("may not have %s", async (_what, context, message) => {
    const { refusal } = await ask(context);
    expect(refusal).toMatch(/^BAD_USER_INPUT context\./);
    expect(refusal).toContain(message);
  });

  it("has nothing that it was not given, whatever objects have in this language", async () => {
    expect(await ask(withAttributes(""))).toEqual({ value: false });
    expect(await ask(withAttributes('"__proto__":{"admin":true}'))).not.toHaveProperty("refusal");
    expect(await ask('{"targetingKey":"user-1","attributes":{"x":{"__proto__":{"admin":true}}}}')).toEqual({
      value: false,
    });
    expect(Reflect.get({}, "admin")).toBeUndefined();
  });

  it.each(["admin", "toString", "constructor", "hasOwnProperty", "prototype"])(
    "may have an attribute called %s, which is one like any other",
    async (name) => {
      expect(await ask(withAttributes(`"${name}":"x"`))).toEqual({ value: true });
    },
  );
});

/** Patterns that keep an engine of the backtracking kind busy for longer than anybody waits. */
const endless = [
  "(a+)+$",
  "^(a|a)*$",
  "^([a-zA-Z]+)*$",
  "(a|aa)+$",
  "(.*a){20}$",
  "^(([a-z])+.)+[A-Z]([a-z])+$",
];

it.each(endless)("the regular expression %s is no way to stop the server", async (pattern) => {
  const rule = {
    id: "slow",
    when: { attribute: "text", operator: "MATCHES", values: [pattern] },
    serve: { variant: "on" },
  };
  const { errors } = await server.graphql(
    "mutation ($input: UpdateFlagEnvironmentInput!) { updateFlagEnvironment(input: $input) { version } }",
    { input: { flagKey: "welcome", environment: "development", enabled: true, rules: [rule] } },
  );
  expect(errors).toBeUndefined();
  const context = withAttributes(`"text":"${"a".repeat(4_000)}!"`);
  const started = performance.now();
  for (const [, ask] of doors) expect(await ask(context, "welcome")).toHaveProperty("value");
  expect(performance.now() - started).toBeLessThan(2_000); // of the other kind, not one would come back
});

interface Refusal {
  readonly operation: string;
  readonly input: Record<string, unknown>;
  readonly told: string;
}

async function refusalOf({ operation, input }: Omit<Refusal, "told">): Promise<string> {
  const type = `${operation[0]?.toUpperCase()}${operation.slice(1)}Input`.replace(
    /^(Delete|Archive)(Flag|Segment)Input/,
    "$2RefInput",
  );
  const { errors } = await server.graphql(
    `mutation ($input: ${type}!) { ${operation}(input: $input) { __typename } }`,
    { input },
  );
  return errors === undefined ? "accepted" : `${errors[0]?.extensions.code} ${errors[0]?.message}`;
}

describe("a key", () => {
  const flag = (name: string): Omit<Refusal, "told"> => ({ operation: "createFlag", input: { key: name } });

  it.each(["a", "0", "a-b_c", "x".repeat(128)])("may be %s", async (name) => {
    expect(await refusalOf(flag(name))).toBe("accepted");
  });

  it.each(["", "-a", ".a", "a b", "ä", "a/b", "a\0", "x".repeat(129)])("may not be %j", async (name) => {
    expect(await refusalOf(flag(name))).toMatch(/^BAD_USER_INPUT input\.key: must be 1 to 128 letters/);
  });

  it("is the same in whatever case", async () => {
    await make('createProject(input: { key: "loose", flagKeyPattern: "." }) { key }');
    expect(await refusalOf({ operation: "createFlag", input: { key: "Twice", project: "loose" } })).toBe(
      "accepted",
    );
    expect(await refusalOf({ operation: "createFlag", input: { key: "tWICE", project: "loose" } })).toMatch(
      /^ALREADY_EXISTS/,
    );
  });

  it("may have letters of both cases and dots where the project lets it", async () => {
    await make('createProject(input: { key: "dotted", flagKeyPattern: "." }) { key }');
    expect(
      await refusalOf({ operation: "createFlag", input: { key: "New.Checkout_2-b", project: "dotted" } }),
    ).toBe("accepted");
    for (const key of [".a", "_a", "a b", "a/b"]) {
      expect(await refusalOf({ operation: "createFlag", input: { key, project: "dotted" } })).toMatch(
        /^BAD_USER_INPUT input\.key: must be 1 to 128 letters/,
      );
    }
  });

  it("matches the project's pattern", async () => {
    expect(await refusalOf(flag("Upper"))).toContain(
      "must match the project's pattern ^[a-z0-9][a-z0-9_-]*$",
    );
  });

  it.each(["createFlag", "createEnvironment", "createProject"])(
    "is no reserved word: %s",
    async (operation) => {
      for (const word of ["admin", "api", "health", "metrics", "graphql", "GraphQL"]) {
        expect(await refusalOf({ operation, input: { key: word } })).toMatch(
          /^BAD_USER_INPUT input\.key: is a reserved word/,
        );
      }
    },
  );
});

describe("a value", () => {
  const text = (length: number): Omit<Refusal, "told"> => ({
    operation: "createFlag",
    input: { key: `long-${length}`, type: "STRING", variants: [{ key: "long", value: "x".repeat(length) }] },
  });
  const typed = (type: string, value: unknown): Omit<Refusal, "told"> => ({
    operation: "createFlag",
    input: { key: "typed", type, variants: [{ key: "a", value }] },
  });

  it("is at most 64 KiB of JSON", async () => {
    expect(await refusalOf(text(65_534))).toBe("accepted");
    expect(await refusalOf(text(65_535))).toContain("must be at most 65536 bytes of JSON, got 65537.");
  });

  it.each([
    ["BOOLEAN", "true"],
    ["STRING", 1],
    ["NUMBER", "1"],
    ["NUMBER", null],
    ["STRING", "a\0b"],
    ["JSON", { deep: "\ud800" }],
  ])("of a %s flag is never %j", async (type, value) => {
    expect(await refusalOf(typed(type, value))).toMatch(/^BAD_USER_INPUT input\.variants\[0\]\.value: /);
  });

  it("keeps the flag's JSON Schema", async () => {
    const { operation, input } = typed("JSON", { size: 7 });
    const valueSchema = { type: "object", properties: { size: { maximum: 5 } } };
    expect(await refusalOf({ operation, input: { ...input, valueSchema } })).toMatch(
      /^BAD_USER_INPUT input\.variants\[0\]\.value.*5/,
    );
  });
});

describe("a list of flags", () => {
  const all = `query ($flagKeys: [String!], $tags: [String!], $context: EvaluationContext!) {
    evaluateAll(flagKeys: $flagKeys, tags: $tags, context: $context) { evaluations { id } } }`;
  const live = all.replace("query", "subscription").replace("evaluateAll", "evaluations");
  const context = { targetingKey: "user-1" };
  const publicKey = (): string => server.key("CLIENT", "development");

  it.each([
    ["flagKeys", 1_000],
    ["tags", 100],
  ])("has a bound, by a query and by a subscription: %s", async (name, most) => {
    for (const count of [most, most + 1]) {
      const variables = { context, [name]: Array<string>(count).fill("a") };
      const told = count > most ? `${name}: must have at most ${most} entries, got ${count}.` : undefined;
      for (const query of [all, live]) {
        const { errors } = await askWebSocket(server.url, { query, variables }, publicKey());
        expect(errors?.[0]?.message).toBe(told);
      }
    }
  });

  it("does not read a large context again for every flag", async () => {
    const attributes = Object.fromEntries(
      Array.from({ length: 58 }, (_, at) => [`a${at}`, "x".repeat(4_000)]),
    );
    const variables = { context: { ...context, attributes }, flagKeys: Array<string>(1_000).fill("a") };
    const took: number[] = [];
    for (let attempt = 0; attempt < 3; attempt += 1) {
      const start = performance.now();
      expect((await askHttp(server.url, { query: all, variables }, publicKey())).errors).toBeUndefined();
      took.push(performance.now() - start);
    }
    expect(Math.min(...took)).toBeLessThan(400);
  });
});

describe("a page", () => {
  it.each([
    "apiKeys",
    "auditEvents",
    "flags",
    "securityEvents",
    "segments",
    `sessions(email: "admin@localhost")`,
    "users",
    `segment(key: "staff") { members`,
    `flag(key: "base") { history`,
  ])("has 100 entries at most: %s", async (list) => {
    const page = (first: number): string => {
      const sized = list.endsWith(")") ? list.replace(")", `, first: ${first})`) : `${list}(first: ${first})`;
      return `{ ${sized} { totalCount } ${list.includes("{") ? "}" : ""} }`;
    };
    expect((await server.graphql(page(100))).errors).toBeUndefined();
    for (const first of [101, 2_147_483_647, -1]) {
      expect((await server.graphql(page(first))).errors).toMatchObject([
        { extensions: { code: "BAD_USER_INPUT", fields: [{ path: "first" }] } },
      ]);
    }
  });
});

describe("a pattern", () => {
  const segment = (...patterns: string[]): Omit<Refusal, "told"> => ({
    operation: "createSegment",
    input: {
      key: `patterns-${patterns.length}`,
      when: { any: patterns.map((value) => ({ attribute: "a", operator: "MATCHES", values: [value] })) },
    },
  });
  /** 240 characters that take a second and 40 MB to compile. */
  const bomb = `(?:${"a?".repeat(115)}){1000}b`;

  it("is refused where few characters stand for many", async () => {
    expect(await refusalOf(segment(bomb))).toContain("it may have 1000 parts, got 116001");
    const project = { operation: "createProject", input: { key: "bombed", flagKeyPattern: bomb } };
    expect(await refusalOf(project)).toMatch(/^BAD_USER_INPUT input\.flagKeyPattern: must be a regular/);
  });

  it("is refused where it is one of too many", async () => {
    expect(await refusalOf(segment(...Array<string>(20).fill("a{999}")))).toBe("accepted");
    expect(await refusalOf(segment(...Array<string>(21).fill("a{999}")))).toContain(
      "input.when.any[20].values: must not bring the patterns of one input to more than 20000 parts.",
    );
  });
});

describe("a JSON Schema", () => {
  const flag = (key: string, valueSchema: object): Omit<Refusal, "told"> => ({
    operation: "createFlag",
    input: { key, type: "JSON", variants: [{ key: "a", value: {} }], valueSchema },
  });

  it("takes no longer for what it refers to often", async () => {
    const names = Array.from({ length: 200 }, (_, at) => [`p${at}`, { minLength: 1 }]);
    const often = { $ref: "#/$defs/large" };
    const $defs = { large: { properties: Object.fromEntries(names) as object } };
    const start = performance.now();
    expect(
      await refusalOf(flag("referring", { $defs, allOf: Array.from({ length: 100 }, () => often) })),
    ).toBe("accepted");
    expect(performance.now() - start).toBeLessThan(2_000);
  });

  it("has no patterns that are large in all", async () => {
    const patternProperties = Object.fromEntries(Array.from({ length: 10 }, (_, at) => [`^a{900}${at}`, {}]));
    expect(await refusalOf(flag("patterned", { patternProperties }))).toContain(
      "must be a JSON Schema: its patterns are too large in all.",
    );
  });
});

describe("a share", () => {
  const rollout = (percent: unknown): Omit<Refusal, "told"> => ({
    operation: "setRollout",
    input: { flagKey: "guarded", environment: "development", variant: "on", rest: "off", percent },
  });
  const split = (...percents: number[]): Omit<Refusal, "told"> => ({
    operation: "setFallthrough",
    input: {
      flagKey: "base",
      environment: "development",
      serve: { split: percents.map((percent, index) => ({ percent, variant: index === 0 ? "on" : "off" })) },
    },
  });

  it.each([0, 0.001, 33.333, 100])("may be %d percent", async (percent) => {
    expect(await refusalOf(rollout(percent))).toBe("accepted");
  });

  it.each([-0.001, 100.001, 33.3333])("may not be %d percent", async (percent) => {
    expect(await refusalOf(rollout(percent))).toMatch(/^BAD_USER_INPUT input\.percent: must/);
  });

  it.each([
    ["of a gate", { serve: { variant: "on" }, gate: { percent: 33.3333 } }, "gate.percent"],
    [
      "of a condition",
      { serve: { variant: "on" }, when: { bucket: { fromPercent: 0, toPercent: 100.001, seed: "s" } } },
      "when.bucket.toPercent",
    ],
    [
      "of a split",
      {
        serve: {
          split: [
            { variant: "on", percent: 33.3333 },
            { variant: "off", percent: 66.6667 },
          ],
        },
      },
      "serve.split[0].percent",
    ],
  ])("is refused as one %s, too", async (_what, rule, path) => {
    const input = { flagKey: "base", environment: "development", rule };
    expect(await refusalOf({ operation: "addRule", input })).toContain(
      `BAD_USER_INPUT input.rule.${path}: must`,
    );
  });

  it("is one of shares that sum to 100", async () => {
    expect(await refusalOf(split(33.333, 66.667))).toBe("accepted");
    expect(await refusalOf(split(33.333, 66.666))).toContain(
      "input.serve.split: must sum to 100, got 99.999.",
    );
  });
});

it.each([
  {
    operation: "deleteSegment",
    input: { segment: "used" },
    told: 'CONFLICT Segment "used" is used by flag "user" in development.',
  },
  {
    operation: "deleteSegment",
    input: { segment: "staff" },
    told: 'CONFLICT Segment "staff" is used by segment "crew".',
  },
  { operation: "deleteFlag", input: { flagKey: "base" }, told: '"user"' },
  { operation: "archiveFlag", input: { flagKey: "base" }, told: '"user"' },
  { operation: "removeVariant", input: { flagKey: "base", variant: "on" }, told: '"user"' },
  { operation: "removeVariant", input: { flagKey: "guarded", variant: "on" }, told: "development" },
])("what is in use stays, and its users are named: $operation $input", async ({ operation, input, told }) => {
  const message = await refusalOf({ operation, input });
  expect(message).toMatch(/^CONFLICT/);
  expect(message).toContain(told);
});

it.each([
  {
    operation: "setPrerequisites",
    input: {
      flagKey: "base",
      environment: "development",
      prerequisites: [{ flagKey: "user", variants: ["on"] }],
    },
    told: "base → user → base",
  },
  {
    operation: "updateSegment",
    input: { segment: "staff", when: { not: { segment: "crew" } } },
    told: "staff → crew → staff",
  },
])("a circle is refused with its path: $operation", async ({ operation, input, told }) => {
  const message = await refusalOf({ operation, input });
  expect(message).toMatch(/^BAD_USER_INPUT/);
  expect(message).toContain(told);
});

describe("a text that looks like a statement", () => {
  const text = "x'; drop table flags; -- \\ $1 %";

  it("is kept as it is, and found by itself alone", async () => {
    await server.graphql(
      'mutation ($text: String!) { createFlag(input: { key: "quoted", description: $text, tags: [$text] }) { key } }',
      { text },
    );
    const query = `query ($text: String!, $tags: [String!]) { flags(filter: { search: $text, tags: $tags }) {
      nodes { key description } } }`;
    for (const variables of [{ text }, { text, tags: [text] }]) {
      expect((await server.graphql(query, variables)).data).toEqual({
        flags: { nodes: [{ key: "quoted", description: text }] },
      });
    }
  });

  it.each(["' or '1'='1", '" or true --', "_____", "%guarded%", "\\"])(
    "finds nothing more: %s",
    async (search) => {
      const { data } = await server.graphql<{
        flags: { nodes: { key: string }[] };
        segments: { totalCount: number };
      }>(
        `query ($search: String!) { flags(filter: { search: $search }) { nodes { key } } segments(search: $search) { totalCount } }`,
        { search },
      );
      expect(data?.segments.totalCount).toBe(0);
      expect(data?.flags.nodes.filter(({ key }) => key !== "quoted")).toEqual([]);
    },
  );
});

describe("a member that an input does not have", () => {
  const literal = { query: "{ flags(filter: { nothing: 1 }) { totalCount } }" };
  const variable = {
    query: "query ($filter: FlagFilter) { flags(filter: $filter) { totalCount } }",
    variables: { filter: { nothing: 1 } },
  };

  it.each([
    ["in a document", literal, "GRAPHQL_VALIDATION_FAILED"],
    ["in a variable", variable, "BAD_USER_INPUT"],
  ])("is refused at both doors of GraphQL: %s", async (_where, sent, code) => {
    const admin = server.key("MANAGEMENT");
    for (const answer of [
      await askHttp(server.url, sent, admin),
      await askWebSocket(server.url, sent, admin),
    ]) {
      expect(answer.errors).toMatchObject([
        { message: expect.stringContaining('"nothing" is not defined') as string, extensions: { code } },
      ]);
    }
  });
});
