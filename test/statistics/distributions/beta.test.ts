/** The beta distribution, against 50 digits of mpmath and against @stdlib. */
import betainc from "@stdlib/math-base-special-betainc";
import cdf from "@stdlib/stats-base-dists-beta-cdf";
import quantile from "@stdlib/stats-base-dists-beta-quantile";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { betaCdf, betaQuantile, betaSf, logBetaDensity } from "../../../src/statistics/distributions/beta.js";
import { gaussLegendre } from "../../../src/statistics/distributions/quadrature.js";
import { relativeError } from "./relative-error.js";

const shape = fc.double({ min: 0.1, max: 500, noNaN: true });
const share = fc.double({ min: 0.001, max: 0.999, noNaN: true });

describe("betaCdf and betaSf", () => {
  it.each([
    [0.4993, 1e6, 1e6, 0.023857399509047562],
    [0.49665, 1e7, 1e7, 1.461063433337539e-197],
    [0.8, 1e7, 2.5e6, 0.4999435810410684],
    [1e-9, 3, 1e7, 1.654217025574952e-7],
    [1e-9, 10, 0.01, 1.0286148498553914e-93],
    [0.001, 121, 1001, 5.545556049175971e-199],
  ])("have below %d at shapes %d and %d a share of %d", (x, a, b, expected) => {
    expect(relativeError(betaCdf(x, a, b), expected)).toBeLessThan(2e-13);
  });

  it.each([
    [0.5007, 1e6, 1e6, 0.023857399509038736],
    [0.5041, 1e7, 1e7, 1.01585357970981e-294],
    [0.999999, 1e7, 20, 0.0034543960936622574],
    [0.27, 1e5, 3e5, 9.758526614994923e-182],
  ])("have beyond %d at shapes %d and %d a share of %d", (x, a, b, expected) => {
    expect(relativeError(betaSf(x, a, b), expected)).toBeLessThan(2e-13);
  });

  it("are @stdlib's, body and tails", () => {
    fc.assert(
      fc.property(share, shape, shape, (x, a, b) => {
        fc.pre(Math.min(betaCdf(x, a, b), betaSf(x, a, b)) > 1e-250);
        expect(relativeError(betaCdf(x, a, b), cdf(x, a, b))).toBeLessThan(1e-12);
        expect(relativeError(betaSf(x, a, b), betainc(x, a, b, true, true))).toBeLessThan(1e-12);
      }),
    );
  });

  it("are each other's mirror image, monotone, and together 1", () => {
    fc.assert(
      fc.property(share, shape, shape, (x, a, b) => {
        const dyadic = Math.round(x * 1024) / 1024;
        expect(relativeError(betaCdf(dyadic, a, b), betaSf(1 - dyadic, b, a))).toBeLessThan(1e-12);
        expect(betaCdf(x, a, b) + betaSf(x, a, b)).toBeCloseTo(1, 14);
        expect(betaCdf(Math.min(1, x * 1.001), a, b)).toBeGreaterThanOrEqual(betaCdf(x, a, b));
      }),
    );
  });

  it("are x itself for Beta(1, 1)", () => {
    expect(relativeError(betaCdf(1e-9, 1, 1), 1e-9)).toBeLessThan(1e-14);
    expect(relativeError(betaSf(0.75, 1, 1), 0.25)).toBeLessThan(1e-14);
  });

  it("are 0 and 1 at the ends and beyond them", () => {
    for (const x of [0, -1, -Infinity]) expect([betaCdf(x, 2, 3), betaSf(x, 2, 3)]).toEqual([0, 1]);
    for (const x of [1, 2, Infinity]) expect([betaCdf(x, 2, 3), betaSf(x, 2, 3)]).toEqual([1, 0]);
  });
});

describe("logBetaDensity", () => {
  it.each([
    [0.05, 1001, 19001, 5.556284473155403],
    [0.5, 1e7, 1e7, 8.179830050614406],
    [1e-6, 3, 1e6, 12.122366877401996],
  ])("at %d of shapes %d and %d is %d", (x, a, b, expected) => {
    expect(relativeError(logBetaDensity(x, a, b), expected)).toBeLessThan(1e-14);
  });

  it("is of a density that betaCdf is the integral of", () => {
    const density = (x: number): number => Math.exp(logBetaDensity(x, 7, 12));
    expect(gaussLegendre(density, 0, 0.4)).toBeCloseTo(betaCdf(0.4, 7, 12), 13);
  });

  it("is −∞, ∞ or finite at the ends, as the shape there says, and −∞ beyond them", () => {
    expect([logBetaDensity(0, 2, 3), logBetaDensity(1, 3, 0.5)]).toEqual([-Infinity, Infinity]);
    expect([logBetaDensity(0, 1, 3), logBetaDensity(1, 4, 1)]).toEqual([Math.log(3), Math.log(4)]);
    expect([logBetaDensity(-0.1, 1, 1), logBetaDensity(1.1, 1, 1)]).toEqual([-Infinity, -Infinity]);
  });
});

describe("betaQuantile", () => {
  it("is @stdlib's", () => {
    fc.assert(
      fc.property(share, fc.double({ min: 1, max: 500, noNaN: true }), shape, (p, a, b) => {
        expect(betaQuantile(p, a, b)).toBeCloseTo(quantile(p, a, b), 10);
      }),
    );
  });

  it("is undone by betaCdf, large shapes included", () => {
    fc.assert(
      fc.property(
        share,
        fc.double({ min: 0.5, max: 1e5, noNaN: true }),
        fc.double({ min: 0.5, max: 1e5, noNaN: true }),
        (p, a, b) => {
          const x = betaQuantile(p, a, b);
          fc.pre(x < 0.999);
          expect(relativeError(betaCdf(x, a, b), p)).toBeLessThan(1e-9);
        },
      ),
    );
    expect(relativeError(betaCdf(betaQuantile(1e-10, 1e7, 3e7), 1e7, 3e7), 1e-10)).toBeLessThan(1e-8);
  });

  it("keeps its digits beside 0", () => {
    expect(relativeError(betaQuantile(1e-20, 1, 31), 3.225806451612903e-22)).toBeLessThan(1e-13);
    expect(relativeError(betaQuantile(1e-10, 0.5, 0.5), 2.46740110027234e-20)).toBeLessThan(1e-13);
  });

  it("is 0 and 1 at the ends, and where no double is nearer", () => {
    expect([betaQuantile(0, 2, 3), betaQuantile(1, 2, 3)]).toEqual([0, 1]);
    expect(betaQuantile(0.01, 0.001, 0.001)).toBeLessThan(1e-300);
    expect(betaQuantile(0.99, 0.001, 0.001)).toBeCloseTo(1, 15);
  });
});

describe("what is no number, shape or probability", () => {
  it("is refused by name", () => {
    for (const f of [betaCdf, betaSf, logBetaDensity]) {
      expect(() => f(Number.NaN, 1, 1)).toThrow(new RangeError("x must be a number, got NaN."));
      expect(() => f(0.5, 0, 1)).toThrow("a must be between 0 and 1000000000000, got 0.");
      expect(() => f(0.5, 1, -2)).toThrow("b must be between 0 and 1000000000000, got -2.");
    }
    expect(() => betaQuantile(1.5, 1, 1)).toThrow(new RangeError("p must be from 0 to 1, got 1.5."));
    expect(() => betaQuantile(0.5, Number.NaN, 1)).toThrow("a must be");
    expect(() => betaQuantile(0.5, 1, Infinity)).toThrow("b must be");
  });
});
