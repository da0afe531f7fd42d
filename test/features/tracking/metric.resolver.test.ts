import { graphql, type GraphQLSchema } from "graphql";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { buildGraphQLSchema } from "../../../src/api/graphql/schema.js";
import type { OpenDatabase } from "../../../src/platform/database/index.js";
import { Loaders } from "../../../src/platform/graphql/loaders.js";
import { freshDatabase } from "../../support/databases.js";
import { adminCaller, keyCaller, seedProject, testTools, type TestTools } from "../../support/tools.js";

let open: OpenDatabase;
let tools: TestTools;
let schema: GraphQLSchema;
let statements: string[] = [];

beforeAll(async () => {
  schema = await buildGraphQLSchema();
  open = await freshDatabase("pglite", { onStatement: (statement) => statements.push(statement) });
  tools = testTools(open.database);
  await seedProject(tools);
  await seedProject(tools, "shop");
});
afterAll(async () => open.close());

/** Runs an operation as one request; throws its errors. */
async function ask(
  source: string,
  variableValues: Record<string, unknown> = {},
  caller = adminCaller(),
): Promise<Record<string, unknown>> {
  const contextValue = {
    tools: { ...tools, budgets: { spend: () => undefined } },
    caller,
    loaders: new Loaders(tools),
    isInside: true,
  };
  statements = [];
  const { data, errors } = await graphql({ schema, source, variableValues, contextValue });
  if (errors !== undefined) throw new Error(errors.map(String).join("\n"));
  return JSON.parse(JSON.stringify(data)) as Record<string, unknown>;
}

const create = async (input: Record<string, unknown>) =>
  ask("mutation ($input: CreateMetricInput!) { createMetric(input: $input) { id } }", { input });

describe("metrics through GraphQL", () => {
  it("give what was set, the metrics that a ratio is made of, and what happened to them", async () => {
    await create({ key: "revenue", type: "SUM", cap: 50_000.5, unit: "EUR", decimals: 2 });
    await create({ key: "orders", type: "COUNT", direction: "INCREASE" });
    const parts = { numerator: "revenue", denominator: "orders" };
    await create({ key: "order-value", type: "RATIO", ...parts, attributionWindowHours: 72 });
    await ask('mutation { updateMetric(input: { metric: "order-value", name: "Order value" }) { version } }');
    const answer = await ask(`{ metric(key: "order-value") {
      key name description type direction attributionWindowHours archived version project { key }
      numerator { key type cap unit decimals numerator { key } } denominator { key }
      lastChange { kind subjectType subject summary revertible }
      history { totalCount nodes { kind } } } }`);
    expect(answer).toEqual({
      metric: {
        ...{ key: "order-value", name: "Order value", description: null, type: "RATIO" },
        ...{ direction: "INCREASE", attributionWindowHours: 72, archived: false, version: 2 },
        project: { key: "default" },
        numerator: {
          ...{ key: "revenue", type: "SUM", cap: 50_000.5, unit: "EUR", decimals: 2, numerator: null },
        },
        denominator: { key: "orders" },
        lastChange: {
          ...{ kind: "metric.updated", subjectType: "METRIC", subject: "order-value" },
          ...{ summary: "Metric order-value was updated.", revertible: true },
        },
        history: { totalCount: 2, nodes: [{ kind: "metric.updated" }, { kind: "metric.created" }] },
      },
    });
  });

  it("answer null for what is absent or foreign", async () => {
    expect(await ask('{ metric(key: "nobody") { key } }')).toEqual({ metric: null });
    const foreign = '{ metric(key: "revenue", project: "default") { key } }';
    expect(await ask(foreign, {}, keyCaller({ project: "shop" }))).toEqual({ metric: null });
  });

  it("are listed without the archived ones unless they are asked for", async () => {
    await create({ key: "old", type: "CONVERSION", project: "shop" });
    await create({ key: "new", type: "CONVERSION", project: "shop" });
    await ask('mutation { archiveMetric(input: { metric: "old", project: "shop" }) { archived } }');
    const list = async (filter: string) =>
      ask(`{ metrics(project: "shop"${filter}) { totalCount nodes { key } } }`);
    expect(await list("")).toEqual({ metrics: { totalCount: 1, nodes: [{ key: "new" }] } });
    expect(await list(", archived: true")).toEqual({ metrics: { totalCount: 1, nodes: [{ key: "old" }] } });
    expect(await list(", archived: null")).toMatchObject({ metrics: { totalCount: 2 } });
    await ask('mutation { restoreMetric(input: { metric: "old", project: "shop" }) { archived } }');
    expect(await list("")).toMatchObject({ metrics: { totalCount: 2 } });
  });

  it("cost the same number of statements however many are listed", async () => {
    for (let index = 0; index < 20; index += 1) {
      const parts = { numerator: "revenue", denominator: "orders" };
      await create({ key: `ratio-${index}`, type: "RATIO", ...parts });
    }
    const list = (first: number) => `{ metrics(first: ${first}) { totalCount nodes {
      key project { key } numerator { key } denominator { key } lastChange { kind } } } }`;
    await ask(list(2));
    const few = statements.length;
    expect(await ask(list(20))).toMatchObject({ metrics: { totalCount: 23 } });
    expect(statements).toHaveLength(few);
    expect(few).toBeLessThanOrEqual(6);
  });
});
