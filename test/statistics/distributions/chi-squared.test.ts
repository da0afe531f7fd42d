/** The χ² distribution, against @stdlib, the normal distribution and plain exponentials. */
import cdf from "@stdlib/stats-base-dists-chisquare-cdf";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { chiSquaredSf } from "../../../src/statistics/distributions/chi-squared.js";
import { normalSf } from "../../../src/statistics/distributions/normal.js";
import { relativeError } from "./relative-error.js";

describe("chiSquaredSf", () => {
  it("is what @stdlib leaves of 1", () => {
    fc.assert(
      fc.property(fc.double({ min: 0, max: 200, noNaN: true }), fc.integer({ min: 1, max: 100 }), (x, df) => {
        expect(chiSquaredSf(x, df)).toBeCloseTo(1 - cdf(x, df), 13);
      }),
    );
  });

  it("of one degree of freedom is both tails of the normal distribution", () => {
    fc.assert(
      fc.property(fc.double({ min: 0.01, max: 36, noNaN: true }), (z) => {
        expect(relativeError(chiSquaredSf(z * z, 1), 2 * normalSf(z))).toBeLessThan(1e-12);
      }),
    );
  });

  it("of two is exp(−x/2), however small", () => {
    fc.assert(
      fc.property(fc.double({ min: 0, max: 1400, noNaN: true }), (x) => {
        expect(relativeError(chiSquaredSf(x, 2), Math.exp(-0.5 * x))).toBeLessThan(1e-12);
      }),
    );
  });

  it("falls in x and rises in the degrees of freedom", () => {
    fc.assert(
      fc.property(
        fc.double({ min: 0.1, max: 100, noNaN: true }),
        fc.integer({ min: 1, max: 50 }),
        (x, df) => {
          expect(chiSquaredSf(x * 1.01, df)).toBeLessThan(chiSquaredSf(x, df) * (1 + 1e-13));
          expect(chiSquaredSf(x, df + 1)).toBeGreaterThan(chiSquaredSf(x, df) * (1 - 1e-13));
        },
      ),
    );
  });

  it("is 1 at 0 and below, 0 at infinity", () => {
    expect([chiSquaredSf(0, 3), chiSquaredSf(-1, 3), chiSquaredSf(Infinity, 3)]).toEqual([1, 1, 0]);
  });

  it("refuses what is no number and no degree of freedom, by name", () => {
    expect(() => chiSquaredSf(Number.NaN, 1)).toThrow(new RangeError("x must be a number, got NaN."));
    expect(() => chiSquaredSf(1, 0)).toThrow("df must be between 0 and 1000000000000, got 0.");
  });
});
