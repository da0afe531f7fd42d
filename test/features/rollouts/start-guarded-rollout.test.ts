import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { createExperiment } from "../../../src/features/experiments/create-experiment.js";
import { startExperiment } from "../../../src/features/experiments/lifecycle/start-experiment.js";
import { stopExperiment } from "../../../src/features/experiments/lifecycle/stop-experiment.js";
import { listFlagEnvironments } from "../../../src/features/flags/index.js";
import { addRule } from "../../../src/features/flags/add-rule.js";
import { archiveFlag } from "../../../src/features/flags/archive-flag.js";
import { setFallthrough } from "../../../src/features/flags/set-fallthrough.js";
import { setFlagEnabled } from "../../../src/features/flags/set-flag-enabled.js";
import { abortGuardedRollout } from "../../../src/features/rollouts/abort-guarded-rollout.js";
import { approveStep } from "../../../src/features/rollouts/approve-step.js";
import { pauseGuardedRollout } from "../../../src/features/rollouts/pause-guarded-rollout.js";
import type { StartGuardedRollout } from "../../../src/features/rollouts/start-guarded-rollout.js";
import { startGuardedRollout } from "../../../src/features/rollouts/start-guarded-rollout.js";
import { archiveMetric } from "../../../src/features/tracking/archive-metric.js";
import { createMetric } from "../../../src/features/tracking/create-metric.js";
import type { Problem } from "../../../src/platform/problems.js";
import { keyCaller, userCaller } from "../../support/tools.js";
import { admin } from "../delivery/delivery-fixture.js";
import { Clock, openRollouts, ordinary, type RolloutFixture } from "./rollout-fixture.js";

const clock = new Clock();
let fixture: RolloutFixture;

beforeAll(async () => {
  fixture = await openRollouts(clock);
  await fixture.addFlag("plain");
});
beforeEach(async () => fixture.endAll());
afterAll(async () => fixture.close());

const staging = (flagKey: string) => ({ flagKey, environment: "staging" });

async function settingsOf(flag: string) {
  const settings = await listFlagEnvironments(fixture.opened.database, "default", [flag]);
  const found = settings.find(({ environment }) => environment === "staging");
  if (found === undefined) throw new Error("The flag has no settings there.");
  return found;
}

async function mistakesOf(input: Partial<StartGuardedRollout>): Promise<string[]> {
  const [outcome] = await Promise.allSettled([fixture.start({ flagKey: "plain", ...input })]);
  if (outcome.status === "fulfilled") throw new Error("It was taken.");
  const { code, details } = outcome.reason as Problem;
  expect(code).toBe("BAD_USER_INPUT");
  return (details.fields ?? []).map(({ path, message }) => `${path} ${message}`);
}

describe("what is sent", () => {
  it.each<[string, Partial<StartGuardedRollout>, string[]]>([
    [
      "steps that do not rise",
      {
        steps: [{ percent: 0, hold: { hours: 1 } }, { percent: 20, hold: { hours: 1 } }, { percent: 20 }],
      },
      [
        "input.steps[0].percent must be above 0, got 0.",
        "input.steps[2].percent must be above that of the step before, 20, got 20.",
      ],
    ],
    [
      "steps that end early or late",
      { steps: [{ percent: 100, hold: { hours: 1 } }, { percent: 99 }] },
      [
        "input.steps[0].percent must be below 100, with which it ends, got 100.",
        "input.steps[1].percent must be above that of the step before, 100, got 99.",
      ],
    ],
    ["one step", { steps: [{ percent: 100 }] }, ["input.steps must have at least 2 entries, got 1."]],
    [
      "holds that hold nothing, or the end",
      {
        steps: [
          { percent: 1 },
          { percent: 2, hold: { hours: 0, units: 0 } },
          { percent: 100, hold: { hours: 1 } },
        ],
      },
      [
        "input.steps[0].hold must say what the next step waits for: hours, units, approval or some of them.",
        "input.steps[1].hold.hours must be above 0 and at most 8760, got 0.",
        "input.steps[1].hold.units must be between 1 and 1000000000, got 0.",
        "input.steps[2].hold must be left out: the rollout ends with its last step.",
      ],
    ],
    [
      "guardrails that are none",
      { guardrails: [{ metric: "no key" }, { metric: "errors" }, { metric: "errors", margin: 0 }] },
      [
        'input.guardrails[0].metric must be the key of a metric, got "no key".',
        'input.guardrails[2].metric must be in the list once, got "errors" twice.',
        "input.guardrails[2].margin must be above 0 and at most 1, got 0.",
      ],
    ],
    ["no guardrail", { guardrails: [] }, ["input.guardrails must have at least 1 entry, got 0."]],
    [
      "metrics and variants that are not there",
      { guardrails: [{ metric: "nothing" }], variant: "purple" },
      [
        'input.guardrails[0].metric must be an existing metric, got "nothing".',
        'input.variant must be a variant of the flag (on, off), got "purple".',
      ],
    ],
    [
      "a baseline that is the variant",
      { baseline: "on" },
      ['input.baseline must be another variant than the one that is rolled out, "on".'],
    ],
    [
      "an audience of nobody known",
      { audience: { segment: "nobody" } },
      ['input.audience.segment must be an existing segment, got "nobody".'],
    ],
    [
      "the clock",
      { attribute: "request.time" },
      ["input.attribute must be another attribute than the clock, request.time."],
    ],
    ["a name that is none", { key: "no key" }, [expect.stringContaining("input.key must be")]],
  ])("is refused for %s", async (_title, input, mistakes) => {
    expect(await mistakesOf(input)).toEqual(mistakes);
  });

  it("is refused for an archived metric", async () => {
    await createMetric(fixture.tools, admin, { key: "old", type: "COUNT" });
    await archiveMetric(fixture.tools, admin, { metric: "old" });
    expect(await mistakesOf({ guardrails: [{ metric: "old" }] })).toEqual([
      'input.guardrails[0].metric must be a metric that is not archived, got "old".',
    ]);
  });

  it("is for those who may", async () => {
    const input = { ...ordinary, flagKey: "plain" };
    const viewer = userCaller("VIEWER");
    await expect(startGuardedRollout(fixture.tools, viewer, input)).rejects.toMatchObject({
      code: "FORBIDDEN",
    });
    const developer = userCaller("DEVELOPER");
    const production = { ...input, environment: "production" };
    await expect(startGuardedRollout(fixture.tools, developer, production)).rejects.toMatchObject({
      code: "FORBIDDEN",
    });
    await expect(startGuardedRollout(fixture.tools, admin, production)).rejects.toMatchObject({
      code: "PRECONDITION_REQUIRED",
    });
    await expect(
      startGuardedRollout(fixture.tools, admin, { ...input, expectedVersion: 1 }),
    ).rejects.toMatchObject({ code: "CONFLICT" });
    await expect(startGuardedRollout(fixture.tools, developer, input)).resolves.toMatchObject({
      ...{ status: "RUNNING", step: 1, key: "plain", baseline: "off", attribute: "targetingKey" },
      startedBy: { kind: "USER" },
    });
  });
});

describe("the rule", () => {
  it("comes behind those of people, so that they decide as ever", async () => {
    await fixture.addFlag("ruled");
    const rule = {
      when: { attribute: "plan", operator: "IN", values: ["staff"] },
      serve: { variant: "on" },
    } as const;
    await addRule(fixture.tools, admin, { ...staging("ruled"), rule });
    const { id } = await fixture.start({ flagKey: "ruled", key: "release-7" });
    const { rules } = await settingsOf("ruled");
    expect(rules.map(({ owner }) => owner ?? null)).toEqual([
      null,
      { kind: "ROLLOUT", key: "release-7", id, epoch: 1, slices: [] },
    ]);
    const staff = Array.from({ length: 50 }, (_none, index) =>
      fixture.ask("ruled", `staff-${index}`, { plan: "staff" }),
    );
    expect(staff.every(({ variant }) => variant === "on")).toBe(true);
  });

  it("goes by another attribute where one is named", async () => {
    await fixture.addFlag("by-company");
    const steps = [{ percent: 50, hold: { hours: 1 } }, { percent: 100 }];
    await fixture.start({ flagKey: "by-company", attribute: "company", steps });
    const variants = new Set(
      Array.from(
        { length: 20 },
        (_none, index) => fixture.ask("by-company", `p-${index}`, { company: "acme" }).variant,
      ),
    );
    expect(variants.size).toBe(1);
  });
});

describe("the baseline", () => {
  it("is what a flag serves when it is off, if its fallthrough is the variant; switched on, it leads there", async () => {
    await fixture.instance.addFlag("sleeping");
    const rollout = await fixture.start({ flagKey: "sleeping" });
    expect(rollout).toMatchObject({ baseline: "off", offSince: new Date(clock.now) });
    expect(await settingsOf("sleeping")).toMatchObject({ enabled: false, fallthrough: { variant: "off" } });
    await setFlagEnabled(fixture.tools, admin, { ...staging("sleeping"), enabled: true });
    const people = await fixture.people("sleeping", "sleeping", 300);
    expect(new Set(people.map(({ variant }) => variant))).toEqual(new Set(["on", "off"]));
    await abortGuardedRollout(fixture.tools, admin, { id: rollout.id });
    expect(people.every(({ unit }) => fixture.ask("sleeping", unit).variant === "off")).toBe(true);
  });

  it("cannot be guessed where the fallthrough is a split", async () => {
    await fixture.addFlag("split");
    const split = [
      { variant: "on", percent: 50 },
      { variant: "off", percent: 50 },
    ];
    await setFallthrough(fixture.tools, admin, { ...staging("split"), serve: { split } });
    expect(await mistakesOf({ flagKey: "split" })).toEqual([
      "input.baseline must be named, since the fallthrough of the flag is a split.",
    ]);
    await fixture.start({ flagKey: "split", baseline: "off" });
  });

  it("is nothing where everybody has the variant already", async () => {
    await fixture.addFlag("everywhere");
    await setFallthrough(fixture.tools, admin, { ...staging("everywhere"), serve: { variant: "on" } });
    await expect(fixture.start({ flagKey: "everywhere", baseline: "off" })).rejects.toMatchObject({
      code: "CONFLICT",
    });
  });
});

describe("what else is under way", () => {
  it("is one rollout of a flag in an environment at a time", async () => {
    await fixture.addFlag("single");
    const starts = await Promise.allSettled([
      fixture.start({ flagKey: "single" }),
      fixture.start({ flagKey: "single" }),
    ]);
    expect(starts.map(({ status }) => status).sort()).toEqual(["fulfilled", "rejected"]);
    await expect(fixture.start({ flagKey: "single" })).rejects.toMatchObject({
      code: "CONFLICT",
      message:
        'Guarded rollout "single" of flag "single" in staging is RUNNING: one at a time, so abort that first.',
    });
    const { version } = await settingsOf("single");
    await expect(archiveFlag(fixture.tools, admin, { flagKey: "single" })).rejects.toMatchObject({
      code: "CONFLICT",
    });
    expect(version).toBeGreaterThan(1);
    await expect(archiveMetric(fixture.tools, admin, { metric: "errors" })).rejects.toMatchObject({
      code: "CONFLICT",
    });
  });

  it("is no experiment on it either", async () => {
    await fixture.addFlag("compared");
    const metrics = [{ metric: "orders", role: "PRIMARY" } as const];
    const experiment = { ...staging("compared"), key: "compared", metrics };
    await createExperiment(fixture.tools, admin, experiment);
    const { id } = await fixture.start({ flagKey: "compared" });
    await expect(startExperiment(fixture.tools, admin, { experiment: "compared" })).rejects.toMatchObject({
      code: "CONFLICT",
    });
    await abortGuardedRollout(fixture.tools, admin, { id });
    await startExperiment(fixture.tools, admin, { experiment: "compared" });
    await expect(fixture.start({ flagKey: "compared" })).rejects.toMatchObject({ code: "CONFLICT" });
    await stopExperiment(fixture.tools, admin, { experiment: "compared" });
    await fixture.start({ flagKey: "compared" });
  });
});

describe("in a protected environment", () => {
  it("somebody else than who started it approves, and it is stopped without its version", async () => {
    await fixture.addFlag("guarded");
    const production = { flagKey: "guarded", environment: "production" };
    const steps = [{ percent: 50, hold: { approval: true } }, { percent: 100 }];
    const { id, version } = await fixture.start({ ...production, steps, expectedVersion: 1 });
    const input = { id, expectedVersion: version };
    await expect(approveStep(fixture.tools, admin, input)).rejects.toMatchObject({ code: "FORBIDDEN" });
    const manager = keyCaller({ role: "MANAGER" });
    const developer = keyCaller({ role: "DEVELOPER" });
    await expect(approveStep(fixture.tools, developer, input)).rejects.toMatchObject({ code: "FORBIDDEN" });
    await expect(approveStep(fixture.tools, manager, { id })).rejects.toMatchObject({
      code: "PRECONDITION_REQUIRED",
    });
    expect(await approveStep(fixture.tools, manager, input)).toMatchObject({ approvedStep: 1 });
    await expect(pauseGuardedRollout(fixture.tools, developer, { id })).rejects.toMatchObject({
      code: "FORBIDDEN",
    });
    await pauseGuardedRollout(fixture.tools, manager, { id });
    await abortGuardedRollout(fixture.tools, manager, { id });
  });

  it("knows nothing of rollouts of other projects", async () => {
    await fixture.addFlag("secret");
    const { id } = await fixture.start({ flagKey: "secret" });
    const foreign = userCaller(null, { other: "ADMIN" });
    await expect(abortGuardedRollout(fixture.tools, foreign, { id })).rejects.toMatchObject({
      code: "NOT_FOUND",
      message: `Guarded rollout "${id}" was not found.`,
    });
  });
});
