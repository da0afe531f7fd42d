import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { setFallthrough } from "../../../src/features/flags/set-fallthrough.js";
import { setTargets } from "../../../src/features/flags/set-targets.js";
import type { TargetInput } from "../../../src/features/flags/target-input.js";
import {
  updateFlagEnvironment,
  type UpdateFlagEnvironment,
} from "../../../src/features/flags/update-flag-environment.js";
import { adminCaller } from "../../support/tools.js";
import { type Fixture, mistakesOf, openFixture, problemOf, sidesOf } from "./settings-fixture.js";

const admin = adminCaller();
const place = { flagKey: "theme", environment: "staging" };
let fixture: Fixture;

beforeAll(async () => {
  fixture = await openFixture();
  const variants = ["red", "green", "blue"].map((key) => ({ key, value: key }));
  await fixture.addFlag("theme", { type: "STRING", variants });
  await fixture.addFlag("other");
});
afterAll(async () => fixture.opened.close());

async function update(input: Partial<UpdateFlagEnvironment>) {
  return updateFlagEnvironment(fixture.tools, admin, { ...place, ...input });
}

async function target(targets: readonly TargetInput[]) {
  return setTargets(fixture.tools, admin, { ...place, targets });
}

describe("updateFlagEnvironment", () => {
  it("starts from the defaults of a flag", async () => {
    expect(await fixture.stored("theme", "staging")).toMatchObject({
      enabled: false,
      offVariant: "red",
      fallthrough: { variant: "red" },
      targets: [],
      rules: [],
      prerequisites: [],
      version: 1,
    });
  });

  it("changes everything at once, under one version and one change", async () => {
    const input = {
      enabled: true,
      offVariant: null,
      fallthrough: { variant: "blue" },
      targets: [{ variant: "green", values: ["bob"] }],
      rules: [
        {
          id: "r1",
          when: { attribute: "plan", operator: "IN", values: ["pro"] },
          serve: { variant: "blue" },
        },
      ],
      prerequisites: [{ flagKey: "other", variants: ["on"] }],
    } as const;
    const before = await fixture.stored("theme", "staging");
    const after = await update(input);
    const targets = [{ variant: "green", attribute: "targetingKey", values: ["bob"] }];
    expect(after).toMatchObject({
      ...input,
      targets,
      rules: [{ id: "r1", gate: null }],
      version: before.version + 1,
    });
    const change = await fixture.lastChange("theme", "staging");
    expect(change.kind).toBe("flag.environment_updated");
    expect(Object.keys(sidesOf(change).after ?? {}).sort()).toEqual([
      "enabled",
      "fallthrough",
      "offVariant",
      "prerequisites",
      "ruleOrder",
      "rules",
      "targets",
    ]);
  });

  it("changes nothing when one member is mistaken", async () => {
    const before = await fixture.stored("theme", "staging");
    const mistakes = await mistakesOf(
      update({ enabled: false, offVariant: "pink", rules: null, fallthrough: null }),
    );
    expect(mistakes).toEqual({
      "input.offVariant": 'must be a variant of this flag (red, green, blue), got "pink".',
      "input.rules": "must not be null.",
      "input.fallthrough": "must not be null.",
    });
    expect(await fixture.stored("theme", "staging")).toEqual(before);
  });

  it("refuses two rules of one id, and more than 200", async () => {
    const rule = { id: "r1", serve: { variant: "red" } };
    expect(await mistakesOf(update({ rules: [rule, rule] }))).toEqual({
      "input.rules[1].id": 'must be unique in the flag, got "r1" twice.',
    });
    expect(
      await mistakesOf(update({ rules: Array.from({ length: 201 }, () => ({ serve: { variant: "red" } })) })),
    ).toEqual({
      "input.rules": "must have at most 200 entries, got 201.",
    });
  });

  it("keeps the buckets of a rule whose id stays, until they are reset", async () => {
    const half = [
      { variant: "red", percent: 50 },
      { variant: "blue", percent: 50 },
    ];
    const seeds = {
      gate: { percent: 10, seed: "wave" },
      serve: { split: half, bucketBy: ["company"], seed: "two" },
    };
    await update({ rules: [{ id: "r2", ...seeds }] });
    const kept = await update({ rules: [{ id: "r2", gate: { percent: 20 }, serve: { split: half } }] });
    expect(kept.rules[0]).toMatchObject({
      gate: { percent: 20, bucketBy: null, seed: "wave" },
      serve: { bucketBy: ["company"], seed: "two" },
    });
    const split = { split: half, bucketBy: null, seed: null };
    const reset = await update({ rules: [{ id: "r2", serve: split }] });
    expect(reset.rules[0]).toMatchObject({ gate: null, serve: { bucketBy: null, seed: null } });
  });

  it("needs the version in production", async () => {
    const production = { environment: "production", enabled: false };
    expect(await problemOf(update(production))).toMatchObject({
      code: "PRECONDITION_REQUIRED",
      message: 'Flag "theme" in production needs expectedVersion here; its version is 1.',
    });
  });
});

describe("setFallthrough", () => {
  it("reads a split, but no holes", async () => {
    const serve = { split: [{ variant: "red", percent: 33.333 }, { percent: 66.667 }] };
    expect(await mistakesOf(setFallthrough(fixture.tools, admin, { ...place, serve }))).toEqual({
      "input.serve.split[1].variant": "must be a variant of this flag (red, green, blue), got null.",
    });
    const whole = {
      split: [
        { variant: "red", percent: 33.333 },
        { variant: "green", percent: 33.333 },
        { variant: "blue", percent: 33.334 },
      ],
    };
    const { fallthrough } = await setFallthrough(fixture.tools, admin, { ...place, serve: whole });
    expect(fallthrough).toEqual({
      split: [
        { variant: "red", weight: 33_333 },
        { variant: "green", weight: 33_333 },
        { variant: "blue", weight: 33_334 },
      ],
      bucketBy: null,
      seed: null,
    });
    expect((await fixture.lastChange("theme", "staging")).kind).toBe("flag.fallthrough_set");
  });

  it("refuses shares that do not sum to 100", async () => {
    const serve = {
      split: [
        { variant: "red", percent: 33.33 },
        { variant: "blue", percent: 66.66 },
      ],
    };
    expect(await mistakesOf(setFallthrough(fixture.tools, admin, { ...place, serve }))).toEqual({
      "input.serve.split": "must sum to 100, got 99.99.",
    });
    expect(
      await mistakesOf(setFallthrough(fixture.tools, admin, { ...place, serve: { split: [] } })),
    ).toEqual({
      "input.serve.split": "must have at least 1 entry, got 0.",
    });
  });
});

describe("setTargets", () => {
  it("replaces the list; the targeting key is the default attribute", async () => {
    const { targets } = await target([
      { variant: "red", values: ["alice"] },
      { variant: "blue", attribute: "company", values: ["alice", "acme"] },
    ]);
    expect(targets).toEqual([
      { variant: "red", attribute: "targetingKey", values: ["alice"] },
      { variant: "blue", attribute: "company", values: ["alice", "acme"] },
    ]);
    expect((await fixture.lastChange("theme", "staging")).kind).toBe("flag.targets_set");
  });

  it("lists a value once for each attribute, and names every mistake", async () => {
    const mistaken = [
      { variant: "red", values: ["alice", "al\0ice"] },
      { variant: "pink", attribute: "targetingKey", values: ["bob", "alice"] },
      { variant: "red", attribute: "request.time", values: [""] },
    ];
    expect(await mistakesOf(target(mistaken))).toEqual({
      "input.targets[0].values[1]": 'must be well-formed Unicode without NUL, got "al\\u0000ice".',
      "input.targets[1].variant": 'must be a variant of this flag (red, green, blue), got "pink".',
      "input.targets[1].values[1]": 'must be listed once, got "alice" again.',
      "input.targets[2].attribute": "must be another attribute than the clock, request.time.",
      "input.targets[2].values[0]": "must not be empty.",
    });
  });

  it("has room for 10 000 values", async () => {
    const values = Array.from({ length: 10_001 }, (_, index) => `user-${index}`);
    expect(await mistakesOf(target([{ variant: "red", values }]))).toEqual({
      "input.targets": "must not list more than 10000 values, got 10001.",
    });
    expect((await target([{ variant: "red", values: values.slice(1) }])).targets[0]?.values).toHaveLength(
      10_000,
    );
  });
});
