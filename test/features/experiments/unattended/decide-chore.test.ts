/** Running experiments are looked at often enough and not too often, and what is done is counted. */
import { afterEach, beforeEach, expect, it } from "vitest";
import { createDecider } from "../../../../src/features/experiments/unattended/decide-chore.js";
import { systemCaller } from "../../../../src/features/permissions/index.js";
import { openMetrics } from "../../../../src/platform/metrics.js";
import { stored, visit } from "./decide-fixture.js";
import { type Laboratory, openLaboratory } from "../experiment-fixture.js";

let lab: Laboratory;
beforeEach(async () => {
  lab = await openLaboratory();
});
afterEach(async () => lab.close());

it("looks again after half a minute, and then only where something changed", async () => {
  const metrics = openMetrics();
  const decide = createDecider({ ...lab.tools, metrics }, systemCaller("test"));
  const experiment = await lab.run("price", { promotesAutomatically: true });
  const at = "2026-03-11T12:00:00Z";
  const rates = { bought: { off: 0.1, on: 0.4 } };
  await visit(lab, experiment, { name: "first", size: 1_500, at, rates });

  lab.setClock("2026-03-17T11:59:40Z");
  await decide(experiment);
  lab.statements();
  lab.setClock("2026-03-17T12:00:09Z");
  await decide(experiment);
  expect(lab.statements()).toBe(0);
  lab.setClock("2026-03-17T12:00:10Z");
  await decide(experiment);
  expect(await stored(lab, "price")).toMatchObject({ status: "CONCLUDED" });
  expect(await metrics.render()).toContain('halyard_experiment_decisions_total{action="PROMOTED"} 1');
});

it("counts an alarm once", async () => {
  const metrics = openMetrics();
  const decide = createDecider({ ...lab.tools, metrics }, systemCaller("test"));
  const experiment = await lab.run("price");
  const crowd = { rates: {}, lost: { on: 0.4 } };
  await visit(lab, experiment, { ...crowd, name: "odd", size: 2_000, at: "2026-03-10T12:30:00Z" });
  lab.setClock("2026-03-10T13:00:00Z");
  await decide(experiment);
  await visit(lab, experiment, { ...crowd, name: "more", size: 100, at: "2026-03-10T13:30:00Z" });
  lab.setClock("2026-03-10T14:00:00Z");
  await decide(experiment);
  expect(await metrics.render()).toContain('halyard_experiment_alarms_total{kind="SAMPLE_RATIO"} 1');
  const again = createDecider({ ...lab.tools, metrics: openMetrics() }, systemCaller("test"));
  await again(experiment);
  expect(await metrics.render()).toContain('halyard_experiment_alarms_total{kind="SAMPLE_RATIO"} 1');
});
