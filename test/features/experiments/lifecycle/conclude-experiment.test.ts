/** Whom a variant reaches that was found out to be best: nobody on whom it was not tried. */
import { afterEach, beforeEach, expect, it } from "vitest";
import { createHoldout } from "../../../../src/features/experiments/holdouts/create-holdout.js";
import { concludeExperiment } from "../../../../src/features/experiments/lifecycle/conclude-experiment.js";
import { pauseExperiment } from "../../../../src/features/experiments/lifecycle/pause-experiment.js";
import { stopExperiment } from "../../../../src/features/experiments/lifecycle/stop-experiment.js";
import type { ExperimentRef } from "../../../../src/features/experiments/change-experiment.js";
import { addRule } from "../../../../src/features/flags/add-rule.js";
import { listFlagEnvironments } from "../../../../src/features/flags/index.js";
import { admin } from "../../delivery/delivery-fixture.js";
import { type Laboratory, openLaboratory } from "../experiment-fixture.js";

let lab: Laboratory;
beforeEach(async () => {
  lab = await openLaboratory();
});
afterEach(async () => lab.close());

const experiment = "german";
const audience = { attribute: "country", operator: "EQUALS", values: ["DE"] } as const;
const people = Array.from({ length: 50 }, (_, n) => `user-${n}`);

function served(country: string): ReadonlySet<string | null> {
  return new Set(people.map((who) => lab.ask(who, "till", { country }).variant));
}

async function rulesOf(flag: string) {
  const settings = await listFlagEnvironments(lab.opened.database, "default", [flag]);
  return settings.find(({ environment }) => environment === "staging")?.rules ?? [];
}

it.each<[string, (ref: ExperimentRef) => Promise<unknown>]>([
  ["RUNNING", async () => undefined],
  ["PAUSED", async (ref) => pauseExperiment(lab.tools, admin, ref)],
  ["STOPPED", async (ref) => stopExperiment(lab.tools, admin, ref)],
])("reaches its audience alone, held out or not, where it was %s", async (_status, reach) => {
  await createHoldout(lab.tools, admin, { key: "few", environment: "staging", percent: 50 });
  const { id } = await lab.run(experiment, { audience });
  expect(served("DE")).toEqual(new Set(["on", "off"]));
  await reach({ experiment });
  await concludeExperiment(lab.tools, admin, { experiment, variant: "on", text: "It was better." });
  expect(served("DE")).toEqual(new Set(["on"]));
  expect(served("FR")).toEqual(new Set(["off"]));
  const [rule, ...more] = await rulesOf("till");
  expect(more).toEqual([]);
  expect(rule).toMatchObject({ id, name: experiment, serve: { variant: "on" } });
  expect(rule?.owner).toBeUndefined();
  await lab.run("next", { audience }); // it stands in nobody's way
});

it("stays behind the rules that people put ahead of it meanwhile", async () => {
  await lab.run(experiment, { audience });
  const when = { attribute: "plan", operator: "EQUALS", values: ["free"] } as const;
  const rule = { id: "urgent", when, serve: { variant: "off" } };
  await addRule(lab.tools, admin, { flagKey: "till", environment: "staging", position: 0, rule });
  await concludeExperiment(lab.tools, admin, { experiment, variant: "on", text: "It was better." });
  expect((await rulesOf("till")).map(({ name, id }) => name ?? id)).toEqual(["urgent", experiment]);
  expect(lab.ask("user-1", "till", { country: "DE", plan: "free" }).variant).toBe("off");
  expect(lab.ask("user-1", "till", { country: "DE" }).variant).toBe("on");
});

it("leaves an experiment that has begun since whom it has", async () => {
  await lab.run(experiment, { audience });
  await stopExperiment(lab.tools, admin, { experiment });
  const { id } = await lab.run("since");
  await concludeExperiment(lab.tools, admin, { experiment, variant: "on", text: "It was better." });
  expect((await rulesOf("till")).map(({ owner }) => owner?.key)).toEqual(["since", undefined]);
  expect(lab.ask("user-1", "till", { country: "DE" }).experiment).toMatchObject({ id });
});

it("reaches everybody where everybody qualified", async () => {
  await lab.run(experiment);
  await concludeExperiment(lab.tools, admin, { experiment, variant: "on", text: "It was better." });
  expect(await rulesOf("till")).toEqual([]);
  expect(served("FR")).toEqual(new Set(["on"]));
});
