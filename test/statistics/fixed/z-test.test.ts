/** The normal test of one estimate. */
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { criticalZ, zTest } from "../../../src/statistics/fixed/z-test.js";
import { alpha, contains, isNear, nothingKnown } from "./arbitraries.js";

const estimate = fc.double({ min: -1e6, max: 1e6, noNaN: true });
const se = fc.double({ min: 1e-3, max: 1e6, noNaN: true });

describe("zTest", () => {
  it("agrees with the table of the normal distribution", () => {
    expect(criticalZ(0.05)).toBeCloseTo(1.959963984540054, 12);
    expect(criticalZ(0.01)).toBeCloseTo(2.5758293035489004, 12);
    const { pValue, interval } = zTest({ estimate: 1.959963984540054, se: 1, alpha: 0.05 });
    expect(pValue).toBeCloseTo(0.05, 12);
    expect(interval.lower).toBeCloseTo(0, 12);
  });

  it("holds p to its last digits where it is tiny", () => {
    const { pValue } = zTest({ estimate: 30, se: 1, alpha: 0.05 });
    expect(pValue / 9.813427854297537e-198).toBeCloseTo(1, 8);
  });

  it("excludes 0 exactly where p < alpha, and holds the estimate", () => {
    fc.assert(
      fc.property(estimate, se, alpha, (of, by, level) => {
        const { pValue, interval } = zTest({ estimate: of, se: by, alpha: level });
        fc.pre(Math.abs(pValue - level) > 1e-9);
        return contains(interval, of) && pValue < level === !contains(interval, 0);
      }),
    );
  });

  it("is the same in whatever unit", () => {
    fc.assert(
      fc.property(estimate, se, fc.double({ min: 1e-6, max: 1e6, noNaN: true }), (of, by, unit) => {
        const [one, other] = [
          zTest({ estimate: of, se: by, alpha: 0.05 }),
          zTest({ estimate: of * unit, se: by * unit, alpha: 0.05 }),
        ];
        return isNear(one.pValue, other.pValue) && isNear(one.interval.upper * unit, other.interval.upper);
      }),
    );
  });

  it.each([0, Infinity])("is told nothing by a standard error of %d", (by) => {
    expect(zTest({ estimate: 5, se: by, alpha: 0.05 })).toEqual({ z: 0, pValue: 1, interval: nothingKnown });
  });

  it("refuses what cannot be", () => {
    expect(() => zTest({ estimate: Number.NaN, se: 1, alpha: 0.05 })).toThrow(/^estimate must be/);
    expect(() => zTest({ estimate: 1, se: -1, alpha: 0.05 })).toThrow(/^se must be/);
    expect(() => zTest({ estimate: 1, se: Number.NaN, alpha: 0.05 })).toThrow(/^se must be/);
    expect(() => zTest({ estimate: 1, se: 0, alpha: 1 })).toThrow(/^alpha must be between 0 and 1, got 1\.$/);
  });
});
