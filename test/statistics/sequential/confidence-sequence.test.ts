import fc from "fast-check";
import { describe, expect, it } from "vitest";
import {
  type AnytimeInterval,
  asymptoticSequence,
  type EstimateInTime,
  informationSequence,
  NOTHING_KNOWN,
  tunedRho2,
} from "../../../src/statistics/sequential/confidence-sequence.js";

const tuning = { alpha: 0.05, plannedUnits: 5_000 } as const;
const information = { ...tuning, plannedVariance: 0.09, share: 0.3 } as const;

const estimates: fc.Arbitrary<EstimateInTime> = fc.record({
  estimate: fc.double({ min: -1, max: 1, noNaN: true }),
  se: fc.double({ min: 1e-4, max: 1, noNaN: true }),
  units: fc.integer({ min: 1, max: 1_000_000_000 }),
});
const sides = fc.constantFrom(1 as const, 2 as const);
const alphas = fc.double({ min: 0.001, max: 0.4, noNaN: true });

describe("ρ²", () => {
  it.each([
    [0.05, 2],
    [0.01, 2],
    [0.05, 1],
    [0.49, 1],
    [0.999, 2],
  ] as const)("is exact by Lambert's equation at α = %s, %s-sided", (alpha, ends) => {
    const lambert = -(tunedRho2({ alpha, plannedUnits: 300, sides: ends }).exact * 300 + 1);
    const level = ends === 2 ? alpha : 2 * alpha;
    expect(lambert * Math.exp(lambert)).toBeCloseTo(-(level ** 2) / Math.E, 13);
    expect(lambert).toBeLessThan(-1);
  });

  it("makes the interval narrowest at the planned units", () => {
    const best = tunedRho2({ ...tuning, sides: 2 }).exact;
    const width = (rho2: number) => {
      const clock = 5_000 * rho2;
      return ((clock + 1) / clock) * (Math.log(clock + 1) - 2 * Math.log(0.05));
    };
    expect(width(best)).toBeLessThan(width(best * 1.001));
    expect(width(best)).toBeLessThan(width(best * 0.999));
  });
});

describe("an anytime interval", () => {
  const sequences: readonly (readonly [
    string,
    (at: EstimateInTime, alpha: number, ends: 1 | 2) => AnytimeInterval,
  ])[] = [
    ["by units", (at, alpha, ends) => asymptoticSequence(at, { ...tuning, alpha, sides: ends })],
    ["by information", (at, alpha, ends) => informationSequence(at, { ...information, alpha, sides: ends })],
  ];

  describe.each(sequences)("%s", (_name, sequence) => {
    it("leaves out 0 exactly where p < α", () => {
      fc.assert(
        fc.property(estimates, alphas, sides, (at, alpha, ends) => {
          const { lower, upper, pValue } = sequence(at, alpha, ends);
          fc.pre(Math.abs(pValue - alpha) > 1e-9 * alpha);
          expect(pValue < alpha).toBe(ends === 2 ? lower > 0 || upper < 0 : lower > 0);
        }),
      );
    });

    it("has α for its p where an end touches 0", () => {
      fc.assert(
        fc.property(estimates, alphas, sides, (at, alpha, ends) => {
          fc.pre(at.units > 100);
          const { upper } = sequence({ ...at, estimate: 0 }, alpha, ends);
          const { pValue } = sequence({ ...at, estimate: upper }, alpha, ends);
          expect(pValue / alpha).toBeCloseTo(1, 6);
        }),
      );
    });

    it("contains the estimate in its middle and has a p of 0 to 1", () => {
      fc.assert(
        fc.property(estimates, alphas, sides, (at, alpha, ends) => {
          const { lower, upper, pValue } = sequence(at, alpha, ends);
          expect(lower).toBeLessThan(at.estimate);
          expect(upper).toBeGreaterThan(at.estimate);
          expect((lower + upper) / 2).toBeCloseTo(at.estimate, 9);
          expect(pValue).toBeGreaterThanOrEqual(0);
          expect(pValue).toBeLessThanOrEqual(1);
        }),
      );
    });

    it("turns round with the sign of the estimate", () => {
      fc.assert(
        fc.property(estimates, alphas, (at, alpha) => {
          const one = sequence(at, alpha, 2);
          const other = sequence({ ...at, estimate: -at.estimate }, alpha, 2);
          expect(other.lower).toBeCloseTo(-one.upper, 12);
          expect(other.pValue).toBe(one.pValue);
        }),
      );
    });

    it("is narrower the larger α is", () => {
      fc.assert(
        fc.property(estimates, sides, (at, ends) => {
          const plain = { ...at, units: 5_000, estimate: 0 };
          expect(sequence(plain, 0.1, ends).upper).toBeLessThan(sequence(plain, 0.01, ends).upper);
        }),
      );
    });

    it("is the widest while there are no units", () => {
      expect(sequence({ estimate: 0, se: 0, units: 0 }, 0.05, 2)).toEqual(NOTHING_KNOWN);
      expect(sequence({ estimate: 0, se: 0, units: 0 }, 0.05, 1)).toEqual(NOTHING_KNOWN);
    });

    it.each([
      [{ estimate: Number.NaN, se: 1, units: 9 }, 0.05, "estimate"],
      [{ estimate: 0, se: -1, units: 9 }, 0.05, "se"],
      [{ estimate: 0, se: 1, units: -1 }, 0.05, "units"],
      [{ estimate: 0, se: 1, units: 9 }, 0, "alpha"],
      [{ estimate: 0, se: 1, units: 9 }, 0.5, "alpha"],
    ] as const)("refuses %j at α = %s for its %s", (at, alpha, name) => {
      expect(() => sequence(at, alpha, 1)).toThrow(new RegExp(`^${name} must be`));
    });
  });

  it("by information keeps p, and scales, as the values do", () => {
    fc.assert(
      fc.property(estimates, sides, fc.double({ min: 0.01, max: 100, noNaN: true }), (at, ends, times) => {
        const scaled = { ...at, estimate: at.estimate * times, se: at.se * times };
        const one = informationSequence(at, { ...information, sides: ends });
        const other = informationSequence(scaled, {
          ...information,
          plannedVariance: information.plannedVariance * times ** 2,
          sides: ends,
        });
        expect(Math.abs(other.pValue - one.pValue)).toBeLessThanOrEqual(1e-9 * one.pValue + 1e-300);
        expect(Math.abs(other.upper - one.upper * times)).toBeLessThanOrEqual(
          1e-9 * (other.upper - other.lower),
        );
      }),
    );
  });

  it("by information is that by units where outcomes vary as was planned", () => {
    const at = {
      estimate: 0.01,
      se: Math.sqrt(0.09 / (8_000 * 0.3 * 0.7)),
      units: 8_000,
    };
    const byInformation = informationSequence(at, { ...information, sides: 1 });
    const byUnits = asymptoticSequence(at, { ...tuning, sides: 1 });
    expect(byInformation.lower).toBeCloseTo(byUnits.lower, 14);
    expect(byInformation.pValue).toBeCloseTo(byUnits.pValue, 14);
  });

  it("without variance is finite by information and the widest by units", () => {
    const at = { estimate: 0, se: 0, units: 1_000 };
    expect(asymptoticSequence(at, { ...tuning, sides: 2 })).toEqual(NOTHING_KNOWN);
    const few = informationSequence(at, { ...information, sides: 2 });
    const many = informationSequence({ ...at, units: 1_000_000 }, { ...information, sides: 2 });
    expect(few.upper / many.upper).toBeCloseTo(1_000, 9);
    expect(few.pValue).toBe(1);
  });

  it.each([
    [{ plannedVariance: 0 }, "plannedVariance"],
    [{ share: 1 }, "share"],
    [{ plannedUnits: 0 }, "plannedUnits"],
  ])("refuses the plan %j", (wrong, name) => {
    const at = { estimate: 0, se: 1, units: 9 };
    expect(() => informationSequence(at, { ...information, ...wrong, sides: 2 })).toThrow(
      new RegExp(`^${name} must be`),
    );
  });
});

/** Of a walk of steps ±1, summed exactly: the chance that it ever crosses within `steps`, looked at after each. */
function chanceToCross(steps: number, crosses: (sum: number, units: number) => boolean): number {
  let inside = new Map([[0, 1]]);
  let crossed = 0;
  for (let units = 1; units <= steps; units += 1) {
    const next = new Map<number, number>();
    for (const [sum, chance] of inside)
      for (const to of [sum - 1, sum + 1]) next.set(to, (next.get(to) ?? 0) + chance / 2);
    for (const [sum, chance] of next) {
      if (!crosses(sum, units)) continue;
      crossed += chance;
      next.delete(sum);
    }
    inside = next;
  }
  return crossed;
}

describe("looked at after every one of 600 coin tosses", () => {
  const at = (sum: number, units: number) => ({
    estimate: sum / units,
    se: 1 / Math.sqrt(units),
    units,
  });
  const plan = { alpha: 0.05, plannedUnits: 60, plannedVariance: 0.25, share: 0.5 };

  it("two-sided, is wrong less often than α, but not for being useless", () => {
    const chance = chanceToCross(600, (sum, units) => {
      const { lower, upper } = informationSequence(at(sum, units), { ...plan, sides: 2 });
      return lower > 0 || upper < 0;
    });
    expect(chance).toBeLessThanOrEqual(0.05);
    expect(chance).toBeGreaterThan(0.01);
  });

  it("one-sided, too", () => {
    const chance = chanceToCross(
      600,
      (sum, units) => informationSequence(at(sum, units), { ...plan, sides: 1 }).lower > 0,
    );
    expect(chance).toBeLessThanOrEqual(0.05);
    expect(chance).toBeGreaterThan(0.01);
  });
});
