/** Layers keep experiments apart, and holdouts keep people out of all of them. */
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { createHoldout } from "../../../src/features/experiments/create-holdout.js";
import { createLayer } from "../../../src/features/experiments/create-layer.js";
import { deleteLayer } from "../../../src/features/experiments/delete-layer.js";
import { concludeExperiment } from "../../../src/features/experiments/conclude-experiment.js";
import { pauseExperiment, resumeExperiment } from "../../../src/features/experiments/pause-experiment.js";
import { updateExperiment } from "../../../src/features/experiments/update-experiment.js";
import { deleteHoldout, updateHoldout } from "../../../src/features/experiments/update-holdout.js";
import { updateLayer } from "../../../src/features/experiments/update-layer.js";
import { startExperiment } from "../../../src/features/experiments/start-experiment.js";
import { userCaller } from "../../support/tools.js";
import { admin } from "../delivery/delivery-fixture.js";
import { mistakesOf, problemOf } from "../flags/settings-fixture.js";
import { type Answer, type Laboratory, openLaboratory } from "./experiment-fixture.js";

let lab: Laboratory;
beforeAll(async () => {
  lab = await openLaboratory();
});
afterAll(async () => lab.close());

function takingPart(crowd: ReadonlyMap<string, Answer>): Set<string> {
  return new Set([...crowd].filter(([, { experiment }]) => experiment !== undefined).map(([key]) => key));
}

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

describe("a holdout", () => {
  const held = { holdout: "quarter", environment: "staging" };

  it("keeps the same people out of every experiment that is started after it", async () => {
    for (const experiment of ["second", "third"]) {
      await concludeExperiment(lab.tools, admin, { experiment, text: "Enough." });
    }
    await createHoldout(lab.tools, admin, { key: "quarter", environment: "staging", percent: 20 });
    await lab.run("one");
    await lab.run("two", { flagKey: "banner" });
    const one = takingPart(lab.crowd(people, "till"));
    const two = takingPart(lab.crowd(people, "banner"));
    expect(two).toEqual(one);
    expect(one.size / people).toBeGreaterThan(0.77);
    expect(one.size / people).toBeLessThan(0.83);
  });

  it("leaves alone what is under way when it changes or goes, and also when that was paused meanwhile", async () => {
    const before = lab.crowd(people, "till");
    await pauseExperiment(lab.tools, admin, { experiment: "one" });
    const changed = await updateHoldout(lab.tools, admin, { ...held, percent: 50 });
    expect(changed).toMatchObject({ weight: 50_000, version: 2 });
    await resumeExperiment(lab.tools, admin, { experiment: "one" });
    expect(lab.crowd(people, "till")).toEqual(before);

    await lab.run("after", { flagKey: "footer" });
    const after = takingPart(lab.crowd(people, "footer"));
    expect(after.size / people).toBeLessThan(0.53);
    const wide = takingPart(before);
    expect([...after].every((key) => wide.has(key))).toBe(true);
    expect(await deleteHoldout(lab.tools, admin, held)).toMatchObject({ key: "quarter" });
    expect(lab.crowd(people, "till")).toEqual(before);
  });

  it("is changed by those who may run experiments there", async () => {
    const there = { key: "few", environment: "production", percent: 5 };
    const developer = userCaller("DEVELOPER");
    expect((await problemOf(createHoldout(lab.tools, developer, there))).code).toBe("FORBIDDEN");
    await createHoldout(lab.tools, userCaller("MANAGER"), there);
    const ref = { holdout: "few", environment: "production" };
    expect((await problemOf(deleteHoldout(lab.tools, admin, ref))).code).toBe("PRECONDITION_REQUIRED");
    for (const percent of [0, 50.001, 101, 0.0001]) {
      const wrong = createHoldout(lab.tools, admin, { ...there, key: "wrong", percent });
      expect(Object.keys(await mistakesOf(wrong))).toEqual(["input.percent"]);
    }
  });
});
