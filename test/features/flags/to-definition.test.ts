import { describe, expect, it } from "vitest";
import { checkFlag } from "../../../src/evaluation/index.js";
import type { Rule } from "../../../src/features/flags/flag.js";
import { toDefinition } from "../../../src/features/flags/to-definition.js";

const flag = {
  key: "new-checkout",
  type: "BOOLEAN",
  clientVisible: true,
  variants: [
    { key: "on", name: "On", description: null, value: true },
    { key: "off", name: null, description: null, value: false },
  ],
} as const;

const settings = {
  enabled: true,
  offVariant: "off",
  fallthrough: { variant: "on" },
  targets: [],
  rules: [],
  prerequisites: [],
  version: 7,
} as const;

const rule: Rule = {
  id: "r1",
  name: "staff first",
  when: null,
  gate: null,
  serve: { variant: "on" },
  startsAt: null,
  endsAt: null,
};

function ruleOf(changed: Partial<Rule>) {
  return toDefinition(flag, { ...settings, rules: [{ ...rule, ...changed }] }).rules?.[0];
}

describe("the definition of a flag", () => {
  it("holds what the evaluator needs, as the ruleset spells it", () => {
    const definition = toDefinition(flag, {
      ...settings,
      prerequisites: [{ flagKey: "payments", variants: ["v2"] }],
      targets: [{ variant: "on", attribute: "targetingKey", values: ["bob"] }],
      fallthrough: {
        split: [
          { variant: "on", weight: 25_000 },
          { variant: "off", weight: 75_000 },
        ],
        bucketBy: null,
        seed: null,
      },
    });
    expect(definition).toEqual({
      key: "new-checkout",
      type: "BOOLEAN",
      version: 7,
      enabled: true,
      clientVisible: true,
      offVariant: "off",
      variants: [
        { key: "on", value: true },
        { key: "off", value: false },
      ],
      prerequisites: [{ flagKey: "payments", variants: ["v2"] }],
      targets: [{ variant: "on", attribute: "targetingKey", values: ["bob"] }],
      rules: [],
      fallthrough: {
        split: [
          { variant: "on", weight: 25_000 },
          { variant: "off", weight: 75_000 },
        ],
        bucketing: { by: ["targetingKey"], seed: "new-checkout", algorithm: "MURMUR3" },
      },
    });
    expect(checkFlag(definition)).toEqual([]);
  });

  it("makes everyone of a rule without a condition", () => {
    expect(ruleOf({})).toEqual({
      id: "r1",
      name: "staff first",
      when: { all: [] },
      serve: { variant: "on" },
    });
  });

  it("makes conditions of a gate and of both ends of a window", () => {
    const segment = { segment: "staff" };
    const clock = { attribute: "request.time", operator: "BEFORE" };
    const [startsAt, endsAt] = ["2026-12-01T09:00:00Z", "2026-12-24T00:00:00Z"];
    const changed = {
      when: segment,
      gate: { percent: 12.345, bucketBy: null, seed: null },
      startsAt,
      endsAt,
    };
    const bucket = { by: ["targetingKey"], seed: "new-checkout:r1", algorithm: "MURMUR3" };
    expect(ruleOf(changed)?.when).toEqual({
      all: [
        segment,
        { bucket, from: 0, to: 12_345, of: 100_000 },
        { not: { ...clock, values: [startsAt] } },
        { ...clock, values: [endsAt] },
      ],
    });
    expect(checkFlag(toDefinition(flag, { ...settings, rules: [{ ...rule, ...changed }] }))).toEqual([]);
  });

  it("says what measures an owned rule, where it splits", () => {
    const owner = { kind: "EXPERIMENT", key: "price", id: "e1", epoch: 3, slices: ["plan"] } as const;
    const serve = { split: [{ variant: "on", weight: 100_000 }], bucketBy: null, seed: "e1" };
    const experiment = { id: "e1", epoch: 3, slices: ["plan"] };
    expect(ruleOf({ owner, serve })?.experiment).toEqual(experiment);
    expect(ruleOf({ owner: { ...owner, kind: "ROLLOUT" }, serve })?.experiment).toEqual(experiment);
    for (const unmeasured of [{ owner }, { owner: null, serve }, { serve }]) {
      expect(ruleOf(unmeasured)).not.toHaveProperty("experiment");
    }
    expect(checkFlag(toDefinition(flag, { ...settings, rules: [{ ...rule, owner, serve }] }))).toEqual([]);
  });

  it("leaves a single condition as it is", () => {
    expect(ruleOf({ when: { segment: "staff" } })?.when).toEqual({ segment: "staff" });
  });

  it("keeps seeds and attributes that were chosen", () => {
    const gate = { percent: 50, bucketBy: ["company", "targetingKey"], seed: "wave-2" };
    const bucket = { by: ["company", "targetingKey"], seed: "wave-2", algorithm: "MURMUR3" };
    expect(ruleOf({ gate })?.when).toEqual({ bucket, from: 0, to: 50_000, of: 100_000 });
    const serve = { split: [{ variant: null, weight: 100_000 }], bucketBy: ["company"], seed: "split-2" };
    expect(ruleOf({ serve })?.serve).toEqual({
      split: [{ variant: null, weight: 100_000 }],
      bucketing: { by: ["company"], seed: "split-2", algorithm: "MURMUR3" },
    });
  });
});
