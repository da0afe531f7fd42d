/** Results at the real doors: what people did, counted again by hand. */
import { isDeepStrictEqual } from "node:util";
import { afterAll, beforeAll, expect, it } from "vitest";
import { readPlannedVariances } from "../../../../src/features/experiments/results/results.store.js";
import { liveClient, subscribe } from "../../../support/live.js";
import { startServer, type TestServer } from "../../../support/server.js";

interface Person {
  readonly key: string;
  readonly variant: string;
  readonly country: string;
  /** What they spent; 0: nothing. */
  spent: number;
}

interface Arm {
  readonly variant: string;
  readonly units: number;
  readonly nonzero: number;
  readonly value: number | null;
}

interface Metric {
  readonly metric: { readonly key: string };
  readonly arms: readonly Arm[];
  readonly comparisons: readonly { readonly variant: string; readonly difference: number | null }[];
}

/** What watchers are told. */
interface Told {
  readonly units: number;
  readonly metrics: readonly [{ readonly arms: readonly Pick<Arm, "nonzero">[] }];
}

let server: TestServer;
let viewer: string;
const people: Person[] = [];
const countries = ["de", "fr", "pt"];

async function ask<Data = Record<string, Record<string, unknown>>>(
  query: string,
  variables: Record<string, unknown> = {},
  credential?: string,
): Promise<Data> {
  const { data, errors } = await server.graphql<Data>(query, variables, credential);
  expect(errors).toBeUndefined();
  if (data === null || data === undefined) throw new Error("There is no data.");
  return data;
}

/** Asks for so many more people, each of whom is shown a variant. */
async function show(count: number): Promise<Person[]> {
  const shown: Person[] = [];
  for (let index = 0; index < count; index += 1) {
    const key = `user-${people.length + shown.length}`;
    const country = countries[index % countries.length] ?? "";
    const { evaluate } = await ask<{ evaluate: { variant: string; reason: string } }>(
      'query ($context: EvaluationContext!) { evaluate(flagKey: "till", context: $context) { variant reason } }',
      { context: { targetingKey: key, attributes: { country } } },
      server.key("CLIENT", "development"),
    );
    expect(evaluate.reason).toBe("SPLIT");
    shown.push({ key, country, variant: evaluate.variant, spent: 0 });
  }
  await server.app.tools.tracking.flush();
  people.push(...shown);
  return shown;
}

async function buy(buyers: readonly Person[]): Promise<void> {
  const at = new Date().toISOString();
  const events = buyers.flatMap((person, index) => {
    person.spent = 1 + (index % 7);
    return [
      { id: `bought-${person.key}`, metric: "bought", unit: person.key, at },
      { id: `paid-${person.key}`, metric: "revenue", unit: person.key, value: person.spent, at },
    ];
  });
  const { track } = await ask<{ track: { accepted: number } }>(
    "mutation ($input: TrackInput!) { track(input: $input) { accepted } }",
    { input: { events } },
    server.key("SERVER", "development"),
  );
  expect(track.accepted).toBe(events.length);
}

/** Of those people, as the definition has it. */
function byHand(crowd: readonly Person[]) {
  const armOf = (variant: string, valueOf: (person: Person) => number): Arm => {
    const values = crowd.filter((person) => person.variant === variant).map(valueOf);
    const sum = values.reduce((all, value) => all + value, 0);
    const nonzero = values.filter((value) => value !== 0).length;
    return { variant, units: values.length, nonzero, value: sum / values.length };
  };
  return [
    ["bought", (person: Person) => Number(person.spent > 0)] as const,
    ["revenue", (person: Person) => person.spent] as const,
  ].map(([key, valueOf]): Metric => {
    const [off, on] = [armOf("off", valueOf), armOf("on", valueOf)];
    const difference = (on.value ?? 0) - (off.value ?? 0);
    return { metric: { key }, arms: [off, on], comparisons: [{ variant: "on", difference }] };
  });
}

function close(metrics: readonly Metric[]) {
  return metrics.map(({ metric, arms, comparisons }) => ({
    metric: { key: metric.key },
    arms: arms.map((arm) => expect.objectContaining({ ...arm, value: near(arm.value) }) as Arm),
    comparisons: comparisons.map((one) => ({ variant: one.variant, difference: near(one.difference) })),
  }));
}

function near(value: number | null): unknown {
  return expect.closeTo(value ?? 0, 10);
}

const figures = "metric { key } arms { variant units nonzero value } comparisons { variant difference }";

beforeAll(async () => {
  server = await startServer();
  const made = await ask(`mutation {
    a: createMetric(input: { key: "bought", type: CONVERSION }) { key }
    b: createMetric(input: { key: "revenue", type: SUM }) { key }
    createFlag(input: { key: "till" }) { key }
    createApiKey(input: { name: "viewer", kind: MANAGEMENT, role: VIEWER }) { secret }
  }`);
  viewer = String(made["createApiKey"]?.["secret"]);
  await ask(`mutation {
    setFlagEnabled(input: { flagKey: "till", environment: "development", enabled: true }) { id }
    createExperiment(input: { key: "price", flagKey: "till", environment: "development", control: "off", slices: ["country"],
      metrics: [{ metric: "bought", role: PRIMARY }, { metric: "revenue", role: SECONDARY }] }) { key }
  }`);
});
afterAll(async () => server.close());

async function verdictOf(): Promise<unknown> {
  const { experiment } = await ask(
    '{ experiment(key: "price") { results { units verdict { state variant } epochs { epoch } } } }',
  );
  return experiment?.["results"];
}

it("says of a draft that it has not started", async () => {
  expect(await verdictOf()).toEqual({
    ...{ units: 0, verdict: { state: "NOT_STARTED", variant: null }, epochs: [] },
  });
  await ask('mutation { startExperiment(input: { experiment: "price" }) { key } }');
  expect(await verdictOf()).toMatchObject({ verdict: { state: "NO_UNITS" }, epochs: [{ epoch: 1 }] });
});

it("tells those who watch of new results, and is what a count by hand says", async () => {
  const live =
    'subscription { experimentResults(key: "price") { units experiment { status } metrics { arms { nonzero } } } }';
  const clients = [viewer, viewer].map((secret) => liveClient(server.url, secret));
  const watchers = clients.map((client) => subscribe<{ experimentResults: Told }>(client, live));
  for (const watcher of watchers) {
    expect((await watcher.next()).data).toMatchObject({ experimentResults: { units: 0 } });
  }

  const shown = await show(240);
  await buy(shown.filter(({ variant }, index) => index % (variant === "on" ? 2 : 3) === 0));
  const bought = byHand(people)[0]?.arms.map(({ nonzero }) => ({ nonzero }));
  for (const watcher of watchers) {
    let told: Told | undefined;
    do told = (await watcher.next(20_000)).data?.experimentResults;
    while (!isDeepStrictEqual(told?.metrics[0].arms, bought)); // one that came halfway tells less
    expect(told).toMatchObject({ units: 240, experiment: { status: "RUNNING" } });
    expect(watcher.pending()).toBe(0);
  }
  for (const client of clients) await client.dispose();
}, 60_000);

it("gives a viewer every figure", async () => {
  const { experiment } = await ask<{ experiment: { results: { metrics: readonly Metric[] } } }>(
    `query { experiment(key: "price") { results { at judgedBy judged information alpha units
      verdict { state variant sentence } checks { name state sentence }
      sampleRatio { arms { variant units expected } chiSquared degreesOfFreedom pValue anytimePValue }
      power { metric { key } power detectableLift units unitsNeeded unitsPerDay daysLeft }
      automatic { promote rollBack obstacles standings { variant beatsMinimum unproven breached } }
      epochs { epoch from traffic arms { variant percent units } }
      metrics { role unitVariance ${figures} }
    } } }`,
    {},
    viewer,
  );
  const { metrics, ...results } = experiment.results;
  expect(metrics.map(({ metric, arms, comparisons }) => ({ metric, arms, comparisons }))).toEqual(
    close(byHand(people)),
  );
  const units = byHand(people)[0]?.arms.map((arm) => arm.units) ?? [];
  expect(results).toMatchObject({
    ...{ judgedBy: "ANYTIME", judged: true, information: 240 / 5_000, alpha: 0.05, units: 240 },
    checks: expect.arrayContaining([
      expect.objectContaining({ name: "SAMPLE_RATIO", state: "PASSED" }),
    ]) as unknown,
    sampleRatio: {
      arms: expect.arrayContaining([{ variant: "off", units: units[0], expected: 120 }]) as unknown,
    },
    ...{ power: { metric: { key: "bought" }, units: 240 }, automatic: { promote: null, rollBack: [] } },
    epochs: [
      {
        ...{ epoch: 1, traffic: 100 },
        arms: expect.arrayContaining([{ variant: "off", percent: 50, units: units[0] }]) as unknown,
      },
    ],
  });
});

it("gives each comparison by every method, and day by day", async () => {
  const judgement = "{ difference { lower upper } lift { lower upper } pValue }";
  const { experiment } = await ask<{
    experiment: { results: { metrics: readonly [{ comparisons: readonly [Record<string, unknown>] }] } };
  }>(`{ experiment(key: "price") { results { metrics { comparisons { variant baseline difference lift
    fixedHorizon ${judgement} anytime ${judgement} groupSequential ${judgement} adjustedPValue effect ready chanceToWin expectedLoss
    varianceReduction guardrail { state margin harm leastHarm mostHarm logEvidence }
    daily { day units difference lift differenceRange { lower upper } liftRange { lower upper } } } } } } }`);
  const [comparison] = experiment.results.metrics[0].comparisons;
  const [bought] = byHand(people);
  expect(comparison).toMatchObject({
    ...{ variant: "on", ready: true, groupSequential: null, guardrail: null, varianceReduction: null },
    baseline: near(bought?.arms[0]?.value ?? null),
    daily: [{ units: 240, difference: near(bought?.comparisons[0]?.difference ?? null) }],
  });
  const { fixedHorizon, anytime } = comparison as Record<string, { difference: Record<string, number> }>;
  expect(anytime?.difference["lower"]).toBeLessThan(fixedHorizon?.difference["lower"] ?? 0);
});

it("tunes intervals once, when enough was seen", async () => {
  const variances = async () =>
    readPlannedVariances(server.app.tools.database, { project: "default", key: "price" });
  const known = await variances();
  expect([...known.keys()].sort()).toEqual(["bought", "revenue"]);
  const rate = people.filter(({ spent }) => spent > 0).length / people.length;
  expect(known.get("bought")).toBeCloseTo(rate * (1 - rate), 1);
});

it("looks into parts of the people", async () => {
  const { experiment } = await ask<{
    experiment: { results: { slices: { slices: readonly { slice: string; metrics: readonly Metric[] }[] } } };
  }>(
    `{ experiment(key: "price") { results { slices(attribute: "country") { attribute caution omitted slices { slice units metrics { ${figures} } } } } } }`,
  );
  const { slices, ...about } = experiment.results.slices;
  expect(about).toMatchObject({
    attribute: "country",
    omitted: 0,
    caution: expect.stringContaining("6") as string,
  });
  expect(slices.map(({ slice }) => slice).sort()).toEqual(countries);
  for (const { slice, metrics } of slices) {
    expect(metrics).toEqual(close(byHand(people.filter(({ country }) => country === slice))));
  }
  const { errors } = await server.graphql(
    '{ experiment(key: "price") { results { slices(attribute: "plan") { omitted } } } }',
  );
  expect(errors?.[0]).toMatchObject({
    extensions: {
      code: "BAD_USER_INPUT",
      fields: [{ path: "attribute", message: expect.stringContaining('("country"), got "plan"') as string }],
    },
  });
});

it("hands results out as files that can be read back", async () => {
  const exported = async (format: string) => {
    const { experimentExport } = await ask(
      `{ experimentExport(key: "price", format: ${format}) { fileName mediaType content } }`,
      {},
      viewer,
    );
    return experimentExport ?? {};
  };
  const { content: csv, ...about } = await exported("CSV");
  expect(about).toEqual({ fileName: "price-results.csv", mediaType: "text/csv; charset=utf-8" });
  const [names = [], ...rows] = String(csv)
    .trimEnd()
    .split("\r\n")
    .map((line) => line.split(","));
  const cell = (row: readonly string[], name: string) => row[names.indexOf(name)];
  const [bought, revenue] = byHand(people);
  expect(
    rows.map((row) => [
      cell(row, "metric"),
      cell(row, "variant"),
      Number(cell(row, "units")),
      Number(cell(row, "value")),
    ]),
  ).toEqual(
    [bought, revenue].flatMap((one) =>
      (one?.arms ?? []).map((arm) => [one?.metric.key, arm.variant, arm.units, near(arm.value)]),
    ),
  );

  const { content: json, ...aboutJson } = await exported("JSON");
  expect(aboutJson).toEqual({ fileName: "price-results.json", mediaType: "application/json" });
  const parsed = JSON.parse(String(json)) as { units: number; metrics: readonly { arms: readonly Arm[] }[] };
  expect(parsed.units).toBe(240);
  expect(parsed.metrics.map(({ arms }) => arms)).toEqual(close(byHand(people)).map(({ arms }) => arms));
});

it("is analysed once for many who look at the same time", async () => {
  const analyses = async () => {
    const text = await server.app.tools.metrics.render();
    return Number(/^halyard_experiment_analyses_total (\d+)/m.exec(text)?.[1]);
  };
  const before = await analyses();
  await Promise.all(Array.from({ length: 50 }, verdictOf));
  expect((await analyses()) - before).toBeLessThanOrEqual(1);
});

it("looks into parts of those, too, whom somebody evaluated for that has the rules", async () => {
  const { experiment } = await ask<{ experiment: { id: string } }>('{ experiment(key: "price") { id } }');
  const [client, unit] = [server.key("CLIENT", "development"), "user-of-an-app"];
  const { evaluate } = await ask<{ evaluate: { variant: string } }>(
    `{ evaluate(flagKey: "till", context: { targetingKey: "${unit}" }, recordExposure: false) { variant } }`,
    {},
    client,
  );
  const shown = { flagKey: "till", variant: evaluate.variant, experiment: experiment.id, epoch: 1, unit };
  const exposure = { ...shown, at: new Date().toISOString(), slices: { country: "nz", plan: "pro" } };
  await ask(
    "mutation ($input: TrackExposuresInput!) { trackExposures(input: $input) { accepted } }",
    { input: { exposures: [exposure] } },
    client,
  );
  await ask('mutation { updateExperiment(input: { experiment: "price", name: "Price" }) { key } }'); // else parts are as they were for a minute
  const results = await ask<{
    experiment: { results: { slices: { slices: readonly { slice: string; units: number }[] } } };
  }>('{ experiment(key: "price") { results { slices(attribute: "country") { slices { slice units } } } } }');
  expect(results.experiment.results.slices.slices).toContainEqual({ slice: "nz", units: 1 });
});

it("is for nobody who only evaluates", async () => {
  for (const kind of ["CLIENT", "SERVER"] as const) {
    const key = server.key(kind, "development");
    const queries = [
      '{ experiment(key: "price") { results { units } } }',
      '{ experimentExport(key: "price", format: CSV) { content } }',
    ];
    for (const query of queries) {
      const { errors } = await server.graphql(query, {}, key);
      expect(errors?.[0]?.extensions.code).toBe("FORBIDDEN");
    }
    const client = liveClient(server.url, key);
    const watching = subscribe(client, 'subscription { experimentResults(key: "price") { units } }');
    expect((await watching.next()).errors?.[0]?.extensions).toMatchObject({ code: "FORBIDDEN" });
    await client.dispose();
  }
  const gone = await ask<Record<string, unknown>>(
    '{ experimentExport(key: "nothing", format: CSV) { content } }',
  );
  expect(gone).toEqual({ experimentExport: null });
});
