/** Two projects in which everything has the same names: neither shows, nor touches, anything of the other. */
import { sql } from "drizzle-orm";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { rowsOf } from "../../src/platform/database/index.js";
import { askHttp } from "../support/both-doors.js";
import { startServer, type TestServer } from "../support/server.js";

let server: TestServer;
const keys = new Map<string, string>();

/** `ours` is the project `default`; in either, everything that can say so says whose it is. */
const projects = { ours: "default", theirs: "other" } as const;
type Whose = keyof typeof projects;

beforeAll(async () => {
  server = await startServer("pglite", { RATE_LIMIT_EVALUATION: "0", RATE_LIMIT_MANAGEMENT: "0" });
  await make('createProject(input: { key: "other" }) { key }');
  await furnish("ours");
  await furnish("theirs");
});
afterAll(async () => server.close());

async function make<Data>(mutation: string): Promise<Data> {
  const { data, errors } = await server.graphql<Data>(`mutation { ${mutation} }`);
  expect(errors).toBeUndefined();
  return data as Data;
}

async function furnish(whose: Whose): Promise<void> {
  const project = `project: "${projects[whose]}"`;
  await make(
    `createSegment(input: { ${project}, key: "crew", name: "${whose}", included: ["${whose}-1"] }) { key }`,
  );
  for (const key of ["orders", "visits"]) {
    await make(`createMetric(input: { ${project}, key: "${key}", name: "${whose}", type: COUNT }) { key }`);
  }
  await make(`createMetric(input: { ${project}, key: "share", name: "${whose}", type: RATIO,
    numerator: "orders", denominator: "visits" }) { key }`);
  await make(`createFlag(input: { ${project}, key: "twin", name: "${whose}", type: STRING, tags: ["${whose}"],
    variants: [{ key: "on", value: "${whose} on" }, { key: "off", value: "${whose} off" }],
    environments: [{ environment: "development", enabled: true,
      rules: [{ id: "rule", name: "${whose}", when: { segment: "crew" }, serve: { variant: "on" } }] }] }) { key }`);
  for (const kind of ["SERVER", "MANAGEMENT"]) {
    const reach = kind === "SERVER" ? 'environment: "development"' : "role: ADMIN";
    type Made = { createApiKey: { secret: string } };
    const input = `${project}, name: "${whose} ${kind}", kind: ${kind}, ${reach}`;
    keys.set(
      `${whose} ${kind}`,
      (await make<Made>(`createApiKey(input: { ${input} }) { secret }`)).createApiKey.secret,
    );
  }
}

const everything = `query ($project: String!) {
  flags(project: $project, filter: { search: "twin" }) { totalCount nodes {
    name version tags usedBy { __typename } variants { key value }
    environments { enabled version rules { id name } } history { nodes { summary } } } }
  flag(project: $project, key: "twin") { name }
  segments(project: $project) { totalCount nodes { name version members { nodes } } }
  segment(project: $project, key: "crew") { name usedBy { __typename } }
  metrics(project: $project, first: 5) { totalCount nodes {
    name version numerator { name } denominator { name } history(first: 5) { nodes { after } } } }
  metric(project: $project, key: "orders") { name }
  auditEvents(first: 100, filter: { project: $project }) { totalCount nodes { subject summary after } }
  apiKeys(project: $project) { totalCount nodes { name } }
}`;
const answers = `query ($project: String!, $context: EvaluationContext!) {
  ruleset(project: $project, environment: "development") { flags segments }
  evaluate(project: $project, environment: "development", flagKey: "twin", context: $context) { value }
  evaluateAll(project: $project, environment: "development", context: $context) { evaluations { key value } }
  explain(project: $project, environment: "development", flagKey: "twin", context: $context) { steps { message } }
}`;

/** All that the project shows to a credential, as text. */
async function shown(whose: Whose, kind: string): Promise<string> {
  const project = projects[whose];
  const context = { targetingKey: `${whose}-1` };
  const credential = keys.get(`${whose} ${kind}`) ?? null;
  const told = [await askHttp(server.url, { query: answers, variables: { project, context } }, credential)];
  if (kind === "MANAGEMENT") {
    told.push(await askHttp(server.url, { query: everything, variables: { project } }, credential));
  }
  for (const { errors } of told) expect(errors).toBeUndefined();
  return JSON.stringify(told);
}

describe.each(["SERVER", "MANAGEMENT"])("a %s key", (kind) => {
  it.each([
    ["ours", "theirs"],
    ["theirs", "ours"],
  ] as const)("of %s sees nothing of %s", async (own, foreign) => {
    const text = await shown(own, kind);
    expect(text).toContain(`"value":"${own} on"`); // the segment's member is known by the project's own segment
    expect(text.replaceAll("windowHours", "")).not.toContain(foreign); // has the word in it
  });
});

it("changes in one leave the other as it was", async () => {
  const before = await shown("ours", "MANAGEMENT");
  const twin = 'project: "other", flagKey: "twin"';
  const place = `${twin}, environment: "development"`;
  for (const change of [
    `updateFlag(input: { ${twin}, name: "changed", tags: ["changed"] }) { key }`,
    `updateVariant(input: { ${twin}, variant: "on", value: "changed" }) { key }`,
    `addVariant(input: { ${twin}, variant: { key: "third", value: "changed" } }) { key }`,
    `updateRule(input: { ${place}, ruleId: "rule", name: "changed" }) { version }`,
    `setTargets(input: { ${place}, targets: [{ variant: "off", values: ["ours-1"] }] }) { version }`,
    `setFlagEnabled(input: { ${place}, enabled: false }) { version }`,
    'changeSegmentMembers(input: { project: "other", segment: "crew", remove: ["theirs-1"], add: ["ours-1"] }) { key }',
    'updateSegment(input: { project: "other", segment: "crew", name: "changed" }) { key }',
    'updateMetric(input: { project: "other", metric: "orders", name: "changed", type: SUM }) { key }',
    'archiveMetric(input: { project: "other", metric: "share" }) { key }',
    'archiveMetric(input: { project: "other", metric: "orders" }) { key }',
    `killFlag(input: { ${twin} }) { key }`,
    `archiveFlag(input: { ${twin} }) { key }`,
    `deleteFlag(input: { ${twin} }) { key }`,
    'deleteSegment(input: { project: "other", segment: "crew" }) { key }',
    'deleteEnvironment(input: { project: "other", environment: "staging" }) { key }',
    'deleteProject(input: { project: "other" }) { key }',
  ]) {
    await make(change);
    expect(await shown("ours", "MANAGEMENT"), change).toBe(before);
  }
});

it("the database ties nothing of one project to anything of another", async () => {
  const rows = rowsOf(
    await server.app.tools.database.execute(sql`
      select conname as name, exists (
        select from unnest(conkey, confkey) as pair(here, there)
        join pg_attribute a on a.attrelid = conrelid and a.attnum = here and a.attname = 'project'
        join pg_attribute b on b.attrelid = confrelid and b.attnum = there and b.attname = 'project') as tied
      from pg_constraint where contype = 'f'
        and exists (select from pg_attribute where attrelid = conrelid and attname = 'project')
        and exists (select from pg_attribute where attrelid = confrelid and attname = 'project')`),
  );
  expect(rows.length).toBeGreaterThan(8);
  expect(rows.filter(({ tied }) => tied !== true)).toEqual([]);
});
