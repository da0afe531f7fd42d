/** Layers keep experiments apart. */
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { createLayer } from "../../../../src/features/experiments/layers/create-layer.js";
import { deleteLayer } from "../../../../src/features/experiments/layers/delete-layer.js";
import { concludeExperiment } from "../../../../src/features/experiments/lifecycle/conclude-experiment.js";
import { pauseExperiment } from "../../../../src/features/experiments/lifecycle/pause-experiment.js";
import { updateExperiment } from "../../../../src/features/experiments/update-experiment.js";
import { updateLayer } from "../../../../src/features/experiments/layers/update-layer.js";
import { startExperiment } from "../../../../src/features/experiments/lifecycle/start-experiment.js";
import { admin } from "../../delivery/delivery-fixture.js";
import { mistakesOf, problemOf } from "../../flags/settings-fixture.js";
import { type Laboratory, openLaboratory, takingPart } from "../experiment-fixture.js";

let lab: Laboratory;
beforeAll(async () => {
  lab = await openLaboratory();
});
afterAll(async () => lab.close());

const people = 5_000;

describe("a layer", () => {
  beforeAll(async () => {
    await createLayer(lab.tools, admin, { key: "checkout" });
    await createLayer(lab.tools, admin, { key: "accounts", attribute: "account" });
    await lab.run("first", { layer: { layer: "checkout", fromPercent: 0, toPercent: 40 } });
  });

  it("gives two experiments nobody in common", async () => {
    const overlapping = lab.run("second", {
      ...{ flagKey: "banner", layer: { layer: "checkout", fromPercent: 39.999, toPercent: 100 } },
    });
    expect(await problemOf(overlapping)).toMatchObject({
      code: "CONFLICT",
      message: 'Experiment "first" has 0 to 40 % of layer "checkout" in staging: take another share.',
    });
    const layer = { layer: "checkout", fromPercent: 40, toPercent: 100 };
    await updateExperiment(lab.tools, admin, { experiment: "second", layer });
    await startExperiment(lab.tools, admin, { experiment: "second" });
    const first = takingPart(lab.crowd(people, "till"));
    const second = takingPart(lab.crowd(people, "banner"));
    expect([...first].filter((key) => second.has(key))).toEqual([]);
    expect(first.size + second.size).toBe(people);
    expect(first.size / people).toBeGreaterThan(0.36);
    expect(first.size / people).toBeLessThan(0.44);
  });

  it("is shared out in each environment for itself, and anew once an experiment is over", async () => {
    await lab.run("elsewhere", {
      ...{ environment: "development", layer: { layer: "checkout", fromPercent: 0, toPercent: 100 } },
    });
    await pauseExperiment(lab.tools, admin, { experiment: "first" });
    const layer = { layer: "checkout", fromPercent: 0, toPercent: 40 };
    const waiting = lab.run("third", { flagKey: "footer", layer });
    expect((await problemOf(waiting)).message).toContain('Experiment "first" has 0 to 40 %');
    await concludeExperiment(lab.tools, admin, { experiment: "first", text: "Enough." });
    await startExperiment(lab.tools, admin, { experiment: "third" });
    expect(takingPart(lab.crowd(500, "footer")).size).toBeGreaterThan(150);
  });

  it("tells people apart as its experiments do", async () => {
    const layer = { layer: "accounts", fromPercent: 0, toPercent: 40 };
    expect(await mistakesOf(lab.create("by-account", { layer }))).toEqual({
      "input.attribute":
        'must be that of the layer, "account", so that nobody is in two of its experiments; got "targetingKey".',
    });
    const changed = await updateLayer(lab.tools, admin, {
      layer: "accounts",
      attribute: "company",
      name: "C",
    });
    expect(changed).toMatchObject({ attribute: "company", name: "C", version: 2 });
    expect(
      await problemOf(updateLayer(lab.tools, admin, { layer: "checkout", attribute: "account" })),
    ).toMatchObject({
      code: "CONFLICT",
      message:
        'Layer "checkout" has the experiments "elsewhere", "first", "second", "third": its attribute stays, because they tell people apart by it.',
    });
  });

  it("is deleted once nothing names it", async () => {
    expect((await problemOf(deleteLayer(lab.tools, admin, { layer: "checkout" }))).code).toBe("CONFLICT");
    expect(await deleteLayer(lab.tools, admin, { layer: "accounts" })).toMatchObject({ key: "accounts" });
    expect((await problemOf(deleteLayer(lab.tools, admin, { layer: "accounts" }))).code).toBe("NOT_FOUND");
  });
});
