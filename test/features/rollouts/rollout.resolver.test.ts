/** From the start of a rollout to its end, by the doors that people and applications use. */
import { afterAll, beforeAll, expect, it } from "vitest";
import { systemCaller } from "../../../src/features/permissions/index.js";
import { runRollouts } from "../../../src/features/rollouts/run-rollouts.js";
import { silentLog } from "../../support/silent-log.js";
import { startServer, type TestServer } from "../../support/server.js";

let server: TestServer;
let now = Date.now();

beforeAll(async () => {
  server = await startServer("pglite", {}, () => now);
  await mutate('createMetric(input: { key: "errors", type: CONVERSION, direction: DECREASE }) { id }');
  await mutate(
    'createFlag(input: { key: "till", environments: [{ environment: "development", enabled: false }] }) { id }',
  );
});
afterAll(async () => server.close());

async function mutate(text: string, variables: Readonly<Record<string, unknown>> = {}) {
  const declared = Object.keys(variables).length === 0 ? "" : "($input: StartGuardedRolloutInput!) ";
  const { data, errors } = await server.graphql(`mutation ${declared}{ ${text} }`, variables);
  if (errors !== undefined || !data) throw new Error(JSON.stringify(errors));
  return data;
}

const fields = `id key status reason variant baseline attribute percent step steps { percent hold { hours units approval } }
  audience units { variant baseline } waitsFor flag { key } environment { key } startedBy { email }
  guardrails { metric { key } margin baselineValue variantValue harm breached proven }
  decisions { totalCount nodes { action summary inputs } }`;

async function read(id: string): Promise<Record<string, unknown>> {
  const { data, errors } = await server.graphql<{ guardedRollout: Record<string, unknown> }>(
    `query ($id: ID!) { guardedRollout(id: $id) { ${fields} } }`,
    { id },
  );
  if (errors !== undefined || !data) throw new Error(JSON.stringify(errors));
  return data.guardedRollout;
}

it("starts, tells how it stands, takes a step, pauses, resumes, is approved and ends", async () => {
  const input = {
    ...{
      flagKey: "till",
      environment: "development",
      variant: "on",
      key: "till-2",
      idempotencyKey: "start-1",
    },
    audience: { attribute: "country", operator: "IN", values: ["DE"] },
    guardrails: [{ metric: "errors", margin: 0.5 }],
    steps: [
      { percent: 20, hold: { hours: 1 } },
      { percent: 50, hold: { units: 1, approval: true } },
      { percent: 100 },
    ],
  };
  const start = async () => mutate("startGuardedRollout(input: $input) { id version }", { input });
  const started = (await start())["startGuardedRollout"] as { id: string; version: number };
  expect((await start())["startGuardedRollout"]).toEqual(started);
  const { id } = started;
  expect(await read(id)).toMatchObject({
    ...{
      key: "till-2",
      status: "RUNNING",
      reason: null,
      variant: "on",
      baseline: "off",
      percent: 20,
      step: 1,
    },
    ...{ attribute: "targetingKey", audience: input.audience, units: { variant: 0, baseline: 0 } },
    ...{ flag: { key: "till" }, environment: { key: "development" }, startedBy: null },
    waitsFor: [
      'Flag "till" is off in development: once it is on, the hours of this step begin.',
      "Nobody has been shown the variant so far, so that nothing can be compared.",
    ],
    guardrails: [{ metric: { key: "errors" }, margin: 0.5, harm: null, breached: false, proven: false }],
    decisions: { totalCount: 0 },
  });

  await mutate(
    'setFlagEnabled(input: { flagKey: "till", environment: "development", enabled: true }) { id }',
  );
  await people("early");
  await look();
  now += 3_600_000;
  await look();
  await mutate(`pauseGuardedRollout(input: { id: "${id}", reason: "Lunch." }) { status }`);
  expect(await read(id)).toMatchObject({ status: "PAUSED", reason: "Lunch.", step: 2, percent: 50 });
  await mutate(`resumeGuardedRollout(input: { id: "${id}" }) { status }`);
  await people("later");
  await look();
  expect((await read(id))["waitsFor"]).toEqual([
    'It cannot be ruled out yet that metric "errors" gets worse by 50 % or more.',
    "Somebody must approve the step.",
  ]);
  await mutate(`approveStep(input: { id: "${id}", step: 2 }) { status }`);
  const { data } = await server.graphql(
    `{ flag(key: "till") { environment(key: "development") { guardedRollout { id } rules { managedBy } } }
       guardedRollouts(flagKey: "till", environment: "development", status: RUNNING) { totalCount nodes { id } } }`,
  );
  expect(data).toEqual({
    flag: { environment: { guardedRollout: { id }, rules: [{ managedBy: "rollout:till-2" }] } },
    guardedRollouts: { totalCount: 1, nodes: [{ id }] },
  });
  const ended = await mutate(`abortGuardedRollout(input: { id: "${id}" }) { status endedAt waitsFor }`);
  expect(ended["abortGuardedRollout"]).toMatchObject({ status: "ABORTED", waitsFor: [] });
  expect(await read(id)).toMatchObject({
    decisions: { totalCount: 1, nodes: [{ action: "ADVANCED", inputs: { rollout: { step: 1 } } }] },
  });
});

/** The server does it by itself, too, every ten seconds. */
async function look() {
  await runRollouts({ ...server.app.tools, now: () => now, log: silentLog }, systemCaller("test"));
}

async function people(name: string): Promise<void> {
  for (let index = 0; index < 30; index += 1) {
    await server.graphql(
      'query ($context: EvaluationContext!) { evaluate(flagKey: "till", context: $context) { variant } }',
      { context: { targetingKey: `${name}-${index}`, attributes: { country: "DE" } } },
      server.key("CLIENT", "development"),
    );
  }
  await server.app.tools.tracking.flush();
}

it("answers null to whoever may not see it, and nothing else to strangers", async () => {
  const id = "00000000-0000-4000-8000-000000000000";
  const ask = async (credential: string | null, wanted: string) =>
    server.graphql("query ($id: ID!) { guardedRollout(id: $id) { id } }", { id: wanted }, credential);
  expect((await server.graphql(`{ guardedRollout(id: "${id}") { id } }`)).data).toEqual({
    guardedRollout: null,
  });
  expect((await server.graphql('{ guardedRollout(id: "nothing") { id } }')).data).toEqual({
    guardedRollout: null,
  });
  expect((await ask(null, id)).errors?.[0]?.extensions).toMatchObject({ code: "UNAUTHENTICATED" });
});
