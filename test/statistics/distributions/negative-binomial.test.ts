/** The negative binomial distribution, against 50 digits of mpmath and against its own sums. */
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { gammaQ, logGamma } from "../../../src/statistics/distributions/gamma.js";
import {
  negativeBinomialCdf,
  negativeBinomialSf,
} from "../../../src/statistics/distributions/negative-binomial.js";
import { relativeError } from "./relative-error.js";

const mean = fc.double({ min: 0.01, max: 500, noNaN: true });
const dispersion = fc.double({ min: 0.1, max: 1000, noNaN: true });
const count = fc.integer({ min: 0, max: 300 });

/** P(Y = y), by its definition. */
function probabilityOf(y: number, mu: number, size: number): number {
  const ways = logGamma(y + size) - logGamma(size) - logGamma(y + 1);
  return Math.exp(ways + size * Math.log(size / (size + mu)) + y * Math.log(mu / (size + mu)));
}

describe("negativeBinomialCdf and negativeBinomialSf", () => {
  it.each([
    [3, 1e4, 100, 6.347972325562716e-196],
    [330, 503.75, 1e6, 9.302158372127871e-17],
    [0, 0.01, 0.1, 0.9905142582145218],
  ])("have up to %d of mean %d and size %d a share of %d", (y, mu, size, expected) => {
    expect(relativeError(negativeBinomialCdf(y, mu, size), expected)).toBeLessThan(1e-12);
  });

  it.each([
    [1500, 21.25, 13.465, 3.6427052623896473e-295],
    [1500, 503.75, 1e6, 1.8078220099891808e-280],
    [1, 1e-3, 2, 0.0009992504996876874],
  ])("have from %d on of mean %d and size %d a share of %d", (y, mu, size, expected) => {
    expect(relativeError(negativeBinomialSf(y, mu, size), expected)).toBeLessThan(1e-12);
  });

  it("are the sums of their probabilities", () => {
    fc.assert(
      fc.property(fc.integer({ min: 0, max: 60 }), mean, dispersion, (y, mu, size) => {
        const upTo = Array.from({ length: y + 1 }, (_, at) => probabilityOf(at, mu, size));
        const sum = upTo.reduce((total, each) => total + each, 0);
        expect(relativeError(negativeBinomialCdf(y, mu, size), sum)).toBeLessThan(1e-10);
      }),
    );
  });

  it("share y: the one includes it as the other does", () => {
    fc.assert(
      fc.property(count, mean, dispersion, (y, mu, size) => {
        const both = negativeBinomialCdf(y, mu, size) + negativeBinomialSf(y, mu, size);
        expect(both).toBeCloseTo(1 + probabilityOf(y, mu, size), 11);
        expect(negativeBinomialCdf(y, mu, size) + negativeBinomialSf(y + 1, mu, size)).toBeCloseTo(1, 14);
      }),
    );
  });

  it("are monotone", () => {
    fc.assert(
      fc.property(count, mean, dispersion, (y, mu, size) => {
        expect(negativeBinomialCdf(y + 1, mu, size)).toBeGreaterThanOrEqual(negativeBinomialCdf(y, mu, size));
        expect(negativeBinomialSf(y, mu * 1.1, size)).toBeGreaterThanOrEqual(negativeBinomialSf(y, mu, size));
      }),
    );
  });

  it("are nearly Poisson's where the size is great", () => {
    expect(negativeBinomialCdf(20, 25, 1e11)).toBeCloseTo(gammaQ(21, 25), 9);
  });

  it("count whole things", () => {
    expect(negativeBinomialCdf(3.7, 5, 2)).toBe(negativeBinomialCdf(3, 5, 2));
    expect(negativeBinomialSf(3.7, 5, 2)).toBe(negativeBinomialSf(4, 5, 2));
  });

  it("are certain at the ends and of a mean of 0", () => {
    expect([
      negativeBinomialCdf(-1, 5, 2),
      negativeBinomialSf(-1, 5, 2),
      negativeBinomialSf(0, 5, 2),
    ]).toEqual([0, 1, 1]);
    expect([negativeBinomialCdf(Infinity, 5, 2), negativeBinomialSf(Infinity, 5, 2)]).toEqual([1, 0]);
    expect([negativeBinomialCdf(0, 0, 2), negativeBinomialSf(0, 0, 2), negativeBinomialSf(1, 0, 2)]).toEqual([
      1, 1, 0,
    ]);
  });

  it("refuse what is no count, mean or size, by name", () => {
    for (const f of [negativeBinomialCdf, negativeBinomialSf]) {
      expect(() => f(Number.NaN, 1, 1)).toThrow(new RangeError("y must be a number, got NaN."));
      expect(() => f(1, -1, 1)).toThrow("mu must be a number of at least 0, got -1.");
      expect(() => f(1, 1, 0)).toThrow("size must be between 0 and 1000000000000, got 0.");
    }
  });
});
