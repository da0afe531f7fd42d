/** Demands in shares of the control's value, and the largest that is met. */
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { Arms } from "../../../src/statistics/samples.js";
import { boundBeyond, leastShare, mirrored } from "../../../src/statistics/sequential/beyond.js";
import { decide, type DecisionArm } from "../../../src/statistics/sequential/decision.js";

const plan = { alpha: 0.05, share: 0.5, plannedVariance: 4 };
const arm = (estimate: number, n = 1_000, variance = 4 / n): DecisionArm => ({
  ...{ n, estimate, variance, nonzero: n },
});
const epoch = (control: number, treatment: number): Arms<DecisionArm> => ({
  control: arm(control),
  treatment: arm(treatment),
});
const epochs = fc.array(
  fc
    .tuple(fc.double({ min: 1, max: 5, noNaN: true }), fc.double({ min: -5, max: 20, noNaN: true }))
    .map(([control, treatment]) => epoch(control, treatment)),
  { minLength: 1, maxLength: 4 },
);

describe("the bound beyond a size", () => {
  it("in the metric's unit is the bound of the difference less the size", () => {
    const { lower } = decide([epoch(2, 3)], plan).oneSided;
    expect(boundBeyond([epoch(2, 3)], 0.5, plan)).toBeCloseTo(lower - 0.5, 12);
  });

  it("as a share has the variance of the treatment and of so many controls", () => {
    const { estimate, se, oneSided } = decide([epoch(2, 3)], { ...plan, times: 1.25 });
    expect(estimate).toBeCloseTo(0.5, 12);
    const perUnit = 4 + 0.25 * (3 - 2) ** 2; // around the common mean of both arms
    expect(se).toBeCloseTo(Math.sqrt((perUnit * (1.25 ** 2 + 1)) / 1_000), 12);
    const steady = { control: arm(2, 1_000, 0.009), treatment: arm(2, 4_000, 0.001) };
    const uneven = decide([steady], { ...plan, times: 1.5 });
    expect(uneven.se).toBeCloseTo(Math.sqrt(1.5 ** 2 * 0.009 + 0.001), 12);
    expect(boundBeyond([epoch(2, 3)], { share: 0.25 }, plan)).toBe(oneSided.lower);
    const { lower } = decide([epoch(2, 3)], { ...plan, times: 0.75 }).oneSided;
    expect(boundBeyond([epoch(2, 3)], { share: -0.25 }, plan)).toBe(lower);
  });

  it("takes the share from 0 on, on whichever side the control is", () => {
    const { lower } = decide([epoch(-2, -1)], { ...plan, times: 0.75 }).oneSided;
    expect(boundBeyond([epoch(-2, -1)], { share: 0.25 }, plan)).toBe(lower);
    const below = decide([epoch(-2, -1)], { ...plan, times: 1.25 }).oneSided;
    expect(boundBeyond([epoch(-2, -1)], { share: -0.25 }, plan)).toBe(below.lower);
  });

  it("proves no gain by a share of what may be on either side of 0", () => {
    expect(boundBeyond([epoch(0.01, 0.3)], 0, plan)).toBeGreaterThan(0);
    expect(boundBeyond([epoch(0.01, 0.3)], { share: 10 }, plan)).toBeLessThan(0);
    expect(boundBeyond([epoch(-0.01, 0.3)], { share: 10 }, plan)).toBeLessThan(0);
  });

  it("of no size at all is that of the difference", () => {
    fc.assert(
      fc.property(epochs, (all) => boundBeyond(all, { share: 0 }, plan) === boundBeyond(all, 0, plan)),
    );
  });
});

describe("the least share", () => {
  it("is the largest that is proven", () => {
    fc.assert(
      fc.property(epochs, (all) => {
        const least = leastShare(all, plan);
        const isProven = (share: number) => boundBeyond(all, { share }, plan) > 0;
        return isProven(least - 1e-6) && !isProven(least + 1e-6);
      }),
    );
  });

  it("has the estimate between it and that of the other way", () => {
    fc.assert(
      fc.property(epochs, (all) => {
        const { estimate } = decide(all, plan);
        const control = all.reduce((sum, one) => sum + one.control.estimate, 0) / all.length;
        const most = -leastShare(mirrored(all), plan);
        return leastShare(all, plan) < estimate / control && estimate / control < most;
      }),
    );
  });

  it("is none without units, or where the control may be 0", () => {
    expect(leastShare([], plan)).toBe(-Infinity);
    expect(leastShare([epoch(0, -1)], plan)).toBe(-Infinity);
    expect(leastShare([{ control: arm(1, 10), treatment: arm(1) }], plan)).toBe(-Infinity);
    expect(leastShare([epoch(0.0001, 5_000_000)], plan)).toBeLessThan(1_025);
  });
});
