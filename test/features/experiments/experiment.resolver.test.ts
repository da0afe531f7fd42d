/** Experiments at the real door: what is sent, what is read back, and what a repetition is answered. */
import { afterAll, beforeAll, expect, it } from "vitest";
import { startServer, type TestServer } from "../../support/server.js";

let server: TestServer;

async function ask<Data = Record<string, Record<string, unknown>>>(
  query: string,
  variables: Record<string, unknown> = {},
): Promise<Data> {
  const { data, errors } = await server.graphql<Data>(query, variables);
  expect(errors).toBeUndefined();
  if (data === null || data === undefined) throw new Error("There is no data.");
  return data;
}

async function codeOf(query: string): Promise<unknown> {
  const { errors = [] } = await server.graphql(query, {});
  return errors.map(({ extensions }) => extensions?.["code"]);
}

const everything = `id key name hypothesis status attribute control traffic mode alpha minimumEffect plannedUnits startsAt endsAt
  minimumRuntimeDays promotesAutomatically rollsBackAutomatically optimises adjustsForPast slices epoch startedAt stoppedAt version
  project { key } environment { key } flag { key } audience audienceSummary arms { variant percent }
  metrics { role margin metric { key type } } layer { fromPercent toPercent layer { key experiments { key } } }
  conclusion { variant text automatic at } warnings`;

beforeAll(async () => {
  server = await startServer();
  await ask(`mutation {
    a: createMetric(input: { key: "bought", type: CONVERSION }) { key }
    b: createMetric(input: { key: "errors", type: COUNT, direction: DECREASE }) { key }
    createLayer(input: { key: "checkout" }) { key }
    createExperimentTemplate(input: { key: "shop", settings: {
      metrics: [{ metric: "bought", role: PRIMARY }, { metric: "errors", role: GUARDRAIL, margin: 0.05 }] } }) { key }
  }`);
});
afterAll(async () => server.close());

it("reads back what was sent", async () => {
  const { createExperiment } = await ask(`mutation { createExperiment(input: {
    key: "greeting", flagKey: "welcome", environment: "development", template: "shop", hypothesis: "Warmer is better."
    audience: { attribute: "plan", operator: EQUALS, values: ["pro"] }
    arms: [{ variant: "off", percent: 33.333 }, { variant: "on", percent: 66.667 }]
    layer: { layer: "checkout", fromPercent: 10, toPercent: 60.5 }, traffic: 40, endsAt: "2099-01-01T01:00:00+01:00"
  }) { ${everything} } }`);
  expect(createExperiment).toMatchObject({
    ...{
      key: "greeting",
      name: "greeting",
      status: "DRAFT",
      epoch: 0,
      version: 1,
      traffic: 40,
      mode: "ANYTIME",
    },
    ...{
      control: "off",
      startsAt: null,
      endsAt: "2099-01-01T00:00:00.000Z",
      startedAt: null,
      conclusion: null,
    },
    ...{ project: { key: "default" }, environment: { key: "development" }, flag: { key: "welcome" } },
    audience: { attribute: "plan", operator: "EQUALS", values: ["pro"] },
    arms: [
      { variant: "off", percent: 33.333 },
      { variant: "on", percent: 66.667 },
    ],
    metrics: [
      { role: "PRIMARY", margin: null, metric: { key: "bought", type: "CONVERSION" } },
      { role: "GUARDRAIL", margin: 0.05, metric: { key: "errors", type: "COUNT" } },
    ],
    layer: {
      ...{ fromPercent: 10, toPercent: 60.5 },
      layer: { key: "checkout", experiments: [{ key: "greeting" }] },
    },
  });
});

it("leads from flags to experiments, and tells what happened and who is kept out", async () => {
  await ask(`mutation {
    start: startExperiment(input: { experiment: "greeting", expectedVersion: 1 }) { status }
    off: setFlagEnabled(input: { flagKey: "welcome", environment: "development", enabled: false }) { enabled }
    traffic: changeTraffic(input: { experiment: "greeting", traffic: 50, reason: "More." }) { epoch }
  }`);
  const { flags, experiment, experiments } = await ask(`{
    flags { nodes { key experiments { key } environments {
      environment { key } experiment { key status } rules { managedBy } } } }
    experiment(key: "greeting") { warnings lastChange { kind } history { totalCount nodes { summary reason } }
      decisions { totalCount nodes { action } } }
    experiments(environment: "development", flagKey: "welcome", status: RUNNING, search: "WARMER") { totalCount nodes { key } }
  }`);
  expect(flags?.["nodes"]).toMatchObject([
    {
      ...{ key: "welcome", experiments: [{ key: "greeting" }] },
      environments: [
        {
          environment: { key: "development" },
          experiment: { key: "greeting", status: "RUNNING" },
          rules: [{ managedBy: "experiment:greeting" }],
        },
        { environment: { key: "staging" }, experiment: null },
        { environment: { key: "production" }, experiment: null },
      ],
    },
  ]);
  expect(experiment).toEqual({
    warnings: ['Flag "welcome" in development is off: nobody is shown anything by the experiment.'],
    lastChange: { kind: "experiment.traffic_changed" },
    history: {
      totalCount: 3,
      nodes: [
        { summary: "The traffic of experiment greeting was changed in development.", reason: "More." },
        { summary: "Experiment greeting was started in development.", reason: null },
        { summary: "Experiment greeting was created in development.", reason: null },
      ],
    },
    decisions: { totalCount: 0, nodes: [] },
  });
  expect(experiments).toEqual({ totalCount: 1, nodes: [{ key: "greeting" }] });
});

it("answers a repetition with the experiment as it is", async () => {
  const pause = `mutation { pauseExperiment(input: { experiment: "greeting", idempotencyKey: "pause-1" }) { status version } }`;
  const first = await ask(pause);
  expect(await ask(pause)).toEqual(first);
  const draft = `mutation { createExperiment(input: { key: "draft", flagKey: "welcome", environment: "staging", template: "shop",
    startsAt: "2098-01-01T00:00:00Z", idempotencyKey: "create-1" }) { key version } }`;
  expect(await ask(draft)).toEqual(await ask(draft));
  const remove = `mutation { deleteExperiment(input: { experiment: "draft", idempotencyKey: "delete-1" }) { key startsAt status flag { key } } }`;
  const removed = await ask(remove);
  expect(removed["deleteExperiment"]).toMatchObject({ key: "draft", startsAt: "2098-01-01T00:00:00.000Z" });
  expect(await ask(remove)).toEqual(removed);
});

it("goes with its project, once it has ended", async () => {
  await ask(`mutation {
    createProject(input: { key: "gone" }) { key }
    createFlag(input: { key: "till", project: "gone" }) { key }
    createMetric(input: { key: "bought", type: CONVERSION, project: "gone" }) { key }
    createLayer(input: { key: "line", project: "gone" }) { key }
  }`);
  await ask(`mutation {
    createHoldout(input: { key: "few", percent: 1, environment: "staging", project: "gone" }) { percent environment { key } }
    createExperiment(input: { key: "one", flagKey: "till", environment: "staging", project: "gone",
      layer: { layer: "line", fromPercent: 0, toPercent: 10 }, metrics: [{ metric: "bought", role: PRIMARY }] }) { key }
    startExperiment(input: { experiment: "one", project: "gone" }) { status }
  }`);
  const { project } = await ask(`{ project(key: "gone") { version } }`);
  const deletion = `mutation { deleteProject(input: { project: "gone", expectedVersion: ${String(project?.["version"])} }) { key } }`;
  expect(await codeOf(deletion)).toEqual(["CONFLICT"]);
  await ask('mutation { stopExperiment(input: { experiment: "one", project: "gone" }) { status } }');
  await ask(deletion);
  expect(await codeOf(`{ experiments(project: "gone") { totalCount } }`)).toEqual(["NOT_FOUND"]);
});
