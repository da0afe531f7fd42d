/** Plans keep to published sample sizes, and what a plan says in one direction it says in the other. */
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import {
  type Baseline,
  detectableAfter,
  durationOf,
  inflationOf,
  minimumDetectableDifference,
  minimumDetectableLift,
  powerOfZ,
  sampleSizeForMeans,
  sampleSizeForRates,
} from "../../src/statistics/planning.js";

const demands = { alpha: 0.05, power: 0.8 };
const anyDemands = fc.record({
  alpha: fc.constantFrom(0.001, 0.01, 0.05, 0.1),
  power: fc.constantFrom(0.5, 0.8, 0.95),
});

describe("units per arm", () => {
  it.each([
    [0.5, 0.05, 0.8, 63.76561019095],
    [1, 0.05, 0.9, 22.02108842638],
    [0.2, 0.1, 0.15, 15.57323968814],
    [3, 0.0001, 0.8, 8.69853883133],
    [4, 0.001, 0.9, 5.4591591423],
    [6, 0.001, 0.5, 3.11020808633],
    [40, 0.00001, 0.8, 2.75770925573],
  ])(
    "of the t test for %f at %f with power %f are those by SciPy's noncentral t",
    (difference, alpha, power, units) => {
      expect(sampleSizeForMeans({ difference, sd: 1 }, { alpha, power }).noncentralT).toBeCloseTo(units, 8);
    },
  );

  it("of the t test are a little more than the normal formula's", () => {
    const effect = fc.double({ min: 0.05, max: 1, noNaN: true });
    fc.assert(
      fc.property(effect, fc.constantFrom(0.001, 0.01, 0.05), (difference, alpha) => {
        const { normal, noncentralT } = sampleSizeForMeans({ difference, sd: 1 }, { alpha, power: 0.8 });
        expect(noncentralT).toBeGreaterThan(normal);
        expect(noncentralT).toBeLessThan(normal + 5);
      }),
      { numRuns: 30 },
    );
  });

  it("of the t test approach the normal formula's for the smallest differences", () => {
    const { normal, noncentralT } = sampleSizeForMeans({ difference: 1e-4, sd: 1 }, demands);
    expect(noncentralT / normal).toBeCloseTo(1, 5);
  });

  it("for a share of the control's value count the doubt of that value", () => {
    // (1.959964 + 0.841621)² 0.1 · 0.9 (1 + k²) / (0.1 · 0.2)²
    const against = (times: number) =>
      sampleSizeForRates({ baseline: 0.1, target: 0.1, times }, demands).unpooled;
    expect(against(1.2)).toBeCloseTo(4_309.0, 0);
    expect(against(0.8)).toBeCloseTo(2_896.2, 0);
    for (const times of [0.5, 0.8, 1.2, 1.5, -1]) {
      const noise = (1 + times ** 2) / 2;
      const plain = sampleSizeForMeans({ difference: 1, sd: 3 }, demands);
      const { normal, noncentralT } = sampleSizeForMeans({ difference: 1, sd: 3, times }, demands);
      expect(normal / plain.normal).toBeCloseTo(noise, 10);
      expect(Math.abs(noncentralT - normal)).toBeLessThan(1);
      const { unpooled, pooled } = sampleSizeForRates({ baseline: 0.3, target: 0.3, times }, demands);
      expect(pooled / unpooled).toBeCloseTo(1, 10);
    }
    expect(sampleSizeForRates({ baseline: 0.5, target: 0.25, times: 0.5 }, demands).pooled).toBe(Infinity);
  });

  it("of means are at least two, and endless for no difference", () => {
    expect(sampleSizeForMeans({ difference: 1000, sd: 1 }, demands).noncentralT).toBe(2);
    expect(sampleSizeForMeans({ difference: 0, sd: 1 }, demands)).toEqual({
      normal: Infinity,
      noncentralT: Infinity,
    });
  });

  it("do not depend on the direction, or on which outcome is counted", () => {
    const rate = fc.double({ min: 0.001, max: 0.999, noNaN: true });
    fc.assert(
      fc.property(rate, rate, anyDemands, (baseline, target, wanted) => {
        fc.pre(Math.abs(baseline - target) > 1e-4);
        const { unpooled, pooled } = sampleSizeForRates({ baseline, target }, wanted);
        for (const rates of [
          { baseline: target, target: baseline },
          { baseline: 1 - baseline, target: 1 - target },
        ]) {
          const again = sampleSizeForRates(rates, wanted);
          expect(again.unpooled / unpooled).toBeCloseTo(1, 8);
          expect(again.pooled / pooled).toBeCloseTo(1, 8);
        }
      }),
    );
  });

  it("of equal rates are endless", () => {
    expect(sampleSizeForRates({ baseline: 0, target: 0 }, demands)).toEqual({
      unpooled: Infinity,
      pooled: Infinity,
    });
  });
});

describe("power", () => {
  it("is α without a difference, the same in both directions, and grows to 1", () => {
    const at = (difference: number): number => powerOfZ({ difference, standardError: 0.5, alpha: 0.05 });
    expect(at(0)).toBeCloseTo(0.05, 14);
    expect(at(-0.9)).toBe(at(0.9));
    expect(at(1)).toBeGreaterThan(at(0.9));
    expect(at(50)).toBe(1);
  });
});

describe("the smallest effect", () => {
  it("needs as many units as were there", () => {
    const rate = fc.double({ min: 0, max: 0.85, noNaN: true });
    fc.assert(
      fc.property(rate, fc.integer({ min: 200, max: 1e9 }), anyDemands, (baseline, units, wanted) => {
        const rise = minimumDetectableDifference({ kind: "proportion", rate: baseline }, units, wanted);
        const { unpooled } = sampleSizeForRates({ baseline, target: baseline + rise }, wanted);
        expect(unpooled / units).toBeCloseTo(1, 6);
      }),
    );
    const mean: Baseline = { kind: "mean", mean: 7, variance: 9 };
    const difference = minimumDetectableDifference(mean, 500, demands);
    expect(sampleSizeForMeans({ difference, sd: 3 }, demands).normal).toBeCloseTo(500, 9);
  });

  it("shrinks as units come", () => {
    for (const baseline of [
      { kind: "proportion", rate: 0.03 },
      { kind: "mean", mean: 2, variance: 5 },
    ] as const)
      for (const smallest of [minimumDetectableDifference, minimumDetectableLift])
        expect(smallest(baseline, 20_000, demands)).toBeLessThan(smallest(baseline, 10_000, demands));
  });

  it("as a lift does not depend on the unit, and is found by the error it has itself", () => {
    const lift = minimumDetectableLift({ kind: "mean", mean: 2, variance: 5 }, 1000, demands);
    const cents: Baseline = { kind: "mean", mean: 200, variance: 50_000 };
    expect(minimumDetectableLift(cents, 1000, demands)).toBeCloseTo(lift, 12);
    const error = Math.sqrt((5 / 1000 / 4) * (1 + (1 + lift) ** 2));
    expect(powerOfZ({ difference: lift, standardError: error, alpha: 0.05 })).toBeCloseTo(0.8, 5);
  });

  it("is endless where nothing can be shown", () => {
    const rate = (value: number): Baseline => ({ kind: "proportion", rate: value });
    for (const smallest of [minimumDetectableDifference, minimumDetectableLift]) {
      expect(smallest(rate(0.1), 0, demands)).toBe(Infinity);
      expect(smallest(rate(1), 1e6, demands)).toBe(Infinity);
      expect(smallest(rate(0.95), 20, demands)).toBe(Infinity);
      expect(smallest({ kind: "mean", mean: 0, variance: 0 }, 0, demands)).toBe(Infinity);
    }
    expect(minimumDetectableLift(rate(0), 1e6, demands)).toBe(Infinity);
    expect(minimumDetectableLift({ kind: "mean", mean: 0, variance: 1 }, 1e6, demands)).toBe(Infinity);
  });
});

const traffic = { arms: 2, unitsPerDay: 3000, allocation: 0.5, inflation: 1 };

describe("how long it takes", () => {
  it("is told in days and in whole weeks", () => {
    expect(durationOf(14_751, { ...traffic, allocation: 1 })).toEqual({ days: 10, weeks: 2 });
    expect(durationOf(14_751, traffic)).toEqual({ days: 20, weeks: 3 });
    expect(durationOf(10_500, { ...traffic, allocation: 1 })).toEqual({ days: 7, weeks: 1 });
    expect(durationOf(0, traffic)).toEqual({ days: 0, weeks: 0 });
    expect(durationOf(1, { ...traffic, unitsPerDay: 0 })).toEqual({ days: Infinity, weeks: Infinity });
    expect(durationOf(Infinity, traffic).weeks).toBe(Infinity);
  });

  it("grows with looking and shrinks with a covariate", () => {
    expect(inflationOf("once")).toBe(1);
    expect(inflationOf("groupSequential")).toBe(1.04);
    expect(inflationOf("anytimeOneSided")).toBe(1.4);
    expect(inflationOf("anytime")).toBe(1.67);
    expect(inflationOf("anytime", 0.25)).toBeCloseTo(1.67 * 0.75, 14);
  });

  it("is enough for the effect that it was planned for", () => {
    const baseline: Baseline = { kind: "proportion", rate: 0.1 };
    const inflated = { ...traffic, inflation: inflationOf("anytime") };
    const { unpooled } = sampleSizeForRates({ baseline: 0.1, target: 0.11 }, demands);
    const { weeks } = durationOf(unpooled, inflated);
    const shown = (count: number): number =>
      detectableAfter(count, { baseline, traffic: inflated, demands }).difference;
    expect(shown(weeks)).toBeLessThanOrEqual(0.01);
    expect(shown(weeks - 1)).toBeGreaterThan(0.01);
    expect(shown(0)).toBe(Infinity);
  });

  it("shows a lift as well", () => {
    const baseline: Baseline = { kind: "mean", mean: 2, variance: 5 };
    const { lift } = detectableAfter(2, { baseline, traffic, demands });
    expect(lift).toBe(minimumDetectableLift(baseline, (14 * 1500) / 2, demands));
  });
});

it.each([
  ["baseline", () => sampleSizeForRates({ baseline: -0.1, target: 0.1 }, demands)],
  ["target", () => sampleSizeForRates({ baseline: 0.1, target: 1.1 }, demands)],
  ["alpha", () => sampleSizeForRates({ baseline: 0.1, target: 0.1 }, { alpha: 0, power: 0.8 })],
  ["power", () => sampleSizeForRates({ baseline: 0.1, target: 0.2 }, { alpha: 0.05, power: 0.04 })],
  ["sd", () => sampleSizeForMeans({ difference: 1, sd: 0 }, demands)],
  ["difference", () => sampleSizeForMeans({ difference: NaN, sd: 1 }, demands)],
  ["standardError", () => powerOfZ({ difference: 1, standardError: 0, alpha: 0.05 })],
  ["rate", () => minimumDetectableDifference({ kind: "proportion", rate: 2 }, 1, demands)],
  ["variance", () => minimumDetectableLift({ kind: "mean", mean: 1, variance: -1 }, 1, demands)],
  ["units", () => minimumDetectableLift({ kind: "mean", mean: 1, variance: 1 }, -1, demands)],
  ["varianceExplained", () => inflationOf("once", 1)],
  ["arms", () => durationOf(1, { ...traffic, arms: 1 })],
  ["allocation", () => durationOf(1, { ...traffic, allocation: 1.5 })],
  ["inflation", () => durationOf(1, { ...traffic, inflation: 0 })],
  ["unitsPerArm", () => durationOf(NaN, traffic)],
  ["weeks", () => detectableAfter(-1, { baseline: { kind: "proportion", rate: 0.1 }, traffic, demands })],
])("refuses an impossible %s", (name, call) => {
  expect(call).toThrow(RangeError);
  expect(call).toThrow(new RegExp(`^${name} must be`, "u"));
});
