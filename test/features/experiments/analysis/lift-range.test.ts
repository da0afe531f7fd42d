import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { liftRange } from "../../../../src/features/experiments/analysis/lift-range.js";
import { criticalZ } from "../../../../src/statistics/fixed/z-test.js";
import { fiellerLift } from "../../../../src/statistics/index.js";

const arm = (estimate: number, variance: number) => ({ n: 100, estimate, variance, df: 99 });
const estimate = fc.double({ min: -10, max: 10, noNaN: true });
const variance = fc.double({ min: 1e-6, max: 1, noNaN: true });
const arms = fc.record({
  control: fc.tuple(estimate, variance).map(([a, v]) => arm(a, v)),
  treatment: fc.tuple(estimate, variance).map(([a, v]) => arm(a, v)),
});

describe("the range of lifts", () => {
  it("is Fieller's at the width of a fixed horizon", () => {
    fc.assert(
      fc.property(arms, ({ control, treatment }) => {
        const half = criticalZ(0.05) * Math.sqrt(control.variance + treatment.variance);
        const { interval } = fiellerLift({ control, treatment, alpha: 0.05 });
        const got = liftRange({ control, treatment }, half);
        fc.pre(interval.lower > -Infinity);
        expect(Math.abs(got.lower - interval.lower)).toBeLessThanOrEqual(
          1e-9 * (1 + Math.abs(interval.lower)),
        );
        expect(Math.abs(got.upper - interval.upper)).toBeLessThanOrEqual(
          1e-9 * (1 + Math.abs(interval.upper)),
        );
      }),
    );
  });

  it("leaves out 0 exactly where the differences do", () => {
    fc.assert(
      fc.property(arms, fc.double({ min: 0.01, max: 5, noNaN: true }), ({ control, treatment }, half) => {
        const difference = treatment.estimate - control.estimate;
        fc.pre(Math.abs(Math.abs(difference) - half) > 1e-9);
        const { lower, upper } = liftRange({ control, treatment }, half);
        fc.pre(lower > -Infinity);
        expect(lower > 0 || upper < 0).toBe(Math.abs(difference) > half);
        if (lower > 0) expect(difference).toBeGreaterThan(0);
      }),
    );
  });

  it("is without end where the control may be 0, and where nothing bounds the difference", () => {
    const everything = { lower: -Infinity, upper: Infinity };
    expect(liftRange({ control: arm(0, 1), treatment: arm(1, 1) }, 1)).toEqual(everything);
    expect(liftRange({ control: arm(1, 1), treatment: arm(1, 1) }, 3)).toEqual(everything);
    expect(liftRange({ control: arm(1, 0.1), treatment: arm(1, 0.1) }, Infinity)).toEqual(everything);
  });

  it("is the differences in the control's unit where nothing varies", () => {
    expect(liftRange({ control: arm(4, 0), treatment: arm(5, 0) }, 1)).toEqual({ lower: 0, upper: 0.5 });
  });
});
