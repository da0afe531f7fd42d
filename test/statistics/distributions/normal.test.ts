/** The normal distribution, against 50 digits of mpmath and against @stdlib. */
import cdf from "@stdlib/stats-base-dists-normal-cdf";
import quantile from "@stdlib/stats-base-dists-normal-quantile";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import {
  logNormalSf,
  normalCdf,
  normalDensity,
  normalQuantile,
  normalSf,
} from "../../../src/statistics/distributions/normal.js";
import { relativeError } from "./relative-error.js";

const anywhere = fc.double({ min: -37, max: 37, noNaN: true });

describe("normalCdf and normalSf", () => {
  it.each([
    [38, 2.88542835e-316],
    [37.5, 4.605353009581955e-308],
    [20.5, 1.0764673258790961e-93],
    [8, 6.220960574271784e-16],
    [5, 2.866515718791939e-7],
    [2, 0.02275013194817921],
    [1, 0.15865525393145705],
    [0, 0.5],
  ])("leave beyond %d a share of %d", (x, expected) => {
    expect(relativeError(normalSf(x), expected)).toBeLessThan(1e-14);
    expect(normalCdf(-x)).toBe(normalSf(x));
  });

  it("are @stdlib's", () => {
    fc.assert(
      fc.property(anywhere, (x) => {
        expect(relativeError(normalCdf(x), cdf(x, 0, 1))).toBeLessThan(1e-12);
      }),
    );
  });

  it("are monotone, and together 1", () => {
    fc.assert(
      fc.property(anywhere, fc.double({ min: 1e-9, max: 1, noNaN: true }), (x, step) => {
        expect(normalCdf(x + step)).toBeGreaterThanOrEqual(normalCdf(x));
        expect(normalCdf(x) + normalSf(x)).toBeCloseTo(1, 14);
      }),
    );
  });

  it("end at 0 and 1", () => {
    expect([normalCdf(-Infinity), normalCdf(Infinity), normalSf(1e9), normalSf(-1e9)]).toEqual([0, 1, 0, 1]);
  });
});

describe("normalDensity", () => {
  it("is the bell", () => {
    expect(normalDensity(0)).toBeCloseTo(0.3989422804014327, 15);
    expect(relativeError(normalDensity(-30.7), 8.745949016024064e-206)).toBeLessThan(1e-14);
    expect(normalDensity(Infinity)).toBe(0);
  });

  it("is the slope of normalCdf", () => {
    fc.assert(
      fc.property(fc.double({ min: -6, max: 6, noNaN: true }), (x) => {
        const slope = (normalCdf(x + 1e-5) - normalCdf(x - 1e-5)) / 2e-5;
        expect(slope).toBeCloseTo(normalDensity(x), 9);
      }),
    );
  });
});

describe("logNormalSf", () => {
  it.each([
    [-3, -0.0013508099647481938],
    [0.5, -1.1759117615936185],
    [38, -726.5572160188201],
    [100, -5005.524208694205],
    [12345.6, -76206930.01999354],
    [1e6, -500000000014.73444],
  ])("at %d is %d", (x, expected) => {
    expect(relativeError(logNormalSf(x), expected)).toBeLessThan(1e-14);
  });

  it("is the logarithm of normalSf, and never rises", () => {
    fc.assert(
      fc.property(anywhere, (x) => {
        expect(Math.abs(logNormalSf(x) - Math.log(normalSf(x)))).toBeLessThan(1e-12);
        expect(logNormalSf(x + 1e-6)).toBeLessThanOrEqual(logNormalSf(x));
      }),
    );
  });

  it("ends at 0 and −∞", () => {
    expect(logNormalSf(-Infinity)).toBeCloseTo(0, 15);
    expect(logNormalSf(Infinity)).toBe(-Infinity);
  });
});

describe("normalQuantile", () => {
  it.each([
    [1e-300, -37.0470962993612],
    [1e-100, -21.273453560965326],
    [1e-20, -9.262340089798407],
    [1e-12, -7.034483825301132],
    [1e-5, -4.264890793922825],
    [0.025, -1.9599639845400543],
    [0.3, -0.5244005127080408],
  ])("of %d is %d", (p, expected) => {
    expect(relativeError(normalQuantile(p), expected)).toBeLessThan(1e-14);
  });

  it("is @stdlib's", () => {
    fc.assert(
      fc.property(fc.double({ min: 1e-6, max: 1 - 1e-6, noNaN: true }), (p) => {
        expect(normalQuantile(p)).toBeCloseTo(quantile(p, 0, 1), 10);
      }),
    );
  });

  it("undoes normalCdf", () => {
    fc.assert(
      fc.property(fc.double({ min: -37, max: 5, noNaN: true }), (x) => {
        const tolerance = 1e-12 * Math.max(1, Math.abs(x)) + 1e-16 / normalDensity(Math.min(0, -x));
        expect(Math.abs(normalQuantile(normalCdf(x)) - x)).toBeLessThan(tolerance);
      }),
    );
  });

  it("is odd about ½, and ends at ±∞", () => {
    expect(normalQuantile(0.75)).toBe(-normalQuantile(0.25));
    expect([normalQuantile(0), normalQuantile(0.5), normalQuantile(1)]).toEqual([-Infinity, 0, Infinity]);
  });
});

describe("what is no number and no probability", () => {
  it("is refused by name", () => {
    for (const f of [normalCdf, normalSf, logNormalSf, normalDensity])
      expect(() => f(Number.NaN)).toThrow(new RangeError("x must be a number, got NaN."));
    for (const p of [-1e-9, 1.1, Number.NaN])
      expect(() => normalQuantile(p)).toThrow(new RangeError(`p must be from 0 to 1, got ${p}.`));
  });
});
