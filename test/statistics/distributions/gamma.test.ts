/** ln Γ, ln B and the incomplete gamma functions, against 50 digits of mpmath and against @stdlib. */
import gammainc from "@stdlib/math-base-special-gammainc";
import gammaln from "@stdlib/math-base-special-gammaln";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { gammaP, gammaQ, logBeta, logGamma } from "../../../src/statistics/distributions/gamma.js";
import { relativeError } from "./relative-error.js";

describe("logGamma", () => {
  it.each([
    [1e-10, 23.025850929882736],
    [0.999, 0.0005780385328913802],
    [1.0001, -5.771334222047127e-5],
    [1.9999, -4.227520877215346e-5],
    [2.0001, 4.2281658112919945e-5],
    [9.99, 12.779315214350193],
    [10, 12.801827480081469],
    [171.5, 709.1431630309282],
    [1e9, 19723265827.503716],
  ])("of %d is %d", (x, expected) => {
    expect(relativeError(logGamma(x), expected)).toBeLessThan(1e-14);
  });

  it("is 0 at 1 and 2, and the logarithm of factorials", () => {
    expect([logGamma(1), logGamma(2)]).toEqual([0, 0]);
    expect(relativeError(logGamma(21), Math.log(2432902008176640000))).toBeLessThan(1e-15);
  });

  it("is @stdlib's", () => {
    fc.assert(
      fc.property(
        fc.double({ min: 1e-6, max: 1e9, noNaN: true }),
        fc.double({ min: 1e-3, max: 20, noNaN: true }),
        (x, y) => {
          expect(relativeError(logGamma(x), gammaln(x))).toBeLessThan(1e-12);
          expect(Math.abs(logGamma(y) - gammaln(y))).toBeLessThan(1e-13);
        },
      ),
    );
  });

  it("grows by ln x from x to x + 1", () => {
    fc.assert(
      fc.property(fc.double({ min: 0.01, max: 100, noNaN: true }), (x) => {
        expect(logGamma(x + 1) - logGamma(x)).toBeCloseTo(Math.log(x), 11);
      }),
    );
  });

  it.each([0, -1, Number.NaN, Infinity])("refuses %d", (x) => {
    expect(() => logGamma(x)).toThrow(new RangeError(`x must be between 0 and 1000000000000, got ${x}.`));
  });
});

describe("logBeta", () => {
  it.each([
    [1e9, 3, -61.47665033327929],
    [3, 1e9, -61.47665033327929],
    [1e9, 0.5, -9.789267975423506],
    [1e7, 1e7, -13862950.404734597],
    [1e9, 1e9, -1386294370.2160115],
    [1e-5, 1e5, 11.512804563691175],
    [1, 5, -1.6094379124341003],
    [20, 30, -33.968820791977386],
  ])("of %d and %d is %d", (a, b, expected) => {
    expect(relativeError(logBeta(a, b), expected)).toBeLessThan(1e-14);
  });

  it("does not ask which comes first, and is logGamma's where nothing cancels", () => {
    const shape = fc.double({ min: 0.01, max: 30, noNaN: true });
    fc.assert(
      fc.property(shape, shape, (a, b) => {
        expect(logBeta(a, b)).toBe(logBeta(b, a));
        expect(logBeta(a, b)).toBeCloseTo(logGamma(a) + logGamma(b) - logGamma(a + b), 11);
      }),
    );
  });

  it("refuses shapes that are none, by name", () => {
    expect(() => logBeta(0, 1)).toThrow("a must be");
    expect(() => logBeta(1, Number.NaN)).toThrow("b must be");
  });
});

describe("gammaP and gammaQ", () => {
  it.each([
    [0.5, 700, 2.1010145162642176e-306],
    [2, 700, 6.911633257175599e-302],
    [1e4, 1e4, 0.4986701916600448],
    [1e4, 11000, 1.6928531496469328e-22],
  ])("have an upper tail at (%d, %d)", (a, x, expected) => {
    expect(relativeError(gammaQ(a, x), expected)).toBeLessThan(1e-13);
  });

  it.each([
    [100, 50, 3.200065324585125e-10],
    [1e4, 9000, 2.073299202433928e-25],
    [0.5, 1e-9, 3.568248231116126e-5],
  ])("have a lower tail at (%d, %d)", (a, x, expected) => {
    expect(relativeError(gammaP(a, x), expected)).toBeLessThan(1e-13);
  });

  it("are @stdlib's, body and tails, up to the shapes where it is right", () => {
    fc.assert(
      fc.property(
        fc.double({ min: 0.1, max: 200, noNaN: true }),
        fc.double({ min: 0.05, max: 3, noNaN: true }),
        (a, times) => {
          const x = a * times;
          expect(relativeError(gammaP(a, x), gammainc(x, a))).toBeLessThan(1e-12);
          expect(relativeError(gammaQ(a, x), gammainc(x, a, true, true))).toBeLessThan(1e-12);
        },
      ),
    );
  });

  it("is exp(−x) for a = 1, and 0 and 1 at the ends", () => {
    expect(relativeError(gammaQ(1, 300), Math.exp(-300))).toBeLessThan(1e-13);
    expect([gammaQ(3, 0), gammaP(3, 0), gammaQ(3, -1)]).toEqual([1, 0, 1]);
    expect([gammaQ(3, Infinity), gammaP(3, Infinity)]).toEqual([0, 1]);
  });

  it("refuse what is no number and no shape, by name", () => {
    expect(() => gammaP(1, Number.NaN)).toThrow(new RangeError("x must be a number, got NaN."));
    expect(() => gammaQ(-1, 1)).toThrow("a must be");
  });
});
