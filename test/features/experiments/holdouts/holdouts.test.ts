/** Holdouts keep people out of every experiment. */
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { createHoldout } from "../../../../src/features/experiments/holdouts/create-holdout.js";
import {
  pauseExperiment,
  resumeExperiment,
} from "../../../../src/features/experiments/lifecycle/pause-experiment.js";
import { deleteHoldout } from "../../../../src/features/experiments/holdouts/delete-holdout.js";
import { updateHoldout } from "../../../../src/features/experiments/holdouts/update-holdout.js";
import { userCaller } from "../../../support/tools.js";
import { admin } from "../../delivery/delivery-fixture.js";
import { mistakesOf, problemOf } from "../../flags/settings-fixture.js";
import { type Laboratory, openLaboratory, takingPart } from "../experiment-fixture.js";

let lab: Laboratory;
beforeAll(async () => {
  lab = await openLaboratory();
});
afterAll(async () => lab.close());

const people = 5_000;

describe("a holdout", () => {
  const held = { holdout: "quarter", environment: "staging" };

  it("keeps the same people out of every experiment that is started after it", async () => {
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
