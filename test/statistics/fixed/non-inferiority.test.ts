/** Proof of no harm, for metrics that ought to rise and for those that ought to fall. */
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { nonInferiority, nonInferiorityByShare } from "../../../src/statistics/fixed/non-inferiority.js";
import { isNear } from "./arbitraries.js";

const difference = fc.double({ min: -10, max: 10, noNaN: true });
const se = fc.double({ min: 0.01, max: 10, noNaN: true });
const margin = fc.double({ min: 0, max: 10, noNaN: true });

describe("nonInferiority", () => {
  it("takes a fall of one metric as a rise of the other", () => {
    fc.assert(
      fc.property(difference, se, margin, (of, by, least) => {
        const rise = nonInferiority({ difference: of, se: by, margin: least, direction: "increase" });
        const fall = nonInferiority({ difference: -of, se: by, margin: least, direction: "decrease" });
        return isNear(rise.z, fall.z) && isNear(rise.pValue, fall.pValue);
      }),
    );
  });

  it("proves more the larger the margin is, and nothing at the margin itself", () => {
    fc.assert(
      fc.property(difference, se, margin, margin, (of, by, one, other) => {
        const at = (least: number) =>
          nonInferiority({ difference: of, se: by, margin: least, direction: "increase" });
        return at(Math.max(one, other)).pValue <= at(Math.min(one, other)).pValue;
      }),
    );
    expect(nonInferiority({ difference: 3, se: 1, margin: 3, direction: "decrease" })).toEqual({
      z: 0,
      pValue: 0.5,
    });
  });

  it("does not take missing evidence of harm for proof of none", () => {
    const noisy = nonInferiority({ difference: -0.001, se: 0.01, margin: 0.005, direction: "increase" });
    expect(noisy.pValue).toBeGreaterThan(0.3);
  });

  it.each([0, Infinity])("is told nothing by a standard error of %d", (by) => {
    const nothing = { difference: 5, se: by, margin: 1, direction: "increase" } as const;
    expect(nonInferiority(nothing)).toEqual({ z: 0, pValue: 1 });
  });

  it("refuses what cannot be", () => {
    const good = { difference: 0, se: 1, margin: 1, direction: "increase" } as const;
    expect(() => nonInferiority({ ...good, margin: -1 })).toThrow(/^margin must be/);
    expect(() => nonInferiority({ ...good, se: -1 })).toThrow(/^se must be/);
    expect(() => nonInferiority({ ...good, se: Number.NaN })).toThrow(/^se must be/);
    expect(() => nonInferiority({ ...good, difference: Infinity })).toThrow(/^difference must be/);
  });
});

describe("nonInferiorityByShare", () => {
  const arm = (estimate: number, variance: number) => ({ estimate, variance });

  it("counts the control's doubt as often as the margin holds the control", () => {
    const arms = { control: arm(0.1, 4e-6), treatment: arm(0.13, 7e-6) };
    const fall = nonInferiorityByShare({ ...arms, share: 0.5, direction: "decrease" });
    expect(fall.z).toBeCloseTo((1.5 * 0.1 - 0.13) / Math.sqrt(7e-6 + 1.5 ** 2 * 4e-6), 12);
    const rise = nonInferiorityByShare({ ...arms, share: 0.5, direction: "increase" });
    expect(rise.z).toBeCloseTo((0.13 - 0.5 * 0.1) / Math.sqrt(7e-6 + 0.5 ** 2 * 4e-6), 12);
  });

  it("takes the margin from 0 on where the control is below it", () => {
    const losses = { control: arm(-0.1, 4e-6), treatment: arm(-0.13, 7e-6) };
    const { z } = nonInferiorityByShare({ ...losses, share: 0.5, direction: "increase" });
    expect(z).toBeCloseTo((-0.13 + 1.5 * 0.1) / Math.sqrt(7e-6 + 1.5 ** 2 * 4e-6), 12);
  });

  it("is the test of no margin where that is 0", () => {
    const arms = { control: arm(2, 0.5), treatment: arm(3, 0.25) };
    const plain = nonInferiority({
      ...{ difference: 1, se: Math.sqrt(0.75), margin: 0, direction: "increase" },
    } as const);
    expect(nonInferiorityByShare({ ...arms, share: 0, direction: "increase" })).toEqual(plain);
    expect(() => nonInferiorityByShare({ ...arms, share: -1, direction: "increase" })).toThrow(/^share must/);
  });
});
