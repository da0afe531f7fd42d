/** What of an experiment can change, and what cannot any more. */
import { sql } from "drizzle-orm";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { CreateExperiment } from "../../../src/features/experiments/create-experiment.js";
import { startExperiment } from "../../../src/features/experiments/lifecycle/start-experiment.js";
import { stopExperiment } from "../../../src/features/experiments/lifecycle/stop-experiment.js";
import {
  updateExperiment,
  type UpdateExperiment,
} from "../../../src/features/experiments/update-experiment.js";
import { archiveMetric } from "../../../src/features/tracking/archive-metric.js";
import { rowsOf } from "../../../src/platform/database/index.js";
import { userCaller } from "../../support/tools.js";
import { admin } from "../delivery/delivery-fixture.js";
import { mistakesOf, problemOf } from "../flags/settings-fixture.js";
import { type Laboratory, openLaboratory } from "./experiment-fixture.js";

let lab: Laboratory;
beforeAll(async () => {
  lab = await openLaboratory();
});
afterAll(async () => lab.close());

const notBoth = "must be false where `optimises` is true: nothing is promoted by itself while shares move.";
const bought = { metric: "bought", role: "PRIMARY" } as const;

describe("a new experiment", () => {
  it("takes what is not said from the flag and from the defaults", async () => {
    const { control: _, ...experiment } = await lab.create("plain", { control: null });
    expect(experiment).toMatchObject({
      ...{ name: "plain", hypothesis: null, audience: null, attribute: "targetingKey", traffic: 100 },
      ...{ mode: "ANYTIME", alpha: 0.05, minimumEffect: 0, plannedUnits: 5_000, minimumRuntimeDays: 7 },
      arms: [
        { variant: "on", weight: 50_000 },
        { variant: "off", weight: 50_000 },
      ],
      metrics: [{ ...bought, margin: null }],
      ...{ layer: null, slices: [], startsAt: null, endsAt: null },
    });
    expect((await problemOf(lab.create("PLAIN"))).code).toBe("ALREADY_EXISTS");
  });

  it.each<[Partial<CreateExperiment>, Record<string, string>]>([
    [{ control: "blue" }, { "input.control": 'must be one of the arms (on, off), got "blue".' }],
    [{ arms: [{ variant: "on", percent: 100 }] }, { "input.arms": "must have at least 2 entries, got 1." }],
    [
      {
        arms: [
          { variant: "blue", percent: 50 },
          { variant: "off", percent: 50 },
        ],
      },
      { "input.arms[0].variant": 'must be a variant of the flag (on, off), got "blue".' },
    ],
    [
      {
        arms: [
          { variant: "on", percent: 50 },
          { variant: "off", percent: 49.999 },
        ],
      },
      { "input.arms": "must sum to 100, got 99.999." },
    ],
    [
      {
        arms: [
          { variant: "on", percent: 100 },
          { variant: "off", percent: 0 },
        ],
      },
      { "input.arms[1].percent": "must be above 0, got 0." },
    ],
    [{ traffic: 0 }, { "input.traffic": "must be above 0, got 0." }],
    [{ traffic: 0.001 }, { "input.traffic": "must leave each arm 0.001 % of those who qualify, got 0.001." }],
    [{ alpha: 0.3 }, { "input.alpha": "must be between 0.001 and 0.2, got 0.3." }],
    [
      { metrics: [{ metric: "errors", role: "GUARDRAIL" }] },
      { "input.metrics[0].margin": "must be above 0 and at most 1 for a GUARDRAIL, got null." },
    ],
    [
      { metrics: [{ metric: "errors", role: "SECONDARY" }] },
      { "input.metrics": "must have one with the role PRIMARY." },
    ],
    [
      { metrics: [{ metric: "nothing", role: "PRIMARY" }] },
      { "input.metrics[0].metric": 'must be an existing metric, got "nothing".' },
    ],
    [
      { attribute: "request.time" },
      { "input.attribute": "must be another attribute than the clock, request.time." },
    ],
    [
      { audience: { segment: "nobody" } },
      { "input.audience.segment": 'must be an existing segment, got "nobody".' },
    ],
    [
      { rollsBackAutomatically: true },
      { "input.rollsBackAutomatically": "needs a metric with the role GUARDRAIL." },
    ],
    [
      { promotesAutomatically: true, mode: "FIXED_HORIZON" },
      { "input.promotesAutomatically": "needs the mode ANYTIME, got FIXED_HORIZON." },
    ],
    [{ promotesAutomatically: true, optimises: true }, { "input.promotesAutomatically": notBoth }],
    [
      { optimises: true },
      {
        "input.endsAt":
          "must be set where `optimises` is true: what shares that move have shown is judged once, at the end.",
      },
    ],
    [
      { startsAt: "2026-04-01T00:00:00Z", endsAt: "2026-04-01T00:00:00Z" },
      { "input.endsAt": "must be after startsAt, got 2026-04-01T00:00:00.000Z." },
    ],
    [{ endsAt: "soon" }, { "input.endsAt": expect.stringContaining("RFC 3339") as string }],
    [
      { layer: { layer: "nowhere", fromPercent: 0, toPercent: 50 } },
      { "input.layer.layer": 'must be an existing layer, got "nowhere".' },
    ],
  ])("is refused with %j", async (input, mistakes) => {
    expect(await mistakesOf(lab.create("wrong", input))).toEqual(mistakes);
  });

  it("does not start without what it needs", async () => {
    await lab.create("endless", { mode: "GROUP_SEQUENTIAL" });
    expect((await problemOf(startExperiment(lab.tools, admin, { experiment: "endless" }))).message).toBe(
      'Experiment "endless" cannot start: endsAt must be set for the mode GROUP_SEQUENTIAL.',
    );
    await lab.create("slow", { metrics: [bought, { metric: "latency", role: "SECONDARY" }] });
    await archiveMetric(lab.tools, admin, { metric: "latency" });
    expect((await problemOf(startExperiment(lab.tools, admin, { experiment: "slow" }))).message).toBe(
      'Experiment "slow" cannot start: metrics[1].metric must be a metric that is not archived, got "latency".',
    );
  });
});

describe("an experiment that runs", () => {
  beforeAll(async () => {
    await lab.run("running", { endsAt: "2026-05-01T00:00:00Z" });
  });

  it.each<[string, Partial<UpdateExperiment>, string]>([
    [
      "audience",
      { audience: { attribute: "plan", operator: "EXISTS" } },
      "others would be measured than before",
    ],
    ["attribute", { attribute: "account" }, "others would be measured than before"],
    ["control", { control: "on" }, "a question that is changed once there are numbers is answered by chance"],
    ["alpha", { alpha: 0.1 }, "a question that is changed once there are numbers is answered by chance"],
    [
      "mode",
      { mode: "FIXED_HORIZON" },
      "a question that is changed once there are numbers is answered by chance",
    ],
    ["traffic", { traffic: 50 }, "it has a way of its own, changeTraffic, which moves nobody"],
    ["minimumRuntimeDays", { minimumRuntimeDays: 6 }, "it may only become longer"],
    ["endsAt", { endsAt: "2026-03-10T12:00:00Z" }, "it must lie ahead; stopExperiment ends it now"],
    [
      "arms",
      {
        arms: [
          { variant: "on", percent: 40 },
          { variant: "off", percent: 60 },
        ],
      },
      "whoever was shown one thing would be shown another",
    ],
    [
      "metrics",
      { metrics: [bought, { metric: "errors", role: "PRIMARY" }] },
      "a question that is changed once there are numbers is answered by chance; SECONDARY ones may be added behind the others",
    ],
  ])("keeps its %s", async (name, input, why) => {
    const problem = await problemOf(updateExperiment(lab.tools, admin, { experiment: "running", ...input }));
    expect(problem).toMatchObject({
      code: "CONFLICT",
      message: `Experiment "running" is RUNNING, so that its ${name} cannot change: ${why}.`,
    });
  });

  it("changes what leaves its meaning alone, and measures by more", async () => {
    const updated = await updateExperiment(lab.tools, admin, {
      ...{ experiment: "running", name: "Bigger button", hypothesis: "It is easier to hit." },
      ...{ minimumRuntimeDays: 14, endsAt: null, promotesAutomatically: true },
      metrics: [bought, { metric: "revenue", role: "SECONDARY" }],
    });
    expect(updated).toMatchObject({ status: "RUNNING", epoch: 1, endsAt: null, minimumRuntimeDays: 14 });
    const measured = await lab.opened.database.execute(
      sql`select source, is_covariate from trial_metrics where trial = ${updated.id} order by source`,
    );
    expect(rowsOf(measured)).toEqual([
      { source: "bought", is_covariate: true },
      { source: "revenue", is_covariate: false },
    ]);
    const { version } = await updateExperiment(lab.tools, admin, {
      ...{ experiment: "running", name: "Bigger button" },
    });
    expect(version).toBe(updated.version);
    const stale = updateExperiment(lab.tools, admin, {
      experiment: "running",
      name: "X",
      expectedVersion: 1,
    });
    expect(await problemOf(stale)).toMatchObject({ code: "CONFLICT" });
  });

  it("keeps all but its words once it is over", async () => {
    await stopExperiment(lab.tools, admin, { experiment: "running" });
    const late = updateExperiment(lab.tools, admin, { experiment: "running", minimumRuntimeDays: 21 });
    expect((await problemOf(late)).message).toContain("cannot change: it is over.");
    const renamed = await updateExperiment(lab.tools, admin, { experiment: "running", name: "Buttons" });
    expect(renamed.name).toBe("Buttons");
  });
});

it("asks for more where the environment is protected", async () => {
  const developer = userCaller("DEVELOPER");
  await lab.create("guarded", { environment: "production" });
  const ref = { experiment: "guarded", expectedVersion: 1 };
  expect(
    await problemOf(updateExperiment(lab.tools, developer, { ...ref, expectedVersion: null })),
  ).toMatchObject({ code: "PRECONDITION_REQUIRED" });
  await updateExperiment(lab.tools, developer, { ...ref, startsAt: "2027-01-01T00:00:00Z" });
  const starting = { experiment: "guarded", expectedVersion: 2 };
  expect((await problemOf(startExperiment(lab.tools, developer, starting))).code).toBe("FORBIDDEN");
  await startExperiment(lab.tools, userCaller("MANAGER"), starting);
  const renaming = { experiment: "guarded", name: "G", expectedVersion: 3 };
  expect((await problemOf(updateExperiment(lab.tools, developer, renaming))).code).toBe("FORBIDDEN");
});
