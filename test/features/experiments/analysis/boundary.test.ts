import { describe, expect, it } from "vitest";
import {
  Boundary,
  boundaryOf,
  type SequentialTest,
} from "../../../../src/features/experiments/analysis/boundary.js";
import type { Steps } from "../../../../src/features/experiments/analysis/steps.js";
import { groupSequentialBounds } from "../../../../src/statistics/index.js";

const levels = [0.999, 0.9, 0.7, 0.5, 0.3, 0.2, 0.1, 0.05, 0.02, 0.01, 0.003, 0.001, 1e-4, 1e-6, 1e-9, 1e-12];
const looks = Array.from({ length: 20 }, (_none, day) => (day + 1) / 25 + 0.01 * Math.sin(day));
const tested = (count: number, more: Partial<SequentialTest> = {}): SequentialTest => ({
  ...{ looks: looks.slice(0, count), alpha: 0.04, ended: false, ...more },
});

function countOf(steps: Steps<unknown>): number {
  let count = 0;
  while (steps.next().done !== true) count += 1;
  return count;
}

/** From the boundaries of all levels, each worked out from the first look on. */
function tabled({ looks: all, alpha, ended }: SequentialTest) {
  const table = [...levels, alpha]
    .toSorted((one, other) => other - one)
    .map((level) => {
      const { z } = groupSequentialBounds(all, { alpha: level, spending: "obrien-fleming" }, ended);
      return { level, z: z.at(-1) ?? Infinity };
    });
  return (z: number): number => {
    const above = table.findIndex((one) => one.z > z);
    const [lower, upper] = [table[above - 1], table[above]];
    if (above === 0) return 1;
    if (lower === undefined || upper === undefined) return 1e-12;
    if (upper.z === Infinity) return lower.level;
    const way = (z ** 2 - lower.z ** 2) / (upper.z ** 2 - lower.z ** 2);
    return lower.level * (upper.level / lower.level) ** way;
  };
}

describe("a boundary that is gone on with", () => {
  it("has to the last digit the numbers of one that begins anew, day after day", () => {
    for (const count of [1, 2, 3, 8, 9, 20]) {
      for (const more of [{}, { ended: true }]) {
        const test = tested(count, more);
        const [boundary, pValueOf] = [boundaryOf("grows", test), tabled(test)];
        const plan = { alpha: test.alpha, spending: "obrien-fleming" } as const;
        expect(boundary.z).toBe(groupSequentialBounds(test.looks, plan, test.ended).z.at(-1));
        for (const z of [0, 0.3, 1, 1.96, 2.4, 3.3, 5, 9])
          expect([z, boundary.pValueOf(-z)]).toEqual([z, pValueOf(z)]);
      }
    }
  });

  it("takes over nothing of looks that were others", () => {
    const before = boundaryOf("changes", tested(10));
    before.pValueOf(3);
    const others = { looks: looks.slice(0, 10).map((look, day) => (day < 4 ? look : look * 1.1)) };
    for (const more of [others, { alpha: 0.01 }, { looks: looks.slice(0, 3) }, { looks: [] }]) {
      const test = tested(10, more);
      const after = boundaryOf("changes", test);
      expect(after.z).toBe(new Boundary(test).z);
      expect(after.pValueOf(2.2)).toBe(new Boundary(test).pValueOf(2.2));
    }
  });
});

describe("what costs", () => {
  const wanted = 1.9;

  it("is worked out once for all who ask", () => {
    const test = tested(12);
    const all = countOf(boundaryOf("shared", test).workOut(wanted));
    expect(all % 12).toBe(0);
    expect(all).toBeGreaterThan(12 * 5);
    expect(countOf(boundaryOf("shared", { ...test, looks: [...test.looks] }).workOut(wanted))).toBe(0);
    expect(countOf(boundaryOf("shared", test).workOut(0))).toBe(0);
  });

  it("is only the latest look while its day goes on, and one more on the next", () => {
    const begun = tested(12);
    const everyLevel = 9;
    const perLook = countOf(boundaryOf("daily", begun).workOut(everyLevel)) / 12;
    expect(perLook).toBe(levels.length + 1);
    const grown = { ...begun, looks: [...begun.looks.slice(0, -1), 0.479] };
    const again = countOf(boundaryOf("daily", grown).workOut(everyLevel));
    expect(again).toBe(perLook);
    const next = { ...grown, looks: [...grown.looks, 0.52] };
    expect(countOf(boundaryOf("daily", next).workOut(everyLevel))).toBe(2 * perLook);
  });

  it("is forgotten of those that nobody asked for longest", () => {
    const test = tested(6);
    const all = countOf(boundaryOf("first", test).workOut(wanted));
    for (let other = 0; other < 99; other += 1) boundaryOf(`other-${other}`, test);
    expect(countOf(boundaryOf("first", test).workOut(wanted))).toBe(0);
    for (let other = 0; other < 100; other += 1) boundaryOf(`another-${other}`, test);
    expect(countOf(boundaryOf("first", test).workOut(wanted))).toBe(all);
  });

  it("is nothing before anybody asks, and before the first look next to nothing", () => {
    const boundary = boundaryOf("idle", tested(0));
    expect(boundary.z).toBe(Infinity);
    expect(boundary.pValueOf(9)).toBe(1);
  });
});
