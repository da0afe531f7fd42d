import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { ConditionOperator, GRID } from "../../../src/evaluation/index.js";
import type { Serve, Slot } from "../../../src/features/flags/flag.js";
import {
  defaultSettings,
  readSettings,
  type SettingsInput,
} from "../../../src/features/flags/flag-settings.js";
import type { RuleInput } from "../../../src/features/flags/rule-input.js";
import { readServe, type ServeInput, writeServe } from "../../../src/features/flags/serve-input.js";
import { type Settings, settingsDifference } from "../../../src/features/flags/settings-difference.js";
import { writeCondition, type WrittenCondition } from "../../../src/features/segments/index.js";
import { Mistakes } from "../../../src/platform/input.js";

const keys = ["red", "green", "blue"];
const flag = {
  key: "theme",
  variants: keys.map((key) => ({ key, name: null, description: null, value: key })),
};

function reading() {
  return { flag, mistakes: new Mistakes(), references: [] };
}

function read(input: SettingsInput, current: Settings = defaultSettings(flag)): Settings {
  const pass = reading();
  const settings = readSettings("input", input, current, pass);
  pass.mistakes.throwIfAny();
  return settings;
}

/** What a client reads, as it would send it back. */
function written(settings: Settings): SettingsInput {
  return {
    ...settings,
    fallthrough: writeServe(settings.fallthrough),
    rules: settings.rules.map((rule) => ({
      ...rule,
      serve: writeServe(rule.serve),
      when: rule.when === null ? { all: [] } : writeCondition(rule.when),
    })),
  };
}

const variant = fc.constantFrom(...keys);
const weight = fc.integer({ min: 0, max: GRID });
const text = fc.stringMatching(/^[a-z]{1,8}$/);
const bucketBy = fc.option(fc.uniqueArray(text, { minLength: 1, maxLength: 3 }));

/** Shares of the variants, and perhaps of a hole, that sum to 100. */
function shares(holes: boolean) {
  const owners = fc.shuffledSubarray(holes ? [...keys, null] : keys, { minLength: 1 });
  return fc.tuple(owners, fc.tuple(weight, weight, weight)).map(([variants, cuts]) => {
    const bounds = [0, ...cuts.slice(0, variants.length - 1).sort((a, b) => a - b), GRID];
    return variants.map((owner, index) => {
      const share = (bounds[index + 1] ?? GRID) - (bounds[index] ?? 0);
      return { variant: owner, percent: share / 1_000 };
    });
  });
}

function serve(holes: boolean): fc.Arbitrary<ServeInput> {
  const split = fc.record({ split: shares(holes), bucketBy, seed: fc.option(text) });
  return fc.oneof(fc.record({ variant }), split);
}

const { condition } = fc.letrec<{ condition: WrittenCondition }>((tie) => {
  const parts = fc.array(tie("condition"), { maxLength: 3 });
  const upTo = (max: number) => fc.integer({ min: 0, max }).map((units) => units / 1_000);
  return {
    condition: fc.oneof(
      { maxDepth: 3 },
      fc.record({
        attribute: text,
        operator: fc.constantFrom(ConditionOperator.IN, ConditionOperator.NOT_CONTAINS),
        values: fc.array(text, { minLength: 1, maxLength: 3 }),
        ignoreCase: fc.boolean(),
      }),
      fc.record({ segment: text }),
      fc.record({ flag: text, variants: fc.array(text, { minLength: 1, maxLength: 2 }) }),
      fc.record({
        bucket: fc.record({
          fromPercent: upTo(50_000),
          toPercent: upTo(50_000).map((share) => Math.round(100_000 - share * 1_000) / 1_000),
          seed: text,
        }),
      }),
      fc.record({ all: parts }),
      fc.record({ any: parts }),
      fc.record({ not: tie("condition") }),
    ),
  };
});

const moment = fc
  .date({ min: new Date("2000-01-01T00:00:00Z"), max: new Date("2050-01-01T00:00:00Z"), noInvalidDate: true })
  .map((date) => date.toISOString());

const rule: fc.Arbitrary<RuleInput> = fc.record({
  name: fc.option(text),
  when: fc.option(condition),
  gate: fc.option(
    fc.record({ percent: weight.map((units) => units / 1_000), bucketBy, seed: fc.option(text) }),
  ),
  serve: serve(true),
  startsAt: fc.option(moment),
  endsAt: fc.constant("2051-01-01T00:00:00+02:00"),
});

const settingsInput: fc.Arbitrary<SettingsInput> = fc.record({
  enabled: fc.boolean(),
  offVariant: fc.option(variant),
  fallthrough: serve(false),
  targets: fc.uniqueArray(fc.record({ variant, attribute: text, values: fc.uniqueArray(text) }), {
    selector: (target) => target.attribute,
    maxLength: 3,
  }),
  rules: fc.array(rule, { maxLength: 3 }),
  prerequisites: fc.uniqueArray(fc.record({ flagKey: text, variants: fc.array(text, { minLength: 1 }) }), {
    selector: (prerequisite) => prerequisite.flagKey,
    maxLength: 3,
  }),
});

describe("readSettings", () => {
  it("finds nothing to change in what was read and is sent back", () => {
    fc.assert(
      fc.property(settingsInput, (input) => {
        const settings = read(input);
        expect(settingsDifference(settings, read(written(settings), settings))).toBeNull();
      }),
    );
  });

  it("leaves what is absent", () => {
    fc.assert(
      fc.property(settingsInput, fc.subarray(Object.keys(defaultSettings(flag))), (input, absent) => {
        const settings = read(input);
        const less = Object.entries(written(settings)).filter(([name]) => !absent.includes(name));
        expect(settingsDifference(settings, read(Object.fromEntries(less), settings))).toBeNull();
      }),
    );
  });
});

/** The variant of every bucket. */
function layout(slots: readonly Slot[]): (string | null)[] {
  return slots.flatMap(({ variant: owner, weight: share }) => Array<string | null>(share).fill(owner));
}

function slotsOf(served: Serve): readonly Slot[] {
  return "split" in served ? served.split : [];
}

function weightsOf(slots: readonly Slot[]): Map<string | null, number> {
  const weights = new Map<string | null, number>();
  for (const { variant: owner, weight: share } of slots)
    weights.set(owner, (weights.get(owner) ?? 0) + share);
  return weights;
}

describe("a changed split", () => {
  it("has the wanted shares and moves no more buckets than it must, change after change", () => {
    fc.assert(
      fc.property(fc.array(shares(true), { minLength: 2, maxLength: 4 }), (changes) => {
        let served: Serve | null = null;
        for (const split of changes) {
          const pass = reading();
          const before: readonly Slot[] = served === null ? [] : slotsOf(served);
          served = readServe("input.serve", { split }, { before: served, holes: true }, pass);
          pass.mistakes.throwIfAny();
          const after = slotsOf(served);
          const weights = weightsOf(after);
          for (const { variant: owner, percent } of split) {
            expect(weights.get(owner) ?? 0).toBe(Math.round(percent * 1_000));
          }
          if (before.length === 0) continue;
          const [old, present] = [layout(before), layout(after)];
          const moved = old.filter((owner, bucket) => owner !== present[bucket]).length;
          const formerly = weightsOf(before);
          const gains = [...weights].map(([owner, share]) => Math.max(0, share - (formerly.get(owner) ?? 0)));
          expect(moved).toBe(gains.reduce((sum, gain) => sum + gain, 0));
        }
      }),
      { numRuns: 30 },
    );
  });

  it("is laid out anew with another seed or other attributes", () => {
    const split = [
      { variant: "red", percent: 50 },
      { variant: "blue", percent: 50 },
    ];
    const before: Serve = {
      split: [
        { variant: "blue", weight: 50_000 },
        { variant: "red", weight: 50_000 },
      ],
      bucketBy: null,
      seed: null,
    };
    const change = (input: ServeInput) => readServe("input", input, { before, holes: false }, reading());
    expect(change({ split })).toEqual(before);
    expect(change({ split, seed: "theme", bucketBy: ["targetingKey"] })).toMatchObject({
      split: before.split,
    });
    const plain = [
      { variant: "red", weight: 50_000 },
      { variant: "blue", weight: 50_000 },
    ];
    expect(change({ split, seed: "other" })).toMatchObject({ split: plain });
    expect(change({ split, bucketBy: ["company"] })).toMatchObject({ split: plain });
  });
});
