/** Chances and losses agree with closed forms, however narrow the posteriors and however far apart. */
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { chancesOfMeans, chancesOfRates, compareRates } from "../../../src/statistics/bayesian/best.js";
import type { BetaDistribution } from "../../../src/statistics/bayesian/beta-posterior.js";
import { betaCdf } from "../../../src/statistics/distributions/beta.js";
import { logBeta } from "../../../src/statistics/distributions/gamma.js";
import { normalCdf } from "../../../src/statistics/distributions/normal.js";

/** A posterior of so many units at about that rate. */
function posterior(units: number, rate: number): BetaDistribution {
  const successes = Math.round(units * rate);
  return { a: 1 + successes, b: 1 + units - successes };
}

const anyUnits = fc.oneof(fc.integer({ min: 0, max: 300 }), fc.constantFrom(1e3, 1e5, 1e7, 1e9));
const anyRate = fc.oneof(fc.double({ min: 0, max: 1, noNaN: true }), fc.constantFrom(0, 1, 1e-6, 0.5));
const anyPosterior = fc.tuple(anyUnits, anyRate).map(([units, rate]) => posterior(units, rate));

/** P(B > A) as the finite sum of Miller, Formulas for Bayesian A/B Testing (2014). */
function bySum(control: BetaDistribution, treatment: BetaDistribution): number {
  const terms = Array.from(
    { length: treatment.a },
    (_, i) =>
      logBeta(control.a + i, control.b + treatment.b) -
      Math.log(treatment.b + i) -
      logBeta(1 + i, treatment.b) -
      logBeta(control.a, control.b),
  );
  return terms.reduce((sum, term) => sum + Math.exp(term), 0);
}

function meanOf({ a, b }: BetaDistribution): number {
  return a / (a + b);
}

describe("two rates", () => {
  it("win as often as the finite sum says", () => {
    const arm = fc
      .tuple(fc.integer({ min: 0, max: 120 }), fc.integer({ min: 0, max: 2000 }))
      .map(([successes, failures]) => ({ a: 1 + successes, b: 1 + failures }));
    fc.assert(
      fc.property(arm, arm, (control, treatment) => {
        expect(compareRates(control, treatment).chanceToWin).toBeCloseTo(bySum(control, treatment), 10);
      }),
      { numRuns: 30 },
    );
  });

  it("lose on average what the difference of their means leaves", () => {
    fc.assert(
      fc.property(anyPosterior, anyPosterior, (control, treatment) => {
        const { lossOfTreatment, lossOfControl } = compareRates(control, treatment);
        expect(lossOfControl - lossOfTreatment).toBeCloseTo(meanOf(treatment) - meanOf(control), 12);
        expect(Math.min(lossOfTreatment, lossOfControl)).toBeGreaterThanOrEqual(0);
      }),
      { numRuns: 60 },
    );
  });

  it("change their places with the arms", () => {
    fc.assert(
      fc.property(anyPosterior, anyPosterior, (one, other) => {
        const [there, back] = [compareRates(one, other), compareRates(other, one)];
        expect(there.chanceToWin + back.chanceToWin).toBeCloseTo(1, 12);
        expect(there.lossOfControl).toBeCloseTo(back.lossOfTreatment, 14);
      }),
      { numRuns: 40 },
    );
  });

  it("are the same seen as rates of those that did not", () => {
    fc.assert(
      fc.property(anyPosterior, anyPosterior, (one, other) => {
        const mirrored = compareRates({ a: other.b, b: other.a }, { a: one.b, b: one.a });
        const { chanceToWin, lossOfControl } = compareRates(one, other);
        expect(mirrored.chanceToWin).toBeCloseTo(chanceToWin, 12);
        expect(mirrored.lossOfControl).toBeCloseTo(lossOfControl, 14);
      }),
      { numRuns: 40 },
    );
  });

  it("of ten million units each agree with the normal approximation", () => {
    const [control, treatment] = [posterior(1e7, 0.05), posterior(1e7, 0.0501)];
    const sd = Math.sqrt((2 * 0.05 * 0.95) / 1e7);
    expect(compareRates(control, treatment).chanceToWin).toBeCloseTo(normalCdf(0.0001 / sd), 3);
  });

  it("are sure of what is far apart, in either direction", () => {
    const [low, high] = [posterior(1e9, 1e-6), posterior(1e9, 0.7)];
    expect(compareRates(low, high)).toEqual({
      chanceToWin: 1,
      lossOfTreatment: 0,
      lossOfControl: expect.closeTo(meanOf(high) - meanOf(low), 13) as number,
    });
    expect(compareRates(high, low).chanceToWin).toBe(0);
  });

  it("of nothing seen are an even chance", () => {
    const { chanceToWin, lossOfTreatment } = compareRates({ a: 1, b: 1 }, { a: 1, b: 1 });
    expect(chanceToWin).toBeCloseTo(0.5, 14);
    expect(lossOfTreatment).toBeCloseTo(1 / 6, 14);
    expect(compareRates({ a: 0.5, b: 0.5 }, { a: 0.5, b: 0.5 }).chanceToWin).toBeCloseTo(0.5, 14);
  });
});

describe("several rates", () => {
  it("share a chance of 1, whatever their order", () => {
    fc.assert(
      fc.property(fc.array(anyPosterior, { minLength: 2, maxLength: 4 }), (arms) => {
        const chances = chancesOfRates(arms);
        expect(chances.reduce((sum, chance) => sum + chance, 0)).toBeCloseTo(1, 12);
        const reversed = chancesOfRates(arms.toReversed()).toReversed();
        chances.forEach((chance, arm) => expect(reversed[arm]).toBeCloseTo(chance, 12));
      }),
      { numRuns: 30 },
    );
  });

  it("that are alike are best equally often", () => {
    for (const units of [0, 100, 1e7])
      for (const chance of chancesOfRates(Array.from({ length: 5 }, () => posterior(units, 0.03))))
        expect(chance).toBeCloseTo(0.2, 12);
  });

  it("meet a narrow posterior that lies within a wide one", () => {
    const [wide, narrow] = [posterior(10, 0.5), posterior(1e9, 0.31)];
    const [, chance = NaN] = chancesOfRates([wide, narrow]);
    expect(chance).toBeCloseTo(betaCdf(0.31, wide.a, wide.b), 8);
  });

  it("refuse what no posterior is", () => {
    expect(() => chancesOfRates([{ a: 0, b: 1 }])).toThrow(/^a must be .*, got 0\.$/);
    expect(() => compareRates({ a: 1, b: 1 }, { a: 1, b: NaN })).toThrow(/^b must be .*, got NaN\.$/);
  });
});

describe("several means", () => {
  const mean = fc.record({
    mean: fc.double({ min: -1e3, max: 1e3, noNaN: true }),
    sd: fc.constantFrom(1e-4, 0.1, 1, 30, 5e3),
  });

  it("of two arms agree with the normal distribution of their difference", () => {
    fc.assert(
      fc.property(mean, mean, (one, other) => {
        const expected = normalCdf((other.mean - one.mean) / Math.hypot(one.sd, other.sd));
        expect(chancesOfMeans([one, other])[1]).toBeCloseTo(expected, 11);
      }),
      { numRuns: 100 },
    );
  });

  it("keep their chances when all values are scaled and moved", () => {
    fc.assert(
      fc.property(fc.array(mean, { minLength: 3, maxLength: 4 }), (arms) => {
        const moved = arms.map((arm) => ({ mean: 100 * arm.mean + 7, sd: 100 * arm.sd }));
        const chances = chancesOfMeans(arms);
        chancesOfMeans(moved).forEach((chance, arm) => expect(chance).toBeCloseTo(chances[arm] ?? NaN, 9));
      }),
      { numRuns: 30 },
    );
  });

  it("refuse an arm that is known exactly or not at all", () => {
    expect(() => chancesOfMeans([{ mean: 0, sd: 0 }])).toThrow(/^sd must be .*, got 0\.$/);
    expect(() => chancesOfMeans([{ mean: 0, sd: Infinity }])).toThrow(RangeError);
    expect(() => chancesOfMeans([{ mean: NaN, sd: 1 }])).toThrow(RangeError);
  });
});
