/** Holds the re-allocation of splits to its promise: exact shares, and nobody moved who need not be. */
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { moved, reslot } from "../../../src/evaluation/bucketing/reslot.js";
import type { Slot } from "../../../src/evaluation/index.js";

const slots = (text: string): Slot[] =>
  text.split(" ").map((part) => {
    const [variant = "", weight = ""] = part.split(":");
    return { variant: variant === "-" ? null : variant, weight: Number(weight) };
  });

const TOTAL = 24;
const layout = fc
  .array(fc.tuple(fc.constantFrom("a", "b", "c", null), fc.nat(TOTAL)), { minLength: 1, maxLength: 8 })
  .map((cuts) => {
    let left = TOTAL;
    const all = cuts.map(([variant, size], index) => {
      const weight = index === cuts.length - 1 ? left : Math.min(left, size);
      left -= weight;
      return { variant, weight };
    });
    return all.filter(({ weight }) => weight > 0);
  });

const perBucket = (all: readonly Slot[]): Slot["variant"][] =>
  all.flatMap(({ variant, weight }) => Array.from({ length: weight }, () => variant));

const shares = (all: readonly Slot[]): Record<string, number> => {
  const sums: Record<string, number> = {};
  for (const { variant, weight } of all) sums[String(variant)] = (sums[String(variant)] ?? 0) + weight;
  return sums;
};

describe("reslot", () => {
  it.each([
    ["growing the first of two", "on:25 off:75", "on:50 off:50", "on:50 off:50"],
    ["shrinking the first of two", "on:50 off:50", "on:25 off:75", "on:25 off:75"],
    ["growing into a hole", "on:25 -:75", "on:50 -:50", "on:50 -:50"],
    ["growing into a hole that lies between", "a:20 -:60 b:20", "a:20 -:40 b:40", "a:20 -:40 b:40"],
    ["no change", "a:1 b:2", "a:1 b:2", "a:1 b:2"],
    ["a new variant at the end", "a:50 b:50", "a:50 b:30 c:20", "a:50 b:30 c:20"],
    ["the last shrinks for the first", "a:33 b:33 c:34", "a:50 b:33 c:17", "a:33 b:33 a:17 c:17"],
    ["written in another order", "a:50 b:50", "b:50 a:50", "a:50 b:50"],
    ["a variant leaves", "a:40 b:40 c:20", "a:60 c:40", "a:60 c:40"],
    ["slots come together again", "a:33 b:33 a:17 c:17", "a:33 b:33 c:34", "a:33 b:33 c:34"],
    ["from other weights of the same shares", "a:1 b:3", "a:30 b:70", "a:30 b:70"],
    ["zero weights vanish", "a:50 b:50", "a:0 b:100", "b:100"],
  ])("%s", (_, before, wanted, expected) => {
    expect(reslot(slots(before), slots(wanted))).toEqual(slots(expected));
  });

  it("starts plainly where there was no split", () => {
    expect(reslot([], slots("a:1 a:2 b:3"))).toEqual(slots("a:3 b:3"));
  });

  it("starts plainly where the sums cannot be matched", () => {
    expect(reslot(slots("a:1 b:2"), slots("b:60 a:40"))).toEqual(slots("b:60 a:40"));
  });

  it("gives the exact shares, moves no more than what grows, and merges neighbours", () => {
    fc.assert(
      fc.property(layout, layout, fc.constantFrom(1, 2, 5), (before, wanted, factor) => {
        const stretched = wanted.map(({ variant, weight }) => ({ variant, weight: weight * factor }));
        const after = reslot(before, stretched);
        expect(shares(after)).toEqual(shares(stretched));
        expect(after.every(({ weight }) => weight > 0)).toBe(true);
        expect(after.every(({ variant }, index) => variant !== after[index + 1]?.variant)).toBe(true);

        const [old, young] = [perBucket(before), perBucket(after)];
        const changed = young.filter((variant, index) => variant !== old[Math.floor(index / factor)]).length;
        const [had, has] = [shares(before), shares(stretched)];
        const grown = Object.keys(has).reduce(
          (sum, key) => sum + Math.max(0, (has[key] ?? 0) - factor * (had[key] ?? 0)),
          0,
        );
        expect(changed).toBe(grown);
      }),
      { numRuns: 2000 },
    );
  });

  it("counts moves bucket by bucket", () => {
    fc.assert(
      fc.property(layout, layout, (before, after) => {
        const young = perBucket(after);
        expect(moved(before, after)).toBe(
          perBucket(before).filter((variant, index) => variant !== young[index]).length,
        );
      }),
    );
  });
});
