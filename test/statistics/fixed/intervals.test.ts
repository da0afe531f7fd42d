/** Intervals of rates against published ones, and what holds for all of them. */
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import {
  miettinenNurminenInterval,
  newcombeInterval,
  wilsonInterval,
} from "../../../src/statistics/fixed/intervals.js";
import { normalSf } from "../../../src/statistics/distributions/normal.js";
import { meanOf } from "../../../src/statistics/samples.js";
import { alpha, contains, isNear, proportion, proportionOf, proportions, swapped } from "./arbitraries.js";

type Two = readonly [number, number];

/** Newcombe 1998, table II: treatment, control, his method 10, and Miettinen and Nurminen's. */
const published: readonly (readonly [Two, Two, Two, Two])[] = [
  [
    [56, 70],
    [48, 80],
    [0.0524, 0.3339],
    [0.0528, 0.3382],
  ],
  [
    [9, 10],
    [3, 10],
    [0.1705, 0.809],
    [0.17, 0.8406],
  ],
  [
    [6, 7],
    [2, 7],
    [0.0582, 0.8062],
    [0.0342, 0.8534],
  ],
  [
    [5, 56],
    [0, 29],
    [-0.0381, 0.1926],
    [-0.0326, 0.1933],
  ],
  [
    [0, 10],
    [0, 20],
    [-0.1611, 0.2775],
    [-0.1658, 0.2844],
  ],
  [
    [0, 10],
    [0, 10],
    [-0.2775, 0.2775],
    [-0.2879, 0.2879],
  ],
  [
    [10, 10],
    [0, 20],
    [0.6791, 1],
    [0.7156, 1],
  ],
  [
    [10, 10],
    [0, 10],
    [0.6075, 1],
    [0.6636, 1],
  ],
];

describe("wilsonInterval", () => {
  it("ends where the score test stops to reject", () => {
    fc.assert(
      fc.property(proportion, alpha, (sample, level) => {
        const { lower, upper } = wilsonInterval({ sample, alpha: level });
        return [lower, upper]
          .filter((rate) => rate > 0 && rate < 1)
          .every((rate) => {
            const z = (meanOf(sample) - rate) / Math.sqrt((rate * (1 - rate)) / sample.n);
            return isNear(2 * normalSf(Math.abs(z)), level, 1e-4);
          });
      }),
    );
  });

  it("holds the rate, stays within 0 and 1 and turns with what is counted", () => {
    fc.assert(
      fc.property(proportion, alpha, (sample, level) => {
        const interval = wilsonInterval({ sample, alpha: level });
        const others = wilsonInterval({
          sample: { ...sample, sum: sample.n - sample.sum },
          alpha: level,
        });
        expect(contains(interval, meanOf(sample))).toBe(true);
        expect(interval.lower).toBeGreaterThanOrEqual(0);
        expect(interval.upper).toBeLessThanOrEqual(1);
        expect(others.lower).toBeCloseTo(1 - interval.upper, 9);
      }),
    );
  });

  it("knows nothing of no units, and of a thousand million without success little more than 0", () => {
    expect(wilsonInterval({ sample: proportionOf(0, 0), alpha: 0.05 })).toEqual({ lower: 0, upper: 1 });
    const { lower, upper } = wilsonInterval({ sample: proportionOf(0, 1e9), alpha: 0.05 });
    expect(lower).toBe(0);
    expect(upper * 1e9).toBeCloseTo(3.8414588, 5);
  });

  it("refuses what cannot be", () => {
    expect(() => wilsonInterval({ sample: proportionOf(3, 2), alpha: 0.05 })).toThrow(/^sample\.sum must be/);
    expect(() => wilsonInterval({ sample: proportionOf(1, 2), alpha: 0 })).toThrow(/^alpha must be/);
  });
});

describe("the intervals of a difference", () => {
  it.each(published)("are those of the literature for %j and %j", (treated, controlled, newcombe, score) => {
    const comparison = {
      control: proportionOf(...controlled),
      treatment: proportionOf(...treated),
      alpha: 0.05,
    };
    const got = [newcombeInterval(comparison), miettinenNurminenInterval(comparison)];
    expect(got.map(({ lower, upper }) => [lower.toFixed(4), upper.toFixed(4)])).toEqual(
      [newcombe, score].map((ends) => ends.map((end) => end.toFixed(4))),
    );
  });

  it("are those of diffscoreci in R's PropCIs", () => {
    const { lower, upper } = miettinenNurminenInterval({
      control: proportionOf(1, 34),
      treatment: proportionOf(7, 34),
      alpha: 0.05,
    });
    expect(lower).toBeCloseTo(0.0270416, 6);
    expect(upper).toBeCloseTo(0.3452912, 6);
  });

  describe.each([
    ["Newcombe", newcombeInterval],
    ["Miettinen and Nurminen", miettinenNurminenInterval],
  ])("of %s", (_name, intervalOf) => {
    it("hold the difference, stay within −1 and 1 and turn with the arms", () => {
      fc.assert(
        fc.property(proportions, alpha, (arms, level) => {
          const { lower, upper } = intervalOf({ ...arms, alpha: level });
          const turned = intervalOf({ ...swapped(arms), alpha: level });
          expect(contains({ lower, upper }, meanOf(arms.treatment) - meanOf(arms.control))).toBe(true);
          expect(lower).toBeGreaterThanOrEqual(-1 - 1e-15);
          expect(upper).toBeLessThanOrEqual(1 + 1e-15);
          expect(isNear(turned.lower, -upper) && isNear(turned.upper, -lower)).toBe(true);
        }),
      );
    });

    it("grow with the certainty that is asked", () => {
      fc.assert(
        fc.property(proportions, (arms) => {
          const [wide, narrow] = [intervalOf({ ...arms, alpha: 0.01 }), intervalOf({ ...arms, alpha: 0.05 })];
          return contains(wide, narrow.lower) && contains(wide, narrow.upper);
        }),
      );
    });

    it("know nothing while an arm has no units", () => {
      const [none, some] = [proportionOf(0, 0), proportionOf(3, 5)];
      expect(intervalOf({ control: none, treatment: some, alpha: 0.05 })).toEqual({ lower: -1, upper: 1 });
      expect(intervalOf({ control: some, treatment: none, alpha: 0.05 })).toEqual({ lower: -1, upper: 1 });
    });

    it("refuse what cannot be", () => {
      const [good, bad] = [proportionOf(3, 5), proportionOf(6, 5)];
      expect(() => intervalOf({ control: bad, treatment: good, alpha: 0.05 })).toThrow(/^control\.sum must/);
      expect(() => intervalOf({ control: good, treatment: bad, alpha: 0.05 })).toThrow(
        /^treatment\.sum must/,
      );
      expect(() => intervalOf({ control: good, treatment: good, alpha: 1 })).toThrow(/^alpha must/);
    });
  });

  it("exclude 0, by score, exactly where the pooled z with N/(N − 1) rejects", () => {
    fc.assert(
      fc.property(proportions, alpha, ({ control, treatment }, level) => {
        const units = control.n + treatment.n;
        const rate = (control.sum + treatment.sum) / units;
        const variance = (rate * (1 - rate) * (1 / control.n + 1 / treatment.n) * units) / (units - 1);
        const z = (meanOf(treatment) - meanOf(control)) / Math.sqrt(variance);
        const pValue = variance === 0 ? 1 : 2 * normalSf(Math.abs(z));
        fc.pre(Math.abs(pValue - level) > 1e-6);
        const { lower, upper } = miettinenNurminenInterval({ control, treatment, alpha: level });
        return pValue < level === (lower > 0 || upper < 0);
      }),
    );
  });

  it("agree where there are very many units and rates are not rare", () => {
    const comparison = {
      control: proportionOf(3e8, 1e9),
      treatment: proportionOf(3.001e8, 1e9),
      alpha: 0.05,
    };
    const [newcombe, score] = [newcombeInterval(comparison), miettinenNurminenInterval(comparison)];
    expect(newcombe.lower / score.lower).toBeCloseTo(1, 6);
    expect(newcombe.upper / score.upper).toBeCloseTo(1, 6);
  });

  it("shrink to the difference where hardly any certainty is asked", () => {
    const none = proportionOf(0, 1e9);
    const { lower, upper } = miettinenNurminenInterval({ control: none, treatment: none, alpha: 1 - 1e-9 });
    expect([lower, upper]).toEqual([expect.closeTo(0, 11), expect.closeTo(0, 11)]);
  });

  it("hold for rates of one in a hundred million", () => {
    const comparison = { control: proportionOf(0, 1e9), treatment: proportionOf(10, 1e9), alpha: 0.05 };
    const { lower, upper } = miettinenNurminenInterval(comparison);
    expect(lower * 1e9).toBeCloseTo(5.4321, 2);
    expect(upper * 1e9).toBeCloseTo(18.4091, 2);
  });
});
