/** Buckets as a statistician sees them: uniform, independent, monotone. */
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { compile, evaluate, type Rule, type Slot } from "../../../src/evaluation/index.js";
import { booleanFlag, NOW, rulesetOf } from "../arbitraries.js";

const KEYS = 1_000_000;

function chiSquare(observed: readonly number[], expected: readonly number[]): number {
  return observed.reduce(
    (sum, count, index) => sum + (count - (expected[index] ?? 0)) ** 2 / (expected[index] ?? 0),
    0,
  );
}

/** 2 × 2: whether the share of `b` is the same with and without `a`. */
function association(pairs: readonly (readonly [boolean, boolean])[]): number {
  const count = (a: boolean, b: boolean): number =>
    pairs.filter((pair) => pair[0] === a && pair[1] === b).length;
  const table = [count(true, true), count(true, false), count(false, true), count(false, false)] as const;
  const [a, b, c, d] = table;
  const total = pairs.length;
  const expected = [
    ((a + b) * (a + c)) / total,
    ((a + b) * (b + d)) / total,
    ((c + d) * (a + c)) / total,
    ((c + d) * (b + d)) / total,
  ];
  return chiSquare(table, expected);
}

/** What chi-square exceeds with a chance of one in a thousand, by degrees of freedom. */
const CRITICAL = { 1: 10.83, 3: 16.27, 99: 148.23 };

function gate(id: string, seed: string, from: number, to: number): Rule {
  return { id, when: { bucket: { seed }, from, to }, serve: { variant: "on" } };
}

describe("a split over a million keys", () => {
  const weights = [1_000, 9_000, 25_000, 65_000];
  const split = weights.map((weight, index) => ({ variant: `v${index}`, weight }));
  const variants = split.map(({ variant }, index) => ({ key: variant, value: index }));
  const snapshot = compile(
    rulesetOf([
      { ...booleanFlag("checkout"), type: "NUMBER", variants, offVariant: null, fallthrough: { split } },
    ]),
  );

  it.each([
    (i: number) => `user-${i}`,
    (i: number) => String(i),
    (i: number) => (i * 2654435761).toString(36),
  ])("gives each variant its share, and fills all buckets alike", (name) => {
    const counts = weights.map(() => 0);
    const cells = Array.from({ length: 100 }, () => 0);
    for (let i = 0; i < KEYS; i++) {
      const { value, bucket = -1 } = evaluate(snapshot, "checkout", { targetingKey: name(i) }, NOW);
      counts[Number(value)] = (counts[Number(value)] ?? 0) + 1;
      const cell = Math.floor(bucket / 1_000);
      cells[cell] = (cells[cell] ?? 0) + 1;
    }
    expect(
      chiSquare(
        counts,
        weights.map((weight) => weight * 10),
      ),
    ).toBeLessThan(CRITICAL[3]);
    expect(
      chiSquare(
        cells,
        cells.map(() => KEYS / 100),
      ),
    ).toBeLessThan(CRITICAL[99]);
  });
});

describe("independence", () => {
  const half: readonly Slot[] = [
    { variant: "on", weight: 50_000 },
    { variant: "off", weight: 50_000 },
  ];
  const snapshot = compile(
    rulesetOf([
      booleanFlag("a", { fallthrough: { split: half } }),
      booleanFlag("b", { fallthrough: { split: half } }),
      booleanFlag("a-r1", { rules: [gate("r1", "a:r1", 0, 50_000)], fallthrough: { variant: "off" } }),
      booleanFlag("a-r2", { rules: [gate("r2", "a:r2", 0, 50_000)], fallthrough: { variant: "off" } }),
    ]),
  );
  const answers = (key: string): boolean[] =>
    Array.from(
      { length: 100_000 },
      (_, i) => evaluate(snapshot, key, { targetingKey: `user-${i}` }, NOW).value === true,
    );

  it.each([
    ["two flags", "a", "b"],
    ["two gates of one flag", "a-r1", "a-r2"],
    ["a gate and the split of one flag", "a-r1", "a"],
  ])("%s bucket independently", (_, one, other) => {
    const [left, right] = [answers(one), answers(other)];
    expect(association(left.map((value, i) => [value, right[i] ?? false]))).toBeLessThan(CRITICAL[1]);
  });

  it("is noticed where it is missing", () => {
    const left = answers("a");
    expect(association(left.map((value) => [value, value]))).toBeGreaterThan(CRITICAL[1]);
  });
});

describe("monotony", () => {
  const percents = fc
    .tuple(fc.nat(100_000), fc.nat(100_000))
    .map(([a, b]) => [Math.min(a, b), Math.max(a, b)] as const);

  it("raising a gate drops nobody", () => {
    fc.assert(
      fc.property(percents, fc.string(), fc.array(fc.string()), ([low, high], seed, keys) => {
        const [narrow, wide] = [low, high].map((to) =>
          compile(
            rulesetOf([
              booleanFlag("f", { rules: [gate("r", seed, 0, to)], fallthrough: { variant: "off" } }),
            ]),
          ),
        );
        if (narrow === undefined || wide === undefined) throw new Error("two gates");
        for (const targetingKey of keys) {
          if (evaluate(narrow, "f", { targetingKey }, NOW).value !== true) continue;
          expect(evaluate(wide, "f", { targetingKey }, NOW).value).toBe(true);
        }
      }),
    );
  });

  it("growing the first weight drops nobody from it", () => {
    fc.assert(
      fc.property(percents, fc.array(fc.string()), ([low, high], keys) => {
        const [narrow, wide] = [low, high].map((weight) => {
          const split = [
            { variant: "on", weight },
            { variant: "off", weight: 100_000 - weight },
          ].filter((slot) => slot.weight > 0);
          return compile(rulesetOf([booleanFlag("f", { fallthrough: { split } })]));
        });
        if (narrow === undefined || wide === undefined) throw new Error("two splits");
        for (const targetingKey of keys) {
          if (evaluate(narrow, "f", { targetingKey }, NOW).value !== true) continue;
          expect(evaluate(wide, "f", { targetingKey }, NOW).value).toBe(true);
        }
      }),
    );
  });
});
