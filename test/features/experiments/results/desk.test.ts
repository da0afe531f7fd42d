/** How many analyses it costs that many ask. */
import { afterEach, beforeEach, expect, it } from "vitest";
import { createResults, type Results } from "../../../../src/features/experiments/results/desk.js";
import { updateExperiment } from "../../../../src/features/experiments/update-experiment.js";
import { openMetrics } from "../../../../src/platform/metrics.js";
import { silentLog } from "../../../support/silent-log.js";
import { admin } from "../../delivery/delivery-fixture.js";
import { type Laboratory, openLaboratory } from "../experiment-fixture.js";

let lab: Laboratory;
let results: Results;
let metrics: ReturnType<typeof openMetrics>;

beforeEach(async () => {
  lab = await openLaboratory();
  metrics = openMetrics();
  const { now } = lab.tools;
  results = createResults({ ...{ database: lab.opened.database, log: silentLog, metrics, now } });
});
afterEach(async () => {
  await results.close();
  await lab.close();
});

async function analyses(): Promise<number> {
  return Number(/^halyard_experiment_analyses_total (\d+)/m.exec(await metrics.render())?.[1]);
}

it("a hundred who ask at once, and those who watch, cost one", async () => {
  const experiment = await lab.run("price");
  const stop = results.watch.listen(experiment, () => undefined);
  const watched = results.watch.latest(experiment);
  lab.setClock("2026-03-10T12:00:00.001Z"); // what was read before somebody began to watch is not for them
  const asked = Array.from({ length: 100 }, async () => results.of(experiment));
  const [first, ...others] = await Promise.all([watched, ...asked]);
  for (const other of others) expect(other).toBe(first);
  expect(await analyses()).toBe(1);
  stop();
});

it("each experiment costs one, and another version of one", async () => {
  const [price, next] = [await lab.run("price"), await lab.create("next")];
  const renamed = await updateExperiment(lab.tools, admin, { experiment: "price", name: "Price" });
  await Promise.all([price, next, renamed, price, next, renamed].map(async (one) => results.of(one)));
  expect(await analyses()).toBe(3);
});
