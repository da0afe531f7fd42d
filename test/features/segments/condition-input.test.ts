import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { checkCondition, type ConditionOperator } from "../../../src/evaluation/index.js";
import {
  readCondition,
  writeCondition,
  type WrittenCondition,
} from "../../../src/features/segments/condition-input.js";
import { conditionReferences } from "../../../src/features/segments/condition-references.js";
import { Mistakes } from "../../../src/platform/input.js";
import { Problem } from "../../../src/platform/problems.js";

/** Path and message of each mistake in a condition. */
function mistakesOf(input: WrittenCondition): string[] {
  const mistakes = new Mistakes();
  readCondition("input.when", input, mistakes);
  try {
    mistakes.throwIfAny();
    return [];
  } catch (error) {
    if (!(error instanceof Problem)) throw error;
    return (error.details.fields ?? []).map(({ path, message }) => `${path}: ${message}`);
  }
}

const text = fc
  .string({ minLength: 1, maxLength: 10 })
  .filter((it) => it.trim() !== "" && !it.includes("\0"));
const percent = fc.integer({ min: 0, max: 100_000 }).map((thousandths) => thousandths / 1_000);
const values: Partial<Record<ConditionOperator, fc.Arbitrary<unknown>>> = {
  EQUALS: fc.oneof(text, fc.boolean(), fc.integer()),
  NOT_IN: fc.oneof(text, fc.boolean(), fc.integer()),
  ENDS_WITH: text,
  GTE: fc.integer(),
  AFTER: fc.constantFrom("2026-12-01T09:00:00Z", "2026-12-01", 1_767_225_600_000),
  SEMVER_LT: fc.constantFrom("1.2.3", "v2"),
  NOT_IN_CIDR: fc.constantFrom("10.0.0.0/8", "::1/128"),
  MATCHES: fc.constantFrom("^a+$", "b|c"),
};
const clause = fc.constantFrom(...(Object.keys(values) as ConditionOperator[])).chain((operator) =>
  fc.record(
    {
      attribute: text,
      operator: fc.constant(operator),
      values: fc.array(values[operator] ?? text, { maxLength: 3 }),
      ignoreCase: fc.boolean(),
    },
    { requiredKeys: ["attribute", "operator", "values"] },
  ),
);
const bucket = fc
  .record(
    { a: percent, b: percent, bucketBy: fc.array(text, { minLength: 1, maxLength: 3 }), seed: text },
    { requiredKeys: ["a", "b", "seed"] },
  )
  .map(({ a, b, ...rest }) => ({ fromPercent: Math.min(a, b), toPercent: Math.max(a, b), ...rest }))
  .map((test) => ({ bucket: test }));
const leaf: fc.Arbitrary<WrittenCondition> = fc.oneof(
  clause,
  bucket,
  text.map((segment) => ({ segment })),
  fc.record({ flag: text, variants: fc.array(text, { minLength: 1, maxLength: 3 }) }),
  fc.record({ attribute: text, operator: fc.constantFrom("EXISTS" as const, "NOT_EXISTS" as const) }),
);
const written = fc.letrec<{ tree: WrittenCondition }>((tie) => ({
  tree: fc.oneof(
    { maxDepth: 4, withCrossShrink: true },
    leaf,
    fc.array(tie("tree"), { maxLength: 3 }).map((all) => ({ all })),
    fc.array(tie("tree"), { maxLength: 3 }).map((any) => ({ any })),
    tie("tree").map((not) => ({ not })),
  ),
})).tree;

describe("conditions", () => {
  it("come back exactly as they were sent, and an evaluator can read them", () => {
    fc.assert(
      fc.property(written, (input) => {
        const mistakes = new Mistakes();
        const condition = readCondition("input.when", input, mistakes);
        expect(mistakes.count).toBe(0);
        expect(checkCondition(condition, "when")).toEqual([]);
        expect(JSON.parse(JSON.stringify(writeCondition(condition)))).toEqual(
          JSON.parse(JSON.stringify(input)),
        );
      }),
    );
  });

  it("take members that are null or undefined as absent", () => {
    const input = { all: null, segment: "staff", flag: undefined, operator: null, bucket: null };
    expect(readCondition("it", input, new Mistakes())).toEqual({ segment: "staff" });
  });

  it("keep percentages as whole buckets", () => {
    const input = { bucket: { fromPercent: 33.333, toPercent: 66.667, seed: "s" } };
    expect(readCondition("it", input, new Mistakes())).toEqual({
      bucket: { seed: "s" },
      from: 33_333,
      to: 66_667,
      of: 100_000,
    });
  });
});

describe("mistakes in conditions", () => {
  it.each<[string, WrittenCondition, string[]]>([
    [
      "no form",
      {},
      [
        "input.when: must have exactly one of all, any, not, segment, flag, bucket, attribute, got none of them.",
      ],
    ],
    [
      "two forms",
      { segment: "staff", attribute: "country", operator: "EXISTS" },
      [
        "input.when: must have exactly one of all, any, not, segment, flag, bucket, attribute, got segment and attribute.",
      ],
    ],
    [
      "members of another form",
      { segment: "staff", variants: ["on"], ignoreCase: false },
      [
        "input.when.variants: does not belong beside segment.",
        "input.when.ignoreCase: does not belong beside segment.",
      ],
    ],
    ["no operator", { attribute: "country" }, ["input.when.operator: must be an operator, got nothing."]],
    [
      "no values",
      { attribute: "country", operator: "IN" },
      ["input.when.values: must be a list, got nothing."],
    ],
    [
      "values where there must be none",
      { attribute: "country", operator: "EXISTS", values: ["DE"] },
      ["input.when.values: must be empty for this operator, got a list of 1."],
    ],
    [
      "values that the operator cannot read",
      { any: [{ not: { attribute: "age", operator: "GT", values: [3, "old"] } }] },
      ['input.when.any[0].not.values[1]: must be a number or a decimal string, got "old".'],
    ],
    [
      "text that cannot be kept",
      { attribute: "a\0", operator: "EQUALS", values: ["b\0"] },
      [
        'input.when.attribute: must be well-formed Unicode without NUL, got "a\\u0000".',
        'input.when.values[0]: must be well-formed Unicode without NUL, got "b\\u0000".',
      ],
    ],
    [
      "percentages off the grid or the wrong way round",
      {
        all: [
          { bucket: { fromPercent: -1, toPercent: 12.3456, seed: "" } },
          { bucket: { fromPercent: 50, toPercent: 25, seed: "s", bucketBy: [] } },
          { bucket: { fromPercent: 0, toPercent: 25, seed: "s", bucketBy: ["request.time"] } },
        ],
      },
      [
        "input.when.all[0].bucket.fromPercent: must be between 0 and 100, got -1.",
        "input.when.all[0].bucket.toPercent: must have at most three decimals, got 12.3456.",
        "input.when.all[0].bucket.seed: must not be empty.",
        "input.when.all[1].bucket.fromPercent: must not be above toPercent, got 50 and 25.",
        "input.when.all[1].bucket.bucketBy: must have at least 1 entry, got 0.",
        "input.when.all[2].bucket.bucketBy: must be other attributes than the clock, request.time.",
      ],
    ],
    ["no variants", { flag: "a", variants: [] }, ["input.when.variants: must have at least 1 entry, got 0."]],
  ])("are named: %s", (_what, input, expected) => {
    expect(mistakesOf(input)).toEqual(expected);
  });

  it("look-around in a pattern is refused in words", () => {
    const [mistake] = mistakesOf({ attribute: "email", operator: "MATCHES", values: ["(?=a)"] });
    expect(mistake).toMatch(/^input\.when\.values\[0\]: must be a regular expression without look-around/);
  });

  it("nesting has a bottom", () => {
    let input: WrittenCondition = { segment: "staff" };
    for (let level = 0; level < 32; level += 1) input = { not: input };
    expect(mistakesOf(input)).toEqual([]);
    expect(mistakesOf({ not: input })).toEqual([
      `input.when${".not".repeat(33)}: must not nest deeper than 32 levels.`,
    ]);
  });
});

describe("references of a condition", () => {
  it("stand where the input has them", () => {
    const input: WrittenCondition = {
      all: [{ segment: "staff" }, { any: [{ not: { segment: "beta" } }, { flag: "a", variants: ["on"] }] }],
    };
    const condition = readCondition("input.when", input, new Mistakes());
    expect(conditionReferences("input.when", condition)).toEqual([
      { kind: "SEGMENT", path: "input.when.all[0].segment", key: "staff" },
      { kind: "SEGMENT", path: "input.when.all[1].any[0].not.segment", key: "beta" },
      {
        kind: "FLAG",
        path: "input.when.all[1].any[1].flag",
        key: "a",
        variantsPath: "input.when.all[1].any[1].variants",
        variants: ["on"],
      },
    ]);
  });
});
