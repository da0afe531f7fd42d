import fc from "fast-check";
import { describe, expect, it } from "vitest";
import {
  bucketsOf,
  hasDeparted,
  movedBuckets,
  sourcesOf,
  type TrialMetric,
  type TrialSlot,
  variantAt,
} from "../../../src/features/tracking/trial.js";

const plain: TrialMetric = {
  ...{ metric: "m", key: "revenue", type: "SUM", windowHours: null, cap: 5, isCovariate: false },
};
const a = (weight: number): TrialSlot => ({ variant: "a", weight });
const b = (weight: number): TrialSlot => ({ variant: "b", weight });
const hole = (weight: number): TrialSlot => ({ variant: null, weight });

describe("the sources of a metric", () => {
  it("are its own events, a conversion's once for each unit", () => {
    expect(sourcesOf(plain)).toEqual([{ source: "revenue", part: "SUM", cap: 5 }]);
    expect(sourcesOf({ ...plain, type: "MEAN", cap: null })).toEqual([
      { source: "revenue", part: "MEAN", cap: null },
    ]);
    expect(sourcesOf({ ...plain, type: "CONVERSION", cap: null })).toEqual([
      { source: "revenue", part: "CONVERSION", cap: 1 },
    ]);
  });

  it("are those of both parts of a ratio", () => {
    const ratio: TrialMetric = {
      ...{ ...plain, key: "per-buyer", type: "RATIO" },
      ...{ numerator: { key: "revenue", type: "SUM" }, denominator: { key: "bought", type: "CONVERSION" } },
    };
    expect(sourcesOf(ratio)).toEqual([
      { source: "revenue", part: "SUM", cap: 5 },
      { source: "bought", part: "DENOMINATOR_COUNT", cap: 1 },
    ]);
    expect(() => sourcesOf({ ...ratio, denominator: null })).toThrow("lacks a part");
    expect(() => sourcesOf({ ...ratio, numerator: { key: "x", type: "MEAN" } })).toThrow("cannot be part");
  });
});

describe("slots", () => {
  it("give each bucket its variant", () => {
    const slots = [a(10), hole(5), b(5)];
    expect([-1, 0, 9, 10, 14, 15, 19, 20].map((bucket) => variantAt(slots, bucket))).toEqual([
      null,
      "a",
      "a",
      null,
      null,
      "b",
      "b",
      null,
    ]);
    expect(bucketsOf(slots)).toBe(20);
  });

  it("moved just where the variant differs", () => {
    expect(movedBuckets([a(10), b(10)], [a(4), b(16)])).toEqual([{ low: 4, high: 10 }]);
    expect(movedBuckets([a(10), b(10)], [a(5), a(5), b(10)])).toEqual([]);
    expect(() => movedBuckets([a(10)], [a(11)])).toThrow("same number of buckets");
  });

  it("moved as bucket after bucket says", () => {
    const layout = fc
      .array(fc.constantFrom<string | null>("a", "b", null), { minLength: 12, maxLength: 12 })
      .map((variants) => variants.map((variant) => ({ variant, weight: 1 })));
    fc.assert(
      fc.property(layout, layout, (before, after) => {
        const ranges = movedBuckets(before, after);
        for (let bucket = 0; bucket < 12; bucket += 1) {
          const isMoved = ranges.some(({ low, high }) => bucket >= low && bucket < high);
          expect(isMoved).toBe(before[bucket]?.variant !== after[bucket]?.variant);
        }
      }),
    );
  });
});

describe("a unit whose bucket was given away", () => {
  const epochs = [
    { epoch: 1, slots: [a(10), b(10)], from: new Date(0) },
    { epoch: 2, slots: [a(5), b(15)], from: new Date(100) },
    { epoch: 3, slots: [a(10), b(10)], from: new Date(200) },
  ];
  const departed = (epoch: number, bucket: number, at: number) =>
    hasDeparted({ epochs }, { epoch, bucket, at });

  it("has departed if it came before, whether or not it gets the bucket back", () => {
    expect(departed(1, 7, 50)).toBe(true);
    expect(departed(1, 3, 50)).toBe(false);
    expect(departed(2, 7, 150)).toBe(true);
  });

  it("stays if it came later, whatever epoch it was served", () => {
    expect(departed(1, 7, 100)).toBe(false);
    expect(departed(3, 7, 50)).toBe(false);
    expect(departed(9, 7, 50)).toBe(false);
  });
});
