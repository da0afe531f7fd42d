/** What counting units does to the belief in a rate. */
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { betaInterval, betaPosterior } from "../../../src/statistics/bayesian/beta-posterior.js";
import { betaCdf, betaSf } from "../../../src/statistics/distributions/beta.js";

function counted(n: number, sum: number): ReturnType<typeof betaPosterior> {
  return betaPosterior({ kind: "proportion", n, sum });
}

const sample = fc
  .tuple(fc.constantFrom(0, 1, 30, 1000, 1e7), fc.double({ min: 0, max: 1, noNaN: true }))
  .map(([n, rate]) => ({ n, sum: Math.round(n * rate) }));

describe("the posterior of a rate", () => {
  it("adds what was counted to the prior", () => {
    expect(counted(10, 3)).toEqual({ a: 4, b: 8 });
    expect(betaPosterior({ kind: "proportion", n: 10, sum: 3 }, { a: 0.5, b: 2 })).toEqual({ a: 3.5, b: 9 });
  });

  it("has α/2 on either side of its interval", () => {
    fc.assert(
      fc.property(sample, fc.constantFrom(0.01, 0.05, 0.5), ({ n, sum }, alpha) => {
        const posterior = counted(n, sum);
        const { lower, upper } = betaInterval(posterior, alpha);
        expect(betaCdf(lower, posterior.a, posterior.b)).toBeCloseTo(alpha / 2, 7);
        expect(betaSf(upper, posterior.a, posterior.b)).toBeCloseTo(alpha / 2, 7);
      }),
      { numRuns: 60 },
    );
  });

  it("of no units is the prior, and of no success or no failure stays within 0 and 1", () => {
    const open = betaInterval(counted(0, 0), 0.05);
    expect(open.lower).toBeCloseTo(0.025, 12);
    expect(open.upper).toBeCloseTo(0.975, 12);
    expect(betaInterval(counted(30, 0), 0.05).lower).toBeCloseTo(1 - 0.975 ** (1 / 31), 12);
    expect(betaInterval(counted(30, 30), 0.05).upper).toBeCloseTo(0.975 ** (1 / 31), 12);
  });

  it.each([
    ["n", () => counted(-1, 0)],
    ["sum", () => counted(5, 6)],
    ["sum", () => counted(5, NaN)],
    ["a", () => betaPosterior({ kind: "proportion", n: 1, sum: 1 }, { a: 0.4, b: 1 })],
    ["alpha", () => betaInterval({ a: 1, b: 1 }, 1)],
    ["b", () => betaInterval({ a: 1, b: -2 }, 0.05)],
  ])("refuses an impossible %s", (name, call) => {
    expect(call).toThrow(RangeError);
    expect(call).toThrow(new RegExp(`^${name} must be`, "u"));
  });
});
