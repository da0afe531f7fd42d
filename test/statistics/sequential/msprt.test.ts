import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { normalDensity } from "../../../src/statistics/distributions/normal.js";
import { gaussLegendre } from "../../../src/statistics/distributions/quadrature.js";
import { mixtureRatio, type NormalPairs } from "../../../src/statistics/sequential/msprt.js";

const pairs: fc.Arbitrary<NormalPairs> = fc.record({
  difference: fc.double({ min: -1, max: 1, noNaN: true }),
  variance: fc.double({ min: 0.01, max: 100, noNaN: true }),
  pairs: fc.integer({ min: 1, max: 1_000_000 }),
  mixingVariance: fc.double({ min: 1e-4, max: 1, noNaN: true }),
});

describe("the mixture ratio", () => {
  it("is as printed", () => {
    fc.assert(
      fc.property(pairs, (given) => {
        const { difference: d, variance: v, pairs: n, mixingVariance: t } = given;
        const root = 0.5 * Math.log((2 * v) / (2 * v + n * t));
        const exponent = (n ** 2 * t * d ** 2) / (4 * v * (2 * v + n * t));
        const { logE } = mixtureRatio(given);
        expect(Math.abs(logE - root - exponent)).toBeLessThanOrEqual(1e-12 * (1 + exponent - root));
      }),
    );
  });

  it("is expected to be 1 where nothing differs", () => {
    const plan = { variance: 2, pairs: 50, mixingVariance: 0.02 };
    const standardError = Math.sqrt((2 * plan.variance) / plan.pairs);
    const expected = gaussLegendre(
      (z) => Math.exp(mixtureRatio({ ...plan, difference: z * standardError }).logE) * normalDensity(z),
      -14,
      14,
      128,
    );
    expect(expected).toBeCloseTo(1, 12);
  });

  it("knows no direction and no unit of measure", () => {
    fc.assert(
      fc.property(pairs, fc.double({ min: 0.1, max: 10, noNaN: true }), (given, times) => {
        const { logE } = mixtureRatio(given);
        expect(mixtureRatio({ ...given, difference: -given.difference }).logE).toBe(logE);
        const scaled = mixtureRatio({
          ...given,
          difference: given.difference * times,
          variance: given.variance * times ** 2,
          mixingVariance: given.mixingVariance * times ** 2,
        });
        expect(Math.abs(scaled.logE - logE)).toBeLessThanOrEqual(1e-9 * (1 + Math.abs(logE)));
      }),
    );
  });

  it("says nothing of nothing, and speaks for the null where there is no difference", () => {
    const none = { difference: 0, variance: 1, mixingVariance: 0.1 };
    expect(mixtureRatio({ ...none, pairs: 0 })).toEqual({ logE: 0, pValue: 1 });
    expect(mixtureRatio({ ...none, pairs: 100 }).logE).toBeLessThan(0);
    expect(mixtureRatio({ ...none, pairs: 100 }).pValue).toBe(1);
  });

  it.each([
    [{ difference: Number.NaN }, "difference"],
    [{ variance: 0 }, "variance"],
    [{ pairs: -1 }, "pairs"],
    [{ mixingVariance: 0 }, "mixingVariance"],
  ])("refuses %j", (wrong, name) => {
    const given = { difference: 0, variance: 1, pairs: 10, mixingVariance: 0.1, ...wrong };
    expect(() => mixtureRatio(given)).toThrow(new RegExp(`^${name} must be`));
  });
});
