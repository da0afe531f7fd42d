import { describe, expect, it } from "vitest";
import { horizonOf } from "../../../../src/features/experiments/analysis/horizon.js";
import { groupSequentialBounds, runningState } from "../../../../src/statistics/index.js";
import { conversions, experimentOf, now, purchases } from "./analysis-fixture.js";

const daily = (...units: readonly number[]) =>
  conversions(
    purchases,
    units.map((n, index) => ({ variant: "green", n, did: 0, day: `2026-11-0${index + 1}` })),
  );
const tomorrow = new Date(now.getTime() + 86_400_000);
const yesterday = new Date(now.getTime() - 86_400_000);

describe("which method judges", () => {
  it.each([
    ["ANYTIME at any look", {}, "ANYTIME", true],
    [
      "a fixed horizon not before its date",
      { mode: "FIXED_HORIZON", endsAt: tomorrow },
      "FIXED_HORIZON",
      false,
    ],
    ["a fixed horizon at its date", { mode: "FIXED_HORIZON", endsAt: yesterday }, "FIXED_HORIZON", true],
    ["without a date the planned units", { mode: "FIXED_HORIZON", plannedUnits: 100 }, "FIXED_HORIZON", true],
    ["of fewer units nothing", { mode: "FIXED_HORIZON", plannedUnits: 101 }, "FIXED_HORIZON", false],
    [
      "what was stopped before its date by what holds at any look",
      { mode: "FIXED_HORIZON", endsAt: tomorrow, stoppedAt: yesterday },
      "ANYTIME",
      true,
    ],
    ["shares that move once, at the date", { optimises: true, endsAt: tomorrow }, "FIXED_HORIZON", false],
    [
      "shares that move without a date by what holds at any look",
      { optimises: true, plannedUnits: 50 },
      "ANYTIME",
      true,
    ],
    [
      "a group sequential test at any look",
      { mode: "GROUP_SEQUENTIAL", endsAt: tomorrow },
      "GROUP_SEQUENTIAL",
      true,
    ],
  ] as const)("is %s", (_name, more, judgedBy, isJudged) => {
    const experiment = experimentOf(more);
    expect(horizonOf(experiment, daily(60, 40), now)).toMatchObject({ judgedBy, isJudged });
  });
});

describe("the boundary of a group sequential test", () => {
  const experiment = experimentOf({ mode: "GROUP_SEQUENTIAL", endsAt: tomorrow, plannedUnits: 500 });
  const spending = { alpha: 0.05, spending: "obrien-fleming" } as const;

  it("is that of five equal looks, as published", () => {
    const { boundary, information } = horizonOf(experiment, daily(100, 100, 100, 100, 100), now);
    expect(information).toBe(1);
    expect(boundary?.z).toBeCloseTo(2.031, 4);
    expect(horizonOf(experiment, daily(100), now).boundary?.z).toBeCloseTo(4.8769, 4);
  });

  it("is the last one from the planned units on, and when the date has come", () => {
    const over = horizonOf(experiment, daily(100, 350, 60, 60), now).boundary?.z;
    expect(over).toBeCloseTo(groupSequentialBounds([0.2, 0.9, 1.14], spending).z.at(-1) ?? 0, 12);
    const ended = { ...experiment, endsAt: yesterday };
    expect(horizonOf(ended, daily(100), now).boundary?.z).toBeCloseTo(1.96, 3);
  });

  it("gives a p that is at alpha where it is crossed, and elsewhere a little too large at most", () => {
    const { boundary } = horizonOf(experiment, daily(100, 100, 100, 100), now);
    const at = boundary?.z ?? 0;
    expect(boundary?.pValueOf(at)).toBeCloseTo(0.05, 12);
    expect(boundary?.pValueOf(-at * 1.0001)).toBeLessThan(0.05);
    for (const z of [0.5, 1.4, 1.9, 2.2, 2.6, 3.1, 4, 5, 6]) {
      const looks = [0.2, 0.4, 0.6].map((information) => ({ information, z: 0 }));
      const exact = runningState({ ...spending, looks: [...looks, { information: 0.8, z }], ended: false });
      const got = boundary?.pValueOf(z) ?? 0;
      expect(got).toBeGreaterThanOrEqual(exact.pValue * 0.999);
      expect(got).toBeLessThanOrEqual(exact.pValue * 1.08);
    }
    expect(boundary?.pValueOf(40)).toBe(1e-12);
    expect(boundary?.pValueOf(0)).toBe(1);
  });

  it("cannot be crossed before anybody came", () => {
    const { boundary } = horizonOf(experiment, daily(), now);
    expect(boundary?.z).toBe(Infinity);
    expect(boundary?.pValueOf(9)).toBe(1);
  });
});
