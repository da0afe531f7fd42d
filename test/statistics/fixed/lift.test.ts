/** Lifts: both methods, and which of them answers. */
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { deltaLift, fiellerLift, lift } from "../../../src/statistics/fixed/lift.js";
import { type ArmEstimate, estimateMean } from "../../../src/statistics/fixed/means.js";
import { zTest } from "../../../src/statistics/fixed/z-test.js";
import { alpha, contains, estimates, isNear, meanSums, nothingKnown, proportionOf } from "./arbitraries.js";

const certain: ArmEstimate = { n: 1000, estimate: 10, variance: 0.01, df: 999 };
const better: ArmEstimate = { n: 1000, estimate: 12, variance: 0.04, df: 999 };

/** A control of 10 whose g is this at 5 %. */
function controlOf(g: number): ArmEstimate {
  return { ...certain, variance: (g * 100) / 1.959963984540054 ** 2 };
}

describe("lift", () => {
  it.each([
    [0.049, "delta"],
    [0.051, "fieller"],
    [2, "fieller"],
  ] as const)("of a control whose g is %d is by %s", (g, method) => {
    const comparison = { control: controlOf(g), treatment: better, alpha: 0.05 };
    const by = method === "delta" ? deltaLift(comparison) : fiellerLift(comparison);
    expect(lift(comparison)).toEqual({ method, lift: by.lift, interval: by.interval });
    expect(by.lift).toBeCloseTo(0.2, 15);
  });

  it("hardly depends on the method where the control is certain", () => {
    const comparison = { control: certain, treatment: better, alpha: 0.05 };
    const [delta, fieller] = [deltaLift(comparison), fiellerLift(comparison)];
    expect(delta.interval.lower).toBeCloseTo(fieller.interval.lower, 3);
    expect(delta.interval.upper).toBeCloseTo(fieller.interval.upper, 3);
  });

  it("is the same in whatever unit", () => {
    fc.assert(
      fc.property(estimates, alpha, fc.constantFrom(1e-3, 0.1, 7, 1e4), (arms, level, unit) => {
        const scaled = (arm: ArmEstimate) => ({
          ...arm,
          estimate: arm.estimate * unit,
          variance: arm.variance * unit ** 2,
        });
        const one = lift({ ...arms, alpha: level });
        const other = lift({
          control: scaled(arms.control),
          treatment: scaled(arms.treatment),
          alpha: level,
        });
        fc.pre(one.method === other.method);
        return isNear(one.lift, other.lift) && isNear(one.interval.lower, other.interval.lower, 1e-6);
      }),
    );
  });

  it("holds its estimate and has the difference's sign, below 0 too", () => {
    fc.assert(
      fc.property(estimates, alpha, (arms, level) => {
        const { lift: of, interval } = lift({ ...arms, alpha: level });
        const difference = arms.treatment.estimate - arms.control.estimate;
        expect(contains(interval, of)).toBe(true);
        expect(arms.control.estimate === 0 || Math.sign(of) === Math.sign(difference)).toBe(true);
      }),
    );
  });

  it("is unknown of a control of 0, of too few units and of constants", () => {
    const some = estimateMean(meanSums([1, 2, 4]));
    const unknown: readonly (readonly [ArmEstimate, ArmEstimate])[] = [
      [estimateMean(proportionOf(0, 50)), estimateMean(proportionOf(3, 50))],
      [estimateMean(meanSums([3])), some],
      [some, estimateMean(meanSums([]))],
      [estimateMean(meanSums([2, 2])), estimateMean(meanSums([3, 3]))],
    ];
    for (const [control, treatment] of unknown) {
      const comparison = { control, treatment, alpha: 0.05 };
      expect(lift(comparison).interval).toEqual(nothingKnown);
      expect(deltaLift(comparison)).toMatchObject({ pValue: 1, interval: nothingKnown });
      expect(fiellerLift(comparison).interval).toEqual(nothingKnown);
      expect(Number.isFinite(lift(comparison).lift)).toBe(true);
    }
  });

  it("refuses what cannot be", () => {
    expect(() => lift({ control: certain, treatment: better, alpha: 1 })).toThrow(/^alpha must be/);
    for (const wrong of [-1, Number.NaN]) {
      const bad = { ...certain, variance: wrong };
      expect(() => lift({ control: bad, treatment: better, alpha: 0.05 })).toThrow(RangeError);
      expect(() => lift({ control: certain, treatment: bad, alpha: 0.05 })).toThrow(RangeError);
    }
  });
});

describe("deltaLift", () => {
  it("excludes 0 exactly where p < alpha", () => {
    fc.assert(
      fc.property(estimates, alpha, (arms, level) => {
        const { pValue, interval } = deltaLift({ ...arms, alpha: level });
        fc.pre(Math.abs(pValue - level) > 1e-9);
        return pValue < level === !contains(interval, 0);
      }),
    );
  });
});

describe("fiellerLift", () => {
  it("excludes 0, where it is bounded, exactly where the difference's z rejects", () => {
    fc.assert(
      fc.property(estimates, alpha, (arms, level) => {
        const { bounded, interval } = fiellerLift({ ...arms, alpha: level });
        const { pValue } = zTest({
          estimate: arms.treatment.estimate - arms.control.estimate,
          se: Math.sqrt(arms.control.variance + arms.treatment.variance),
          alpha: level,
        });
        fc.pre(bounded && Math.abs(pValue - level) > 1e-9);
        return pValue < level === !contains(interval, 0);
      }),
    );
  });

  it("ends at the lifts that z just rejects", () => {
    const { interval } = fiellerLift({ control: controlOf(0.3), treatment: better, alpha: 0.05 });
    for (const end of [interval.lower, interval.upper]) {
      const ratio = 1 + end;
      const z = (12 - ratio * 10) / Math.sqrt(0.04 + ratio ** 2 * controlOf(0.3).variance);
      expect(Math.abs(z)).toBeCloseTo(1.959963984540054, 9);
    }
  });

  it("knows no bound once g is 1", () => {
    const at = (g: number) => fiellerLift({ control: controlOf(g), treatment: better, alpha: 0.05 });
    expect(at(0.999).bounded).toBe(true);
    expect(at(1.001)).toMatchObject({ bounded: false, interval: nothingKnown });
  });
});
