/** What an estimate does to the belief in an effect, and how the effect is judged. */
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { judgeEffect, normalPosterior } from "../../../src/statistics/bayesian/normal-posterior.js";

const estimate = fc.double({ min: -50, max: 50, noNaN: true });
const spread = fc.double({ min: 0.01, max: 40, noNaN: true });

describe("the posterior of an effect", () => {
  it("is the average by precision, sharper than prior and estimate", () => {
    fc.assert(
      fc.property(estimate, spread, estimate, spread, (measured, standardError, believed, sd) => {
        const prior = { mean: believed, sd };
        const posterior = normalPosterior({ estimate: measured, standardError, prior });
        const [new_, old] = [standardError ** -2, sd ** -2];
        expect(posterior.mean).toBeCloseTo((new_ * measured + old * believed) / (new_ + old), 10);
        expect(posterior.sd).toBeCloseTo((new_ + old) ** -0.5, 10);
      }),
    );
  });

  it("is the estimate without a prior, the prior without an estimate, and open with neither", () => {
    const prior = { mean: 3, sd: 2 };
    expect(normalPosterior({ estimate: 0.12, standardError: 0.05 })).toEqual({ mean: 0.12, sd: 0.05 });
    expect(normalPosterior({ estimate: 9, standardError: Infinity, prior })).toEqual(prior);
    const open = normalPosterior({ estimate: 0, standardError: Infinity });
    expect(judgeEffect(open, 0.05)).toEqual({
      chanceToWin: 0.5,
      interval: { lower: -Infinity, upper: Infinity },
      lossOfTreatment: Infinity,
      lossOfControl: Infinity,
    });
  });

  it("is certain where the estimate or the prior is, and survives the smallest errors", () => {
    const prior = { mean: 3, sd: 2 };
    expect(normalPosterior({ estimate: 9, standardError: 0, prior })).toEqual({ mean: 9, sd: 0 });
    expect(normalPosterior({ estimate: 9, standardError: 1, prior: { mean: 3, sd: 0 } })).toEqual({
      mean: 3,
      sd: 0,
    });
    expect(normalPosterior({ estimate: 9, standardError: 1e-300, prior })).toEqual({ mean: 9, sd: 1e-300 });
  });
});

describe("an effect", () => {
  it("that changes its sign changes the arms' places", () => {
    fc.assert(
      fc.property(estimate, spread, (mean, sd) => {
        const [there, back] = [judgeEffect({ mean, sd }, 0.05), judgeEffect({ mean: -mean, sd }, 0.05)];
        expect(there.chanceToWin + back.chanceToWin).toBeCloseTo(1, 14);
        expect(there.lossOfControl).toBe(back.lossOfTreatment);
        expect(there.interval.lower).toBe(-back.interval.upper);
      }),
    );
  });

  it("loses on average what its mean leaves, never less than nothing", () => {
    fc.assert(
      fc.property(estimate, spread, (mean, sd) => {
        const { lossOfTreatment, lossOfControl } = judgeEffect({ mean, sd }, 0.05);
        expect(lossOfControl - lossOfTreatment).toBeCloseTo(mean, 11);
        expect(Math.min(lossOfTreatment, lossOfControl)).toBeGreaterThanOrEqual(0);
      }),
    );
  });

  it("scales with its values, its chance does not", () => {
    const [one, thousand] = [
      judgeEffect({ mean: 0.2, sd: 0.3 }, 0.1),
      judgeEffect({ mean: 200, sd: 300 }, 0.1),
    ];
    expect(thousand.chanceToWin).toBeCloseTo(one.chanceToWin, 14);
    expect(thousand.lossOfControl).toBeCloseTo(1000 * one.lossOfControl, 10);
    expect(thousand.interval.upper).toBeCloseTo(1000 * one.interval.upper, 10);
  });

  it("has 0 outside its interval just where the chance to win is beyond α/2", () => {
    fc.assert(
      fc.property(estimate, spread, (mean, sd) => {
        const { chanceToWin, interval } = judgeEffect({ mean, sd }, 0.05);
        expect(interval.lower > 0 || interval.upper < 0).toBe(Math.min(chanceToWin, 1 - chanceToWin) < 0.025);
      }),
    );
  });

  it("of no spread is won, lost or neither", () => {
    expect(judgeEffect({ mean: 2, sd: 0 }, 0.05)).toEqual({
      chanceToWin: 1,
      interval: { lower: 2, upper: 2 },
      lossOfTreatment: 0,
      lossOfControl: 2,
    });
    expect(judgeEffect({ mean: 0, sd: 0 }, 0.05).chanceToWin).toBe(0.5);
    expect(judgeEffect({ mean: -2, sd: 0 }, 0.05).chanceToWin).toBe(0);
  });

  it.each([
    ["estimate", () => normalPosterior({ estimate: NaN, standardError: 1 })],
    ["standardError", () => normalPosterior({ estimate: 0, standardError: -1 })],
    ["sd", () => normalPosterior({ estimate: 0, standardError: 1, prior: { mean: 0, sd: NaN } })],
    ["mean", () => judgeEffect({ mean: Infinity, sd: 1 }, 0.05)],
    ["alpha", () => judgeEffect({ mean: 0, sd: 1 }, 0)],
  ])("refuses an impossible %s", (name, call) => {
    expect(call).toThrow(RangeError);
    expect(call).toThrow(new RegExp(`^${name} must be`, "u"));
  });
});
