import fc from "fast-check";
import { describe, expect, it } from "vitest";
import {
  centredSums,
  centreOf,
  exactExposures,
  exactOutcomes,
  added,
  meanMoments,
  quotient,
  ratioMoments,
} from "../../../../src/features/experiments/analysis/exact.js";
import { decimal, metricOf, sumsOf, type Unit } from "./analysis-fixture.js";

const metric = metricOf("revenue", { type: "SUM" });

function exactOf(units: readonly Unit[]) {
  const { exposures, metrics } = sumsOf(metric, units);
  return [...exposures.map(exactExposures), ...metrics.map(exactOutcomes)].reduce(added);
}

const unitsOf = (values: readonly number[]): Unit[] => values.map((y) => ({ variant: "green", y }));

/** By two passes over values less the first of them, where nothing cancels. */
function twoPasses(values: readonly number[]) {
  const [origin = 0] = values;
  const moved = values.map((value) => (value - origin) / 1e6);
  const mean = moved.reduce((sum, value) => sum + value, 0) / moved.length;
  const squares = moved.reduce((sum, value) => sum + (value - mean) ** 2, 0);
  return { estimate: origin / 1e6 + mean, variance: squares / (moved.length - 1) / moved.length };
}

describe("a mean", () => {
  it("is that of a published example", () => {
    const { estimate, variance } = meanMoments(exactOf(unitsOf([2e6, 4e6, 4e6, 4e6, 5e6, 5e6, 7e6, 9e6])));
    expect(estimate).toBe(5);
    expect(variance).toBeCloseTo(32 / 7 / 8, 15);
  });

  it("of a million units around a thousand million keeps nine digits of its variance", () => {
    const n = 1_000_000n;
    const base = 1_000_000_000n;
    const y = n * base + n / 2n; // half of them are one more
    const yy = (n / 2n) * base ** 2n + (n / 2n) * (base + 1n) ** 2n;
    const text = { sumY: `${y}`, sumYy: `${yy}`, sumD: "0", sumDd: "0", sumYd: "0", sumXy: "0" };
    const cell = { epoch: 1, variant: "green", day: "2026-11-01" };
    const sums = added(
      exactExposures({ ...cell, n: Number(n), conflicted: 0, sumX: "0", sumXx: "0" }),
      exactOutcomes({ ...cell, metric: "m", nonzero: Number(n), ...text }),
    );
    const expected = 0.25 / (Number(n) - 1);
    expect(meanMoments(sums).estimate).toBe(1_000_000_000.5);
    expect(Math.abs(meanMoments(sums).variance / expected - 1)).toBeLessThan(1e-15);
    const naive = (Number(yy) - Number(y) ** 2 / Number(n)) / (Number(n) - 1) / Number(n);
    expect(Math.abs(naive / expected - 1)).toBeGreaterThan(0.01);
  });

  it("is what two passes over the units give", () => {
    const values = fc.array(fc.integer({ min: -1e12, max: 1e12 }), { minLength: 2, maxLength: 20 });
    fc.assert(
      fc.property(values, fc.constantFrom(0, 9e14, -9e14), (noise, level) => {
        const given = noise.map((value) => value + level);
        const got = meanMoments(exactOf(unitsOf(given)));
        const expected = twoPasses(given);
        expect(got.estimate).toBeCloseTo(expected.estimate, 4);
        expect(Math.abs(got.variance - expected.variance)).toBeLessThanOrEqual(1e-9 * expected.variance);
      }),
    );
  });

  it("of fewer than two units has no variance that is known", () => {
    expect(meanMoments(exactOf(unitsOf([7e6])))).toEqual({ estimate: 7, variance: Infinity });
  });
});

describe("a ratio", () => {
  it("has the variance of its residuals, which two passes give", () => {
    const pair = fc.tuple(fc.integer({ min: 0, max: 1e9 }), fc.integer({ min: 1, max: 1e9 }));
    fc.assert(
      fc.property(fc.array(pair, { minLength: 2, maxLength: 20 }), (pairs) => {
        const sums = exactOf(pairs.map(([y, d]) => ({ variant: "green", y, d })));
        const [above, below] = pairs.reduce(([y, d], one) => [y + one[0], d + one[1]], [0, 0]);
        const residuals = pairs.map(([y, d]) => BigInt(y) * BigInt(below) - BigInt(above) * BigInt(d));
        const squares = residuals.reduce((sum, residual) => sum + residual ** 2n, 0n);
        const n = pairs.length;
        const variance = (Number(squares) / below ** 4 / (n - 1)) * n;
        const got = ratioMoments(sums);
        expect(Math.abs(got.estimate - above / below)).toBeLessThanOrEqual(1e-15 * got.estimate);
        expect(Math.abs(got.variance - variance)).toBeLessThanOrEqual(1e-13 * variance);
      }),
    );
  });

  it("of nothing to divide by is unknown", () => {
    expect(ratioMoments(exactOf(unitsOf([1e6, 2e6])))).toEqual({ estimate: 0, variance: Infinity });
  });
});

it("centres values and covariates without losing a digit", () => {
  const units = [
    { variant: "green", y: 9e15 - 1_000_001, x: 5e15 },
    { variant: "green", y: 9e15 - 3_000_000, x: 5e15 + 2_000_000 },
  ];
  const sums = exactOf(units);
  const centred = centredSums(sums, centreOf(sums));
  const [a, b] = [1, -0.999999]; // of the mean to the next millionth
  expect(centred.sum).toBeCloseTo(a + b, 12);
  expect(centred.sumSquares).toBeCloseTo(a ** 2 + b ** 2, 12);
  expect(centred.covariateSumSquares).toBe(2);
  expect(centred.productSum).toBeCloseTo(-a + b, 12);
});

describe("a quotient", () => {
  it("has every digit, however large both sides are", () => {
    fc.assert(
      fc.property(
        fc.bigInt({ min: -(10n ** 15n), max: 10n ** 15n }),
        fc.bigInt({ min: 1n, max: 10n ** 15n }),
        (a, b) => {
          const huge = 10n ** 60n;
          expect(quotient(a * huge, b * huge)).toBe(quotient(a, b));
          expect(Math.abs(quotient(a, b) - Number(a) / Number(b))).toBeLessThanOrEqual(
            2e-16 * Math.abs(Number(a) / Number(b)),
          );
        },
      ),
    );
  });
});

describe("a sum", () => {
  it("is read as it was written", () => {
    fc.assert(
      fc.property(fc.bigInt({ min: -(10n ** 30n), max: 10n ** 30n }), (whole) => {
        const cell = { epoch: 1, variant: "green", day: "2026-11-01", n: 1, conflicted: 0, sumXx: "0" };
        expect(exactExposures({ ...cell, sumX: decimal(whole, 6) }).x).toBe(whole);
      }),
    );
  });

  it.each(["", "1e5", "NaN", "1.0000001", "null", "1."])("%j is none", (sumX) => {
    const cell = { epoch: 1, variant: "green", day: "2026-11-01", n: 1, conflicted: 0, sumXx: "0" };
    expect(() => exactExposures({ ...cell, sumX })).toThrow(RangeError);
  });
});
