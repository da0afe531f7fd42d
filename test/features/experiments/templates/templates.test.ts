/** Templates are what experiments begin with, and nothing more. */
import { afterAll, beforeAll, expect, it } from "vitest";
import { createExperimentTemplate } from "../../../../src/features/experiments/templates/create-template.js";
import { deleteExperimentTemplate } from "../../../../src/features/experiments/templates/delete-template.js";
import { updateExperimentTemplate } from "../../../../src/features/experiments/templates/update-template.js";
import { admin } from "../../delivery/delivery-fixture.js";
import { mistakesOf, problemOf } from "../../flags/settings-fixture.js";
import { type Laboratory, openLaboratory } from "../experiment-fixture.js";

let lab: Laboratory;
beforeAll(async () => {
  lab = await openLaboratory();
});
afterAll(async () => lab.close());

const metrics = [
  { metric: "revenue", role: "PRIMARY" },
  { metric: "errors", role: "GUARDRAIL", margin: 0.02 },
] as const;

it("sets what the input of an experiment leaves out", async () => {
  const settings = {
    ...{ metrics, traffic: 10, rollsBackAutomatically: true, minimumRuntimeDays: 14 },
    audience: { attribute: "plan", operator: "EQUALS", values: ["pro"] },
  } as const;
  await createExperimentTemplate(lab.tools, admin, { key: "shop", settings });
  const experiment = await lab.create("by-template", {
    ...{ template: "shop", metrics: null, traffic: 25, control: null },
  });
  expect(experiment).toMatchObject({
    ...{ traffic: 25, rollsBackAutomatically: true, minimumRuntimeDays: 14, alpha: 0.05 },
    audience: { attribute: "plan", operator: "EQUALS", values: ["pro"] },
    metrics: [
      { metric: "revenue", role: "PRIMARY", margin: null },
      { metric: "errors", role: "GUARDRAIL", margin: 0.02 },
    ],
  });
  expect((await problemOf(lab.create("nowhere", { template: "nothing" }))).code).toBe("NOT_FOUND");
});

it("is read like the settings of an experiment", async () => {
  const wrong = createExperimentTemplate(lab.tools, admin, {
    ...{ key: "wrong", settings: { traffic: 101, alpha: 1, arms: [{ variant: "on", percent: 100 }] } },
  });
  expect(Object.keys(await mistakesOf(wrong)).sort()).toEqual([
    "input.settings.alpha",
    "input.settings.arms",
    "input.settings.traffic",
  ]);
});

it("asks for no promotion where shares move, neither alone nor with what an input adds", async () => {
  const why = "must be false where `optimises` is true: nothing is promoted by itself while shares move.";
  const both = createExperimentTemplate(lab.tools, admin, {
    ...{ key: "both", settings: { optimises: true, promotesAutomatically: true } },
  });
  expect(await mistakesOf(both)).toEqual({
    "input.settings.promotesAutomatically": why,
  });
  await createExperimentTemplate(lab.tools, admin, { key: "moving", settings: { optimises: true } });
  const added = lab.create("moved", {
    ...{ template: "moving", promotesAutomatically: true, endsAt: "2026-05-01T00:00:00Z" },
  });
  expect(await mistakesOf(added)).toEqual({ "input.promotesAutomatically": why });
});

it("changes for what is created afterwards, and goes without a trace in what was", async () => {
  const updated = await updateExperimentTemplate(lab.tools, admin, {
    ...{ template: "shop", settings: { metrics, alpha: 0.01 }, expectedVersion: 1 },
  });
  expect(updated).toMatchObject({ version: 2, settings: { alpha: 0.01 } });
  expect(updated.settings.traffic).toBeUndefined();
  const stale = updateExperimentTemplate(lab.tools, admin, {
    template: "shop",
    name: "X",
    expectedVersion: 1,
  });
  expect((await problemOf(stale)).code).toBe("CONFLICT");
  expect(await deleteExperimentTemplate(lab.tools, admin, { template: "shop" })).toMatchObject({
    key: "shop",
  });
  expect((await problemOf(lab.create("late", { template: "shop" }))).code).toBe("NOT_FOUND");
});
