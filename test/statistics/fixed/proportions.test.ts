/** Two rates: what holds for all arms and strata. */
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { newcombeInterval } from "../../../src/statistics/fixed/intervals.js";
import { compareProportions } from "../../../src/statistics/fixed/proportions.js";
import { alpha, contains, isNear, proportionOf, proportions, swapped } from "./arbitraries.js";

const strata = fc.array(proportions, { minLength: 1, maxLength: 5 });

describe("compareProportions", () => {
  it("has, of one stratum, Newcombe's interval and the pooled z", () => {
    fc.assert(
      fc.property(proportions, alpha, (arms, level) => {
        const test = compareProportions({ strata: [arms], alpha: level });
        expect(test.interval).toEqual(newcombeInterval({ ...arms, alpha: level }));
      }),
    );
    const { z } = compareProportions({
      strata: [{ control: proportionOf(20, 100), treatment: proportionOf(30, 100) }],
      alpha: 0.05,
    });
    expect(z).toBeCloseTo(0.1 / Math.sqrt(0.25 * 0.75 * 0.02), 12);
  });

  it("finds by z² what chi-squared without correction finds", () => {
    const { z } = compareProportions({
      strata: [{ control: proportionOf(15, 57), treatment: proportionOf(22, 48) }],
      alpha: 0.05,
    });
    const chiSquared = (105 * (15 * 26 - 42 * 22) ** 2) / (57 * 48 * 37 * 68);
    expect(z ** 2).toBeCloseTo(chiSquared, 12);
  });

  it("changes the sign when the arms change places", () => {
    fc.assert(
      fc.property(strata, alpha, (of, level) => {
        const one = compareProportions({ strata: of, alpha: level });
        const other = compareProportions({ strata: of.map(swapped), alpha: level });
        expect(isNear(other.difference, -one.difference) && isNear(other.z, -one.z, 1e-6)).toBe(true);
        expect(isNear(other.pooledSe, one.pooledSe) && isNear(other.unpooledSe, one.unpooledSe)).toBe(true);
        expect(isNear(other.interval.lower, -one.interval.upper)).toBe(true);
      }),
    );
  });

  it("holds the difference in an interval within −1 and 1, and p within 0 and 1", () => {
    fc.assert(
      fc.property(strata, alpha, (of, level) => {
        const { difference, pValue, interval } = compareProportions({ strata: of, alpha: level });
        expect(contains(interval, difference)).toBe(true);
        expect(interval.lower).toBeGreaterThanOrEqual(-1 - 1e-12);
        expect(interval.upper).toBeLessThanOrEqual(1 + 1e-12);
        expect(pValue).toBeGreaterThanOrEqual(0);
        expect(pValue).toBeLessThanOrEqual(1);
      }),
    );
  });

  it("learns as much from two equal halves as from the whole", () => {
    const half = { control: proportionOf(100, 1000), treatment: proportionOf(130, 1000) };
    const whole = { control: proportionOf(200, 2000), treatment: proportionOf(260, 2000) };
    const [one, other] = [
      compareProportions({ strata: [half, half], alpha: 0.05 }),
      compareProportions({ strata: [whole], alpha: 0.05 }),
    ];
    expect(one.z).toBeCloseTo(other.z, 12);
    expect(one.interval.lower).toBeCloseTo(other.interval.lower, 12);
    expect(one.interval.upper).toBeCloseTo(other.interval.upper, 12);
  });

  it("has Wald's interval where strata are large, however much they differ", () => {
    const { difference, unpooledSe, interval } = compareProportions({
      strata: [
        { control: proportionOf(500_000, 1e6), treatment: proportionOf(505_000, 1e6) },
        { control: proportionOf(10_000, 1e6), treatment: proportionOf(11_000, 1e6) },
      ],
      alpha: 0.05,
    });
    expect((interval.upper - difference) / unpooledSe).toBeCloseTo(1.96, 2);
    expect((difference - interval.lower) / unpooledSe).toBeCloseTo(1.96, 2);
  });

  it("has the interval of one sample where no stratum saw any spread", () => {
    const quiet = { control: proportionOf(0, 100), treatment: proportionOf(0, 100) };
    const whole = { control: proportionOf(0, 300), treatment: proportionOf(0, 300) };
    const { interval } = compareProportions({ strata: [quiet, quiet, quiet], alpha: 0.05 });
    const { lower, upper } = newcombeInterval({ ...whole, alpha: 0.05 });
    expect(interval).toEqual({ lower: expect.closeTo(lower, 12), upper: expect.closeTo(upper, 12) });
  });

  it("leaves out a stratum with an empty arm, and knows nothing of none", () => {
    const full = { control: proportionOf(3, 10), treatment: proportionOf(6, 12) };
    const empty = { control: proportionOf(5, 5), treatment: proportionOf(0, 0) };
    expect(compareProportions({ strata: [empty, full, swapped(empty)], alpha: 0.05 })).toEqual(
      compareProportions({ strata: [full], alpha: 0.05 }),
    );
    expect(compareProportions({ strata: [empty], alpha: 0.05 })).toEqual({
      difference: 0,
      pooledSe: Infinity,
      unpooledSe: Infinity,
      z: 0,
      pValue: 1,
      interval: { lower: -1, upper: 1 },
    });
  });

  it.each([0, 10])("finds nothing where %d of 10 did in either arm", (sum) => {
    const arms = { control: proportionOf(sum, 10), treatment: proportionOf(sum, 10) };
    const test = compareProportions({ strata: [arms, arms], alpha: 0.05 });
    expect([test.difference, test.z, test.pValue, test.pooledSe]).toEqual([0, 0, 1, 0]);
    expect(test.interval.lower).toBeLessThan(-0.1);
    expect(test.interval.upper).toBeGreaterThan(0.1);
  });

  it("tells none of ten from all of ten", () => {
    const arms = { control: proportionOf(0, 10), treatment: proportionOf(10, 10) };
    const { difference, unpooledSe, z } = compareProportions({ strata: [arms], alpha: 0.05 });
    expect([difference, unpooledSe]).toEqual([1, 0]);
    expect(z).toBeCloseTo(Math.sqrt(20), 12);
  });

  it("refuses what cannot be", () => {
    const [good, bad] = [proportionOf(3, 5), proportionOf(6, 5)];
    expect(() => compareProportions({ strata: [{ control: bad, treatment: good }], alpha: 0.05 })).toThrow(
      /^control\.sum must be from 0 to 5, got 6\.$/,
    );
    expect(() => compareProportions({ strata: [{ control: good, treatment: bad }], alpha: 0.05 })).toThrow(
      /^treatment\.sum must be from 0 to 5, got 6\.$/,
    );
    expect(() => compareProportions({ strata: [], alpha: 2 })).toThrow(/^alpha must be/);
  });
});
