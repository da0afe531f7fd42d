/** The limits of one operation, exactly: what is counted, what it costs, and that counting takes no time. */
import { readdirSync, readFileSync } from "node:fs";
import { performance } from "node:perf_hooks";
import { fileURLToPath } from "node:url";
import { getIntrospectionQuery, type GraphQLSchema, Kind, parse } from "graphql";
import { beforeAll, describe, expect, it } from "vitest";
import { firstOperation } from "../../../src/api/graphql/first-operation.js";
import { costOf } from "../../../src/api/graphql/limits/cost.js";
import { limitsExceeded } from "../../../src/api/graphql/limits/limits.js";
import { tallyOf } from "../../../src/api/graphql/limits/tally.js";
import { buildGraphQLSchema } from "../../../src/api/graphql/schema.js";
import { readConfig } from "../../../src/platform/config.js";

const { graphqlLimits: standard } = readConfig({});
const endless = {
  ...{ tokens: Infinity, depth: Infinity, aliases: Infinity, rootFields: Infinity },
  ...{ mutations: Infinity, directives: Infinity, cost: Infinity },
};

let schema: GraphQLSchema;
beforeAll(async () => {
  schema = await buildGraphQLSchema();
});

function partsOf(text: string) {
  const { definitions } = parse(text);
  const fragments = definitions.filter((one) => one.kind === Kind.FRAGMENT_DEFINITION);
  const operation = definitions.find((one) => one.kind === Kind.OPERATION_DEFINITION);
  if (operation === undefined) throw new Error("There is no operation.");
  return { operation, fragments: new Map(fragments.map((one) => [one.name.value, one])) };
}

function tally(text: string) {
  const { operation, fragments } = partsOf(text);
  return tallyOf(operation, fragments);
}

function cost(text: string, pageSize = 100): number {
  const { operation, fragments } = partsOf(text);
  return costOf(schema, operation, fragments, () => pageSize);
}

/** Milliseconds, the best of three: what a busy machine adds is not the work's. */
function timeOf(work: () => void): number {
  const took = [1, 2, 3].map(() => {
    const start = performance.now();
    work();
    return performance.now() - start;
  });
  return Math.min(...took);
}

describe("counting", () => {
  it("takes each level, alias, directive and field of the root", () => {
    const counted = tally(`query q($a: String @skip(if: true)) @include(if: true) {
      one: me { ... @include(if: true) { email other: name } }
      flags @skip(if: false) { nodes { ...f @skip(if: false) } }
    } fragment f on Flag @include(if: true) { key environments { enabled } }`);
    expect(counted).toEqual({ depth: 4, introspectionDepth: 0, aliases: 2, directives: 6, fields: 2 });
  });

  it("takes a fragment as often as it is spread, also within others", () => {
    const counted = tally(`{ ...a ...a ...b } fragment a on Query { x: me { y: email } ...b }
      fragment b on Query { z: me { email @skip(if: false) } }`);
    expect(counted).toEqual({ depth: 2, introspectionDepth: 0, aliases: 7, directives: 3, fields: 5 });
  });

  it("takes what is under __schema and __type apart", () => {
    expect(tally("{ me { email } __schema { types { fields { name } } } }")).toMatchObject({
      depth: 2,
      introspectionDepth: 4,
    });
    expect(tally(getIntrospectionQuery()).introspectionDepth).toBe(15);
  });

  it("goes around a circle once, and overlooks fragments that are not there", () => {
    expect(tally("{ ...a } fragment a on Query { x: me { ...b } ...a ...nowhere }").aliases).toBe(1);
  });
});

describe("cost", () => {
  it.each([
    ["a field", "{ serverInfo { version } }", 2],
    ["a page of the standard size", "{ flags { nodes { key } } }", 1 + 50 * 2],
    ["a page as large as asked for", "{ flags(first: 7) { nodes { key } edges { cursor } } }", 1 + 7 * 4],
    ["a page read backwards", "{ flags(last: 3) { nodes { key } } }", 1 + 3 * 2],
    ["a page larger than any", "{ flags(first: 100000) { nodes { key } } }", 1 + 100 * 2],
    ["a page of less than nothing", "{ flags(first: -5) { nodes { key } } }", 1 + 2],
    ["a page that a variable sizes", "query ($n: Int) { flags(first: $n) { nodes { key } } }", 1 + 100 * 2],
    ["a list without pages", '{ flag(key: "a") { environments { enabled version } } }', 1 + 1 + 2 * 2],
    [
      "a list inside itself",
      '{ flag(key: "a") { environments { flag { environments { enabled } } } } }',
      1 + 1 + 2 * (1 + 1 + 100),
    ],
    ["pages in pages", "{ flags { nodes { history { nodes { id } } } } }", 1 + 50 * (1 + 1 + 50 * 2)],
    [
      "the same, through fragments",
      `{ flags { ...p } } fragment p on FlagConnection { nodes { ...f } }
       fragment f on Flag { ... { history { nodes { id } } } }`,
      1 + 50 * (1 + 1 + 50 * 2),
    ],
    [
      "a fragment outside a list and inside it",
      `{ flag(key: "a") { ...e environments { flag { ...e } } } } fragment e on Flag { environments { enabled } }`,
      1 + (1 + 2) + (1 + 2 * (1 + 1 + 100)),
    ],
    [
      "a field that is more work than others",
      '{ experiment(key: "a") { results { units slices(attribute: "country") { omitted } } } }',
      1 + 50 + 1 + 500 + 1,
    ],
    [
      "such a field in a list",
      '{ experiment(key: "a") { results { metrics { comparisons { daily { day } } } } } }',
      1 + 50 + 1 + 2 * (1 + 2 * (50 + 2)),
    ],
    ["what the schema does not know", "{ nowhere { nothing } }", 2],
  ])("of %s", (_what, text, expected) => {
    expect(cost(text)).toBe(expected);
  });
});

describe("within the limits are", () => {
  const root = fileURLToPath(new URL("../../../", import.meta.url));
  const pages = [
    "README.md",
    ...readdirSync(`${root}docs`)
      .filter((name) => name.endsWith(".md"))
      .map((name) => `docs/${name}`),
  ];
  const shown = pages.flatMap((page) =>
    [...readFileSync(`${root}${page}`, "utf8").matchAll(/```graphql\n([\s\S]*?)```/g)].map(
      ([, text = ""], at) => [`${page}, operation ${at + 1}`, text] as const,
    ),
  );

  it("there are operations in the documents", () => expect(shown.length).toBeGreaterThan(0));

  it.each<readonly [string, string]>([
    ...shown,
    ["Sandbox's first operation", firstOperation],
    ["the standard introspection query", getIntrospectionQuery()],
    [
      "the one with everything",
      getIntrospectionQuery({
        descriptions: true,
        specifiedByUrl: true,
        directiveIsRepeatable: true,
        schemaDescription: true,
        inputValueDeprecation: true,
        oneOf: true,
      }),
    ],
    [
      "100 flags with their rules in each environment",
      `query ($after: String) { flags(first: 100, after: $after) { totalCount pageInfo { hasNextPage endCursor }
        nodes { id key name type kind tags environments { environment { key name } enabled offVariant
          rules { id name summary when gate { percent } serve { variant split { variant percent } } } } } } }`,
    ],
  ])("%s", (_what, text) => {
    expect(limitsExceeded(schema, parse(text, { maxLexicalTokens: standard.tokens }), standard)).toEqual([]);
  });
});

describe("a limit", () => {
  const deep = '{ flag(key: "a") { project { environments { key } } } }'; // 4 levels
  it.each([
    ["depth", 4, deep],
    ["aliases", 3, "{ a: me { b: email c: name } }"],
    ["rootFields", 2, "{ me { email } serverInfo { version } }"],
    ["mutations", 2, "mutation { logout refresh }"],
    ["directives", 1, "{ me @skip(if: false) { email } }"],
    ["cost", 101, "{ flags { nodes { key } } }"],
  ] as const)("of %s lets exactly %i pass", (name, limit, text) => {
    expect(limitsExceeded(schema, parse(text), { ...endless, [name]: limit })).toEqual([]);
    const [problem, ...more] = limitsExceeded(schema, parse(text), { ...endless, [name]: limit - 1 });
    expect(more).toEqual([]);
    expect(problem).toMatchObject({
      code: "LIMIT_EXCEEDED",
      message: expect.stringMatching(`at most ${limit - 1} .*got ${limit}\\. .*GRAPHQL_MAX_`) as string,
    });
  });

  it("holds for every operation of a document, and all that are exceeded are told", () => {
    const text = `query a { me { email } } query b ${deep}`;
    const problems = limitsExceeded(schema, parse(text), { ...endless, depth: 3, cost: 3 });
    expect(problems.map(({ message }) => /^.*got \d+/.exec(message)?.[0])).toEqual([
      expect.stringContaining("levels of selections, got 4"),
      expect.stringContaining("points of cost"),
    ]);
  });
});

describe("counting takes no time", () => {
  const bomb = (count: number, inner: string): string => {
    const links = Array.from(
      { length: count },
      (_, at) => `fragment f${at} on Flag { ${inner.replaceAll("NEXT", `f${at + 1}`)} }`,
    );
    return `{ flag(key: "a") { ...f0 } } ${links.join(" ")} fragment f${count} on Flag { a: key }`;
  };
  it.each([
    ["fragments that double", bomb(500, "...NEXT ...NEXT")],
    [
      "fragments that double through lists",
      bomb(300, "environments { flag { ...NEXT } } usedBy { flags { ...NEXT } }"),
    ],
    ["fragments that double through levels", bomb(500, "project { key } ... { ...NEXT ...NEXT ...NEXT }")],
  ])("for %s", (_what, text) => {
    const document = parse(text);
    expect(limitsExceeded(schema, document, standard).length).toBeGreaterThan(0);
    expect(timeOf(() => limitsExceeded(schema, document, endless))).toBeLessThan(200);
  });
});
