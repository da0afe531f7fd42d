/** From a question to a sum, by the doors that applications use. */
import { afterAll, beforeAll, expect, it } from "vitest";
import { note } from "../../../src/features/ledger/index.js";
import { beginTrial, readSums } from "../../../src/features/tracking/index.js";
import { readUnits } from "../../../src/features/tracking/sums.store.js";
import { startServer, type TestServer } from "../../support/server.js";
import { asOwner, experiment, measured } from "../flags/owned-fixture.js";

let server: TestServer;
let metric: string;
const slots = "split" in measured.serve ? measured.serve.split : [];
const place = { project: "default", environment: "development" };

beforeAll(async () => {
  server = await startServer();
  const { data } = await server.graphql<{ createMetric: { id: string } }>(
    'mutation { createMetric(input: { key: "sales", type: SUM }) { id } }',
  );
  metric = data?.createMetric.id ?? "";
  await server.graphql('mutation { createFlag(input: { key: "till" }) { key } }');
  await server.graphql(
    'mutation { setFlagEnabled(input: { flagKey: "till", environment: "development", enabled: true }) { id } }',
  );
  const { tools } = server.app;
  await asOwner(tools, { flag: "till", environment: "development" }, { rule: measured });
  const sales = {
    metric,
    key: "sales",
    type: "SUM",
    windowHours: null,
    cap: null,
    isCovariate: false,
  } as const;
  await note(tools, async (tx) =>
    beginTrial(tx, {
      ...{ ...place, id: experiment.id, flag: "till", attribute: "targetingKey", slots, metrics: [sales] },
      slices: experiment.slices,
      startedAt: new Date(Date.now() - 60_000),
    }),
  );
});
afterAll(async () => server.close());

interface Tracked {
  readonly track: {
    readonly accepted: number;
    readonly duplicates: number;
    readonly rejected: readonly object[];
  };
}

const trackDocument =
  "mutation ($input: TrackInput!) { track(input: $input) { accepted duplicates rejected { index code message } } }";

async function people(): Promise<Record<string, string>> {
  const key = server.key("CLIENT", "development");
  const served: Record<string, string> = {};
  for (let index = 0; index < 20; index += 1) {
    const { data } = await server.graphql<{ evaluate: { variant: string; reason: string } }>(
      'query ($context: EvaluationContext!) { evaluate(flagKey: "till", context: $context) { variant reason } }',
      { context: { targetingKey: `user-${index}` } },
      key,
    );
    if (data?.evaluate.reason === "SPLIT") served[`user-${index}`] = data.evaluate.variant;
  }
  return served;
}

it("counts who was answered, and what they did", async () => {
  const served = await people();
  await server.app.tools.tracking.flush();
  const events = Object.keys(served).map((unit, index) => ({
    ...{ id: `sale-${index}`, metric: "sales", unit, value: 2.5, at: new Date().toISOString() },
  }));
  const bad = { ...events[0], id: "bad", at: "2020-01-01T00:00:00Z" };
  const input = { events: [...events, bad] };
  const key = server.key("SERVER", "development");
  const { data } = await server.graphql<Tracked>(trackDocument, { input }, key);
  expect(data?.track).toMatchObject({
    ...{ accepted: events.length, duplicates: 0, rejected: [{ index: events.length, code: "TOO_OLD" }] },
  });
  const again = await server.graphql<Tracked>(trackDocument, { input }, key);
  expect(again.data?.track).toMatchObject({ accepted: 0, duplicates: events.length });

  const { exposures, metrics } = await readSums(server.app.tools.database, experiment.id);
  for (const variant of ["on", "off"]) {
    const n = Object.values(served).filter((one) => one === variant).length;
    expect(n).toBeGreaterThan(0);
    expect(exposures.find((row) => row.variant === variant)).toMatchObject({ n, conflicted: 0 });
    expect(metrics.find((row) => row.variant === variant)).toMatchObject({ metric, sumY: String(n * 2.5) });
  }
});

it("takes exposures from those who evaluate by themselves", async () => {
  const document =
    "mutation ($input: TrackExposuresInput!) { trackExposures(input: $input) { accepted rejected { index code } } }";
  const exposure = { flagKey: "till", variant: "on", experiment: experiment.id, epoch: 1 };
  const exposures = ["sdk-user", ""].map((unit) => ({ ...exposure, unit, at: new Date().toISOString() }));
  const wrong = { ...exposures[0], variant: "purple" };
  const described = { ...exposures[0], unit: "described", slices: { country: "NZ", age: 40 } };
  const input = { exposures: [...exposures, wrong, described, { ...described, slices: { country: [] } }] };
  const answer = await server.graphql(document, { input }, server.key("SERVER", "development"));
  expect(answer.data).toEqual({
    trackExposures: {
      accepted: 2,
      rejected: [
        { index: 1, code: "INVALID" },
        { index: 2, code: "UNKNOWN_VARIANT" },
        { index: 4, code: "INVALID" },
      ],
    },
  });
  const { slices } = await readUnits(server.app.tools.database, experiment.id, "country", 20);
  expect(slices.find(({ slice }) => slice === "NZ")?.exposures).toMatchObject([{ variant: "on", n: 1 }]);
  expect((await readUnits(server.app.tools.database, experiment.id, "age", 20)).slices).toHaveLength(1);
});

it("is not for those who manage", async () => {
  const { errors } = await server.graphql(trackDocument, { input: { events: [] } });
  expect(errors?.[0]?.extensions).toMatchObject({ code: "FORBIDDEN" });
});
