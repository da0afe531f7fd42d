import { sql } from "drizzle-orm";
import { graphql, type GraphQLSchema } from "graphql";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { buildGraphQLSchema } from "../../../src/api/graphql/schema.js";
import type { SegmentTools } from "../../../src/features/segments/guard-segment.js";
import type { OpenDatabase } from "../../../src/platform/database/index.js";
import { Loaders } from "../../../src/platform/graphql/loaders.js";
import { freshDatabase } from "../../support/databases.js";
import { adminCaller, keyCaller, seedProject, testTools } from "../../support/tools.js";
import { segmentTools } from "./segment-fixture.js";

let open: OpenDatabase;
let tools: SegmentTools;
let schema: GraphQLSchema;
let statements: string[] = [];

beforeAll(async () => {
  schema = await buildGraphQLSchema();
  open = await freshDatabase("pglite", { onStatement: (statement) => statements.push(statement) });
  tools = segmentTools(open.database);
  await seedProject(testTools(open.database));
  await seedProject(testTools(open.database), "shop");
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

const when = {
  all: [
    { attribute: "country", operator: "IN", values: ["DE", "FR"] },
    { not: { attribute: "plan", operator: "EQUALS", values: ["free"], ignoreCase: true } },
    { bucket: { fromPercent: 0, toPercent: 12.5, bucketBy: ["account", "targetingKey"], seed: "trial" } },
  ],
};

describe("segments through GraphQL", () => {
  it("give a condition as it can be sent back", async () => {
    await ask("mutation ($input: CreateSegmentInput!) { createSegment(input: $input) { id } }", {
      input: { key: "trial", when, included: ["alice", "bob"], excluded: ["eve"] },
    });
    const read = `{ segment(key: "trial") { when summary version includedCount excludedCount
      members(first: 1) { nodes totalCount pageInfo { hasNextPage } }
      excluded: members(list: EXCLUDED) { edges { node } } } }`;
    const answer = await ask(read);
    expect(answer).toEqual({
      segment: {
        when,
        summary:
          "country is DE or FR, and not (plan is free in any case), and in 0–12.5 % by account or targetingKey",
        version: 1,
        includedCount: 2,
        excludedCount: 1,
        members: { nodes: ["alice"], totalCount: 2, pageInfo: { hasNextPage: true } },
        excluded: { edges: [{ node: "eve" }] },
      },
    });
    const again = await ask(
      "mutation ($input: UpdateSegmentInput!) { updateSegment(input: $input) { version when } }",
      { input: { segment: "trial", when } },
    );
    expect(again).toEqual({ updateSegment: { version: 1, when } });
  });

  it("answer null for what is absent or foreign", async () => {
    const source =
      '{ segment(key: "nobody") { key } project(key: "nowhere") { key } environment(key: "moon") { key } }';
    expect(await ask(source)).toEqual({ segment: null, project: null, environment: null });
    const foreign = '{ segment(key: "trial", project: "default") { key } project(key: "default") { key } }';
    expect(await ask(foreign, {}, keyCaller({ project: "shop" }))).toEqual({ segment: null, project: null });
  });
});

describe("lists through GraphQL", () => {
  it("cost the same number of statements however long they are", async () => {
    for (let index = 0; index < 20; index += 1) {
      const input = { key: `group-${index}`, included: ["alice"], when: { segment: "trial" } };
      await ask("mutation ($input: CreateSegmentInput!) { createSegment(input: $input) { id } }", { input });
    }
    const list = (first: number) => `{ segments(first: ${first}) { totalCount nodes {
      key summary includedCount excludedCount project { key environments { key revision project { key } } } } } }`;
    await ask(list(2));
    const few = statements.length;
    const { segments } = await ask(list(20));
    expect(segments).toMatchObject({ totalCount: 21 });
    expect(statements).toHaveLength(few);
    expect(few).toBeLessThanOrEqual(6);
  });

  it("lead from projects to environments, and from API keys to both", async () => {
    await open.database.execute(sql`
      insert into api_keys (name, kind, project, environment, prefix, hash, created_by_kind, created_by_name)
      select 'key-' || number, 'SERVER', project, 'production', 'hal', 'hash-' || project || number, 'SYSTEM', 'system'
      from generate_series(1, 5) as number, unnest(array['default', 'shop']) as project`);
    const answer = await ask(
      "{ projects { key environments { key position } } apiKeys { nodes { project { key } environment { key project { key } } } } }",
    );
    expect(answer["projects"]).toMatchObject([
      { key: "default", environments: [{ key: "development" }, { key: "staging" }, { key: "production" }] },
      { key: "shop", environments: [{ position: 0 }, { position: 1 }, { position: 2 }] },
    ]);
    const { nodes } = answer["apiKeys"] as { nodes: { project: { key: string }; environment: unknown }[] };
    expect(nodes).toHaveLength(10);
    for (const { project, environment } of nodes) {
      expect(environment).toEqual({ key: "production", project });
    }
    expect(statements.length).toBeLessThanOrEqual(5);
  });
});
