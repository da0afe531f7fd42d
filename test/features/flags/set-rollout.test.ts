import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { Serve } from "../../../src/features/flags/flag.js";
import { setFallthrough } from "../../../src/features/flags/set-fallthrough.js";
import { setRollout, type SetRollout } from "../../../src/features/flags/set-rollout.js";
import { updateFlagEnvironment } from "../../../src/features/flags/update-flag-environment.js";
import { adminCaller } from "../../support/tools.js";
import { type Fixture, mistakesOf, openFixture, sidesOf } from "./settings-fixture.js";

const admin = adminCaller();
let fixture: Fixture;

beforeAll(async () => {
  fixture = await openFixture();
  for (const key of ["checkout", "search", "steady", "half"]) await fixture.addFlag(key);
  await fixture.addFlag("theme", {
    type: "STRING",
    variants: ["red", "green", "blue"].map((key) => ({ key, value: key })),
  });
});
afterAll(async () => fixture.opened.close());

async function rollOut(flagKey: string, input: Partial<SetRollout>) {
  const place = { flagKey, environment: "staging" };
  return setRollout(fixture.tools, admin, { ...place, percent: 0, ...input });
}

function split(...slots: [string, number][]): Serve {
  const weights = slots.map(([variant, percent]) => ({ variant, weight: percent * 1_000 }));
  return { split: weights, bucketBy: null, seed: null };
}

describe("setRollout", () => {
  it("splits the fallthrough between `on` and the off variant and touches nothing else", async () => {
    const before = await fixture.stored("checkout", "staging");
    const after = await rollOut("checkout", { percent: 25 });
    const fallthrough = split(["on", 25], ["off", 75]);
    expect(after).toEqual({ ...before, fallthrough, version: 2, updatedAt: after.updatedAt });
    const change = await fixture.lastChange("checkout", "staging");
    expect(change.kind).toBe("flag.rollout_set");
    expect(sidesOf(change)).toEqual({
      before: { fallthrough: { variant: "on" } },
      after: { fallthrough },
    });
  });

  it("serves one variant at 0 and at 100", async () => {
    expect((await rollOut("checkout", { percent: 100 })).fallthrough).toEqual({ variant: "on" });
    expect((await rollOut("checkout", { percent: 0 })).fallthrough).toEqual({ variant: "off" });
  });

  it("switches on when asked", async () => {
    expect(await rollOut("search", { percent: 0.001, enable: true })).toMatchObject({
      enabled: true,
      fallthrough: split(["on", 0.001], ["off", 99.999]),
    });
  });

  it("takes other variants, and keeps what is hashed until told otherwise", async () => {
    const first = await rollOut("theme", {
      percent: 40,
      variant: "blue",
      rest: "green",
      bucketBy: ["company"],
    });
    const fallthrough = { ...split(["blue", 40], ["green", 60]), bucketBy: ["company"] };
    expect(first.fallthrough).toEqual(fallthrough);
    const kept = await rollOut("theme", { percent: 40, variant: "blue", rest: "green" });
    expect(kept).toMatchObject({ fallthrough, version: first.version });
    const reset = await rollOut("theme", { percent: 40, variant: "blue", rest: "green", bucketBy: null });
    expect(reset.fallthrough).toEqual({ ...fallthrough, bucketBy: null });
  });

  it("lets nobody go who has the variant, wherever its buckets lie", async () => {
    const place = { flagKey: "half", environment: "staging" };
    const serve = {
      split: [
        { variant: "off", percent: 70 },
        { variant: "on", percent: 30 },
      ],
    };
    await setFallthrough(fixture.tools, admin, { ...place, serve });
    const { fallthrough } = await rollOut("half", { percent: 50 });
    const total = (variant: string) =>
      "split" in fallthrough
        ? fallthrough.split.reduce((sum, slot) => sum + (slot.variant === variant ? slot.weight : 0), 0)
        : NaN;
    expect([total("on"), total("off")]).toEqual([50_000, 50_000]);
    expect("split" in fallthrough && fallthrough.split.at(-1)?.variant).toBe("on");
  });

  it("names every mistake", async () => {
    expect(await mistakesOf(rollOut("checkout", { percent: 100.5, variant: "blue", rest: "red" }))).toEqual({
      "input.percent": "must be between 0 and 100, got 100.5.",
      "input.variant": 'must be a variant of this flag (on, off), got "blue".',
      "input.rest": 'must be a variant of this flag (on, off), got "red".',
    });
    expect(await mistakesOf(rollOut("checkout", { percent: 0.0001, bucketBy: ["request.time"] }))).toEqual({
      "input.percent": "must have at most three decimals, got 0.0001.",
      "input.bucketBy[0]": "must be another attribute than the clock, request.time.",
    });
    expect(await mistakesOf(rollOut("checkout", { percent: 5, variant: "off" }))).toEqual({
      "input.rest": "must be another variant than the one rolled out, got off for both.",
    });
  });

  it("asks for the variants where there is no `on` and no off variant", async () => {
    const place = { flagKey: "theme", environment: "development" };
    await updateFlagEnvironment(fixture.tools, admin, { ...place, offVariant: null });
    expect(await mistakesOf(setRollout(fixture.tools, admin, { ...place, percent: 5 }))).toEqual({
      "input.variant": 'must be a variant of this flag (red, green, blue), got "on".',
      "input.rest": "must be a variant of this flag (red, green, blue), got null.",
    });
  });
});
