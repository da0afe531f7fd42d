/** What is left over by Stirling's formula and by ln(1 + u), against longer series. */
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { log1pmx, stirlingError } from "../../../src/statistics/distributions/stirling.js";
import { relativeError } from "./relative-error.js";

describe("stirlingError", () => {
  it("is the known one of 1, and 1/(12x) of large x", () => {
    expect(stirlingError(1)).toBeCloseTo(1 - 0.5 * Math.log(2 * Math.PI), 15);
    expect(relativeError(stirlingError(1e9), 1 / 12e9)).toBeLessThan(1e-15);
  });

  it("falls from x to x + 1 by (x + ½) ln(1 + 1/x) − 1, also where the series begins", () => {
    fc.assert(
      fc.property(fc.double({ min: 0.1, max: 30, noNaN: true }), (x) => {
        const fall = (x + 0.5) * Math.log1p(1 / x) - 1;
        expect(Math.abs(stirlingError(x) - stirlingError(x + 1) - fall)).toBeLessThan(3e-14);
      }),
    );
  });
});

describe("log1pmx", () => {
  it("is the difference where that is precise", () => {
    for (const u of [-0.9, -0.6, -0.4, 0.4, 0.6, 3, 1e6])
      expect(relativeError(log1pmx(u, 1 + u), Math.log1p(u) - u)).toBeLessThan(1e-14);
  });

  it("is −u²/2 + u³/3 − u⁴/4 where the difference would be nothing", () => {
    fc.assert(
      fc.property(fc.double({ min: -1e-4, max: 1e-4, noNaN: true }), (u) => {
        fc.pre(Math.abs(u) > 1e-100);
        const series = -u * u * (1 / 2 - u * (1 / 3 - u * (1 / 4 - u / 5)));
        expect(relativeError(log1pmx(u, 1 + u), series)).toBeLessThan(1e-14);
      }),
    );
  });

  it("takes the sum where u has lost it", () => {
    expect(log1pmx(-1, 1e-40)).toBeCloseTo(1 - 40 * Math.LN10, 12);
  });
});
