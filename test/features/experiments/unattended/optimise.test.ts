/** When shares move, by whom, and to what. */
import { describe, expect, it } from "vitest";
import type { AnalysisInput } from "../../../../src/features/experiments/analysis/frame.js";
import {
  inWholeBuckets,
  isStepDue,
  maturedSums,
  nextArms,
} from "../../../../src/features/experiments/unattended/optimise.js";
import {
  conversions,
  epochsOf,
  experimentOf,
  halves,
  inputOf,
  metricOf,
} from "../analysis/analysis-fixture.js";

const day = "2026-11-01";

/** Conversions of `green` and `blue` on that day of the first epoch. */
function lookOf(
  green: readonly [did: number, of: number],
  blue: readonly [did: number, of: number],
  more: Partial<AnalysisInput> = {},
): AnalysisInput {
  const experiment = experimentOf({ optimises: true });
  return inputOf(green, blue, { experiment, ...more });
}

function weightsAt(look: AnalysisInput): Record<string, number> | null {
  const arms = nextArms(look);
  return arms && Object.fromEntries(arms.map(({ variant, weight }) => [variant, weight]));
}

describe("the next shares", () => {
  it("are the chances to be the best, and never below two per cent", () => {
    expect(weightsAt(lookOf([100, 1_000], [300, 1_000]))).toEqual({ green: 2_000, blue: 98_000 });
    const close = weightsAt(lookOf([100, 1_000], [110, 1_000]));
    expect(close?.["blue"]).toBeGreaterThan(60_000);
    expect(close?.["blue"]).toBeLessThan(90_000);
    expect((close?.["blue"] ?? 0) + (close?.["green"] ?? 0)).toBe(100_000);
  });

  it("go to what has fewer where fewer is better", () => {
    const metrics = [metricOf("purchases", { direction: "DECREASE" })];
    expect(weightsAt(lookOf([100, 1_000], [300, 1_000], { metrics }))).toEqual({
      ...{ green: 98_000, blue: 2_000 },
    });
  });

  it("stay while a variant has fewer than 100 units, or hardly anything would move", () => {
    expect(weightsAt(lookOf([10, 99], [90, 1_000]))).toBeNull();
    expect(weightsAt(lookOf([10, 100], [900, 1_000]))).not.toBeNull();
    expect(weightsAt(lookOf([100, 1_000], [100, 1_000]))).toBeNull();
  });

  it("stay for a day after the last epoch began", () => {
    const [first] = halves;
    const from = first?.from ?? new Date(0);
    expect(isStepDue(from, new Date(from.getTime() + 86_399_999))).toBe(false);
    expect(isStepDue(from, new Date(from.getTime() + 86_400_000))).toBe(true);
    const now = new Date(from.getTime() + 86_399_999);
    expect(nextArms(lookOf([100, 1_000], [300, 1_000], { now }))).toBeNull();
  });

  it("do not go to whoever had the larger share on a good day", () => {
    const epochs = epochsOf(
      [
        ["green", 50_000],
        ["blue", 50_000],
      ],
      [
        ["green", 10_000],
        ["blue", 90_000],
      ],
    );
    const purchases = metricOf("purchases");
    const sums = conversions(purchases, [
      { variant: "green", did: 60, n: 1_000 },
      { variant: "blue", did: 50, n: 1_000 },
      { variant: "green", did: 120, n: 200, epoch: 2, day: "2026-11-02" },
      { variant: "blue", did: 900, n: 1_800, epoch: 2, day: "2026-11-02" },
    ]);
    const weights = weightsAt(lookOf([0, 0], [0, 0], { epochs, sums }));
    expect(weights?.["green"]).toBeGreaterThan(90_000);
  });

  it("leave every variant something to be shown to", () => {
    const experiment = experimentOf({ optimises: true, traffic: 0.01 });
    expect(nextArms(lookOf([100, 1_000], [300, 1_000], { experiment }))).toBeNull();
  });
});

describe("matured sums", () => {
  const sums = conversions(metricOf("purchases"), [{ variant: "green", did: 1, n: 10, day }]);
  const isThere = (windowHours: number | null, now: string) =>
    maturedSums(sums, windowHours, new Date(now)).exposures.length === 1;

  it("are of days whose units all had their time", () => {
    expect(isThere(48, "2026-11-03T23:59:59Z")).toBe(false);
    expect(isThere(48, "2026-11-04T00:00:00Z")).toBe(true);
  });

  it("are of days that are over where there is no such time", () => {
    expect(isThere(null, "2026-11-01T23:59:59Z")).toBe(false);
    expect(isThere(null, "2026-11-02T00:00:00Z")).toBe(true);
  });
});

describe("whole buckets", () => {
  it("sum to all of them, whatever is rounded", () => {
    expect(inWholeBuckets([1 / 3, 1 / 3, 1 / 3])).toEqual([33_334, 33_333, 33_333]);
    expect(inWholeBuckets([0.020004, 0.979996])).toEqual([2_000, 98_000]);
    expect(inWholeBuckets([0.5, 0.5])).toEqual([50_000, 50_000]);
  });
});
