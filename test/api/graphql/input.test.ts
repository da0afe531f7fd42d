/** Mistaken input through the HTTP door: the exact code and path, the same for literals as for variables. */
import type { GraphQLSchema } from "graphql";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { buildGraphQLSchema } from "../../../src/api/graphql/schema.js";
import type { Answer } from "../../support/graphql-client.js";
import { startServer, type TestServer } from "../../support/server.js";

let server: TestServer;
let schema: GraphQLSchema;
beforeAll(async () => {
  schema = await buildGraphQLSchema();
  server = await startServer();
  const { errors } = await server.graphql(`mutation {
    a: createFlag(input: { key: "alpha", environments: [{ environment: "development", enabled: true,
         rules: [{ when: { attribute: "admin", operator: EQUALS, values: [true] }, serve: { variant: "on" } }],
         fallthrough: { variant: "off" } }] }) { key }
    b: createFlag(input: { key: "beta",
         environments: [{ environment: "development", prerequisites: [{ flagKey: "alpha", variants: ["on"] }] }] }) { key }
    c: createSegment(input: { key: "staff" }) { key }
    d: createSegment(input: { key: "crew", when: { segment: "staff" } }) { key }
    e: createFlag(input: { key: "limit", type: NUMBER, valueSchema: { type: "integer", maximum: 100 },
         variants: [{ key: "low", value: 10 }] }) { key } }`);
  expect(errors).toBeUndefined();
  const more = await server.graphql(`mutation {
    a: createProject(input: { key: "loose", flagKeyPattern: "^[A-Za-z]+$" }) { key }
    b: createFlag(input: { key: "welcome", project: "loose" }) { key }
    c: createUser(input: { email: "alice@example.com", password: "correct horse battery" }) { id } }`);
  expect(more.errors).toBeUndefined();
});
afterAll(async () => server.close());

type Arguments = Readonly<Record<string, unknown>>;
type Spelling = "literals" | "variables";

/** Sends one operation, its arguments written into the document or beside it. */
async function send(
  spelling: Spelling,
  name: string,
  args: Arguments,
  selection = "{ __typename }",
): Promise<Answer> {
  const mutation = schema.getMutationType()?.getFields()[name];
  const field = mutation ?? schema.getQueryType()?.getFields()[name];
  const kind = mutation === undefined ? "query" : "mutation";
  const given = field?.args.filter((arg) => Object.hasOwn(args, arg.name)) ?? [];
  const passed = given.map(
    (arg) => `${arg.name}: ${spelling === "literals" ? literal(args[arg.name]) : `$${arg.name}`}`,
  );
  const call = `${name}(${passed.join(", ")}) ${selection}`;
  if (spelling === "literals") return server.graphql(`${kind} { ${call} }`);
  const declared = given.map((arg) => `$${arg.name}: ${String(arg.type)}`).join(", ");
  return server.graphql(`${kind} (${declared}) { ${call} }`, args);
}

/** A value in GraphQL's own spelling; words in capitals are enum values. */
function literal(value: unknown): string {
  if (typeof value === "string" && /^[A-Z]{2,}$/.test(value)) return value;
  if (Array.isArray(value)) return `[${value.map(literal).join(", ")}]`;
  if (typeof value !== "object" || value === null) return JSON.stringify(value);
  return `{ ${Object.entries(value)
    .map(([name, member]) => `${name}: ${literal(member)}`)
    .join(", ")} }`;
}

const place = { flagKey: "alpha", environment: "development" };
const asked = { flagKey: "alpha", environment: "development" };

interface Mistake {
  readonly title: string;
  readonly operation: string;
  readonly args: Arguments;
  readonly path: string;
  readonly message: string;
}

const mistakes: readonly Mistake[] = [
  {
    title: "a circle of prerequisites",
    operation: "setPrerequisites",
    args: { input: { ...place, prerequisites: [{ flagKey: "beta", variants: ["on"] }] } },
    path: "input.prerequisites[0].flagKey",
    message: "must not depend on itself: alpha → beta → alpha.",
  },
  {
    title: "a circle through a condition",
    operation: "addRule",
    args: {
      input: {
        ...place,
        rule: { when: { all: [{ flag: "beta", variants: ["on"] }] }, serve: { variant: "on" } },
      },
    },
    path: "input.rule.when.all[0].flag",
    message: "must not depend on itself: alpha → beta → alpha.",
  },
  {
    title: "a circle of segments",
    operation: "updateSegment",
    args: { input: { segment: "staff", when: { any: [{ segment: "crew" }] } } },
    path: "input.when.any[0].segment",
    message: "must not lead back to the segment: staff → crew → staff.",
  },
  {
    title: "a variant that the flag does not have",
    operation: "addRule",
    args: { input: { ...place, rule: { serve: { variant: "maybe" } } } },
    path: "input.rule.serve.variant",
    message: 'must be a variant of this flag (on, off), got "maybe".',
  },
  {
    title: "weights that do not sum to 100",
    operation: "setFallthrough",
    args: {
      input: {
        ...place,
        serve: {
          split: [
            { variant: "on", percent: 60.5 },
            { variant: "off", percent: 30 },
          ],
        },
      },
    },
    path: "input.serve.split",
    message: "must sum to 100, got 90.5.",
  },
  {
    title: "a percentage above 100",
    operation: "updateFlagEnvironment",
    args: { input: { ...place, rules: [{ gate: { percent: 120 }, serve: { variant: "on" } }] } },
    path: "input.rules[0].gate.percent",
    message: "must be between 0 and 100, got 120.",
  },
  {
    title: "a value of the wrong type",
    operation: "createFlag",
    args: { input: { key: "number-1", type: "NUMBER", variants: [{ key: "five", value: "5" }] } },
    path: "input.variants[0].value",
    message: 'must be a number, got "5".',
  },
  {
    title: "a value that the flag's schema refuses",
    operation: "updateVariant",
    args: { input: { flagKey: "limit", variant: "low", value: 101 } },
    path: "input.value",
    message: "must be <= 100, got 101.",
  },
  {
    title: "a key of the wrong shape",
    operation: "createFlag",
    args: { input: { key: "no spaces" } },
    path: "input.key",
    message:
      'must be 1 to 128 letters, digits, dots, underscores and hyphens, beginning with a letter or digit, got "no spaces".',
  },
  {
    title: "a date that is none",
    operation: "addRule",
    args: { input: { ...place, rule: { serve: { variant: "on" }, startsAt: "tomorrow" } } },
    path: "input.rule.startsAt",
    message: 'must be an RFC 3339 date-time such as 2026-01-31T09:00:00Z, got "tomorrow".',
  },
  {
    title: "null for what cannot be cleared",
    operation: "updateFlag",
    args: { input: { flagKey: "alpha", name: null } },
    path: "input.name",
    message: "must be a string, got null.",
  },
  {
    title: "attributes with a NUL",
    operation: "evaluate",
    args: { ...asked, context: { attributes: { x: "a\u0000b" } } },
    path: "context.attributes.x",
    message: 'must be well-formed Unicode without NUL, got "a\\u0000b".',
  },
  {
    title: "attributes that are a list",
    operation: "evaluate",
    args: { ...asked, context: { attributes: ["x"] } },
    path: "context.attributes",
    message: 'must be an object, got ["x"].',
  },
  {
    title: "no environment where there is a choice",
    operation: "evaluate",
    args: { flagKey: "alpha", context: {} },
    path: "environment",
    message: "must be given: one of development, staging, production.",
  },
  {
    title: "a page that is too large",
    operation: "flags",
    args: { first: 101 },
    path: "first",
    message: "must be between 0 and 100, got 101.",
  },
  {
    title: "a page of less than nothing",
    operation: "flags",
    args: { last: -1 },
    path: "last",
    message: "must be between 0 and 100, got -1.",
  },
  {
    title: "a cursor that is none",
    operation: "auditEvents",
    args: { after: "nothing" },
    path: "after",
    message: 'is not a cursor of this list, got "nothing".',
  },
];

describe.each<Spelling>(["literals", "variables"])("in %s", (spelling) => {
  it.each(mistakes)("$title is BAD_USER_INPUT at $path", async ({ operation, args, path, message }) => {
    const { data, errors } = await send(spelling, operation, args);
    expect(data ?? null).toBeNull();
    expect(errors).toHaveLength(1);
    expect(errors?.[0]?.extensions).toMatchObject({ code: "BAD_USER_INPUT", fields: [{ path, message }] });
    expect(errors?.[0]?.path).toEqual([operation]);
  });

  it.each([
    ["project", "createProject", { input: { key: "Default" } }],
    ["environment", "createEnvironment", { input: { key: "Development" } }],
    ["segment", "createSegment", { input: { key: "Staff" } }],
    ["flag", "createFlag", { input: { key: "Welcome", project: "loose" } }],
    ["variant", "addVariant", { input: { flagKey: "alpha", variant: { key: "On", value: true } } }],
    ["user", "createUser", { input: { email: "Alice@Example.com", password: "correct horse battery" } }],
  ])("a %s whose key is taken in another case is ALREADY_EXISTS", async (_what, operation, args) => {
    const { errors } = await send(spelling, operation, args);
    expect(errors).toMatchObject([{ path: [operation], extensions: { code: "ALREADY_EXISTS" } }]);
  });

  it("a stale version is a CONFLICT that tells the current one", async () => {
    const { errors } = await send(spelling, "setFlagEnabled", {
      input: { ...place, enabled: false, expectedVersion: 7 },
    });
    expect(errors).toMatchObject([{ extensions: { code: "CONFLICT", currentVersion: 1 } }]);
  });

  it("no version where the environment demands one is a PRECONDITION_REQUIRED that tells it", async () => {
    const input = { flagKey: "alpha", environment: "production" };
    const { errors } = await send(spelling, "setFlagEnabled", { input: { ...input, enabled: true } });
    expect(errors).toMatchObject([{ extensions: { code: "PRECONDITION_REQUIRED", currentVersion: 1 } }]);
    const off = await send(spelling, "setFlagEnabled", { input: { ...input, enabled: false } });
    expect(off.errors).toBeUndefined();
  });

  it("a cursor of another list is BAD_USER_INPUT", async () => {
    const { data } = await server.graphql<{ segments: { edges: { cursor: string }[] } }>(
      "{ segments(first: 1) { edges { cursor } } }",
    );
    const after = data?.segments.edges[0]?.cursor;
    const { errors } = await send(spelling, "flags", { after });
    expect(errors?.[0]?.extensions).toMatchObject({
      code: "BAD_USER_INPUT",
      fields: [{ path: "after", message: `is not a cursor of this list, got "${after}".` }],
    });
  });

  it.each(["__proto__", "constructor", "prototype"])(
    "an attribute called %s is a name like any other",
    async (name) => {
      const attributes: unknown = JSON.parse(`{ "${name}": { "admin": true }, "plan": "pro" }`);
      const { data, errors } = await send(
        spelling,
        "evaluate",
        { ...asked, context: { attributes } },
        "{ value reason }",
      );
      expect(errors).toBeUndefined();
      expect(data).toEqual({ evaluate: { value: false, reason: "DEFAULT" } });
      expect(Reflect.get({}, "admin")).toBeUndefined();
    },
  );

  it("a flag that does not exist answers with the default, and without an error", async () => {
    const args = { flagKey: "nowhere", environment: "development", context: {}, defaultValue: { size: 3 } };
    const fields = "{ key value variant type reason errorCode errorMessage flagVersion }";
    const { data, errors } = await send(spelling, "evaluate", args, fields);
    expect(errors).toBeUndefined();
    expect(data?.["evaluate"]).toEqual({
      ...{ key: "nowhere", value: { size: 3 }, reason: "ERROR", errorCode: "FLAG_NOT_FOUND" },
      ...{ variant: null, type: null, flagVersion: null, errorMessage: expect.any(String) as string },
    });
  });
});

it("tells every mistake at once", async () => {
  const rule = { gate: { percent: -1 }, serve: { variant: "maybe" }, endsAt: "never" };
  const { errors } = await send("variables", "addRule", { input: { ...place, rule, reason: "\u0000" } });
  const fields = errors?.[0]?.extensions["fields"] as { path: string }[];
  expect(fields.map(({ path }) => path).sort()).toEqual([
    "input.reason",
    "input.rule.endsAt",
    "input.rule.gate.percent",
    "input.rule.serve.variant",
  ]);
});

it("refuses a member that an input does not have, by name", async () => {
  const args = { input: { ...place, enabled: true, enable: true } };
  const literals = await send("literals", "setFlagEnabled", args);
  expect(literals.errors?.[0]).toMatchObject({
    message: expect.stringContaining('"enable" is not defined') as string,
    extensions: { code: "GRAPHQL_VALIDATION_FAILED" },
  });
  const variables = await send("variables", "setFlagEnabled", args);
  expect(variables.errors?.[0]).toMatchObject({
    message: expect.stringContaining('"enable" is not defined') as string,
    extensions: { code: "BAD_USER_INPUT", fields: [{ path: "input" }] },
  });
});
