/** A bandit moves only when it may, never starves an arm, and is judged batch by batch. */
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { type Batch, batchedLeastSquares, nextWeights, withFloor } from "../../src/statistics/bandit.js";
import type { Mean, Proportion } from "../../src/statistics/samples.js";

function proportion(n: number, sum: number): Proportion {
  return { kind: "proportion", n, sum };
}

function mean(n: number, average: number, variance: number): Mean {
  return { kind: "mean", n, sum: n * average, sumSquares: (n - 1) * variance + n * average ** 2 };
}

const rate = fc
  .tuple(fc.integer({ min: 100, max: 100_000 }), fc.double({ min: 0, max: 1, noNaN: true }))
  .map(([n, share]) => proportion(n, Math.round(n * share)));

describe("the next weights", () => {
  it("stay as they are until every arm has 100 units", () => {
    const current = [0.5, 0.3, 0.2];
    const arms = [proportion(100, 3), proportion(99, 90), proportion(5000, 10)];
    expect(nextWeights(arms, current)).toEqual({ weights: current, chances: [] });
    const { weights, chances } = nextWeights(
      [proportion(100, 3), proportion(100, 90), proportion(5000, 10)],
      current,
    );
    expect(chances[1]).toBeCloseTo(1, 9);
    expect(weights).toEqual([0.02, 0.96, 0.02].map((weight) => expect.closeTo(weight, 9) as number));
  });

  it("stay as they are while the values of an arm do not differ", () => {
    const current = [0.5, 0.5];
    expect(nextWeights([mean(400, 0, 0), mean(400, 1, 30)], current).weights).toEqual(current);
    expect(nextWeights([mean(400, 0, 1), mean(400, 1, 30)], current).weights).not.toEqual(current);
  });

  it("are never below the floor and always sum to 1", () => {
    fc.assert(
      fc.property(fc.array(rate, { minLength: 2, maxLength: 4 }), (arms) => {
        const { weights } = nextWeights(
          arms,
          arms.map(() => 1 / arms.length),
        );
        expect(Math.min(...weights)).toBeGreaterThanOrEqual(0.02);
        expect(weights.reduce((sum, weight) => sum + weight, 0)).toBeCloseTo(1, 12);
      }),
      { numRuns: 40 },
    );
  });

  it("are equal for equal arms, and greater for the better one", () => {
    const current = [0.9, 0.1];
    for (const weight of nextWeights([proportion(500, 20), proportion(500, 20)], current).weights)
      expect(weight).toBeCloseTo(0.5, 12);
    const [kept = 0, better = 0] = nextWeights([mean(200, 5, 4), mean(300, 5.1, 9)], current).weights;
    expect(better).toBeGreaterThan(kept);
  });

  it("do not depend on the unit of money", () => {
    const current = [0.5, 0.5];
    const euros = nextWeights([mean(200, 5, 4), mean(300, 5.1, 9)], current);
    const cents = nextWeights([mean(200, 500, 40_000), mean(300, 510, 90_000)], current);
    expect(cents.weights[0]).toBeCloseTo(euros.weights[0] ?? NaN, 10);
  });

  it("hold for ten million units", () => {
    const arms = [proportion(1e7, 500_000), proportion(1e7, 500_400), proportion(1e7, 501_000)];
    const [worst = 0, middle = 0, best = 0] = nextWeights(arms, [0.4, 0.3, 0.3]).chances;
    expect(worst).toBeLessThan(middle);
    expect(best).toBeGreaterThan(0.5);
    expect(worst + middle + best).toBeCloseTo(1, 12);
  });

  it.each([
    ["current", () => nextWeights([proportion(1, 0), proportion(1, 0)], [1])],
    ["current", () => nextWeights([proportion(1, 0), proportion(1, 0)], [0.5, 0.6])],
    ["current\\[0\\]", () => nextWeights([proportion(1, 0), proportion(1, 0)], [-0.5, 1.5])],
    ["sum", () => nextWeights([proportion(100, 101), proportion(100, 0)], [0.5, 0.5])],
    ["floor", () => withFloor([0.5, 0.5], 0.51)],
    ["chances", () => withFloor([0.5, 0.4], 0.1)],
  ])("refuse an impossible %s", (name, call) => {
    expect(call).toThrow(RangeError);
    expect(call).toThrow(new RegExp(`^${name} must`, "u"));
  });
});

const batch = fc.record({ control: rate, treatment: rate });

function swapped({ control, treatment }: Batch): Batch {
  return { control: treatment, treatment: control };
}

describe("batched least squares", () => {
  it("changes its sign with the arms", () => {
    fc.assert(
      fc.property(fc.array(batch, { minLength: 1, maxLength: 5 }), (batches) => {
        const [there, back] = [batchedLeastSquares(batches), batchedLeastSquares(batches.map(swapped))];
        expect(back.z).toBeCloseTo(-there.z, 12);
        expect(back.pValue).toBeCloseTo(there.pValue, 12);
      }),
    );
  });

  it("is not misled by a rate that drifts while the weights do", () => {
    const batches = [
      { control: proportion(100, 10), treatment: proportion(900, 90) },
      { control: proportion(900, 450), treatment: proportion(100, 50) },
    ];
    expect(batchedLeastSquares(batches)).toEqual({ z: 0, pValue: 1 });
  });

  it("is the z test of one batch when the variance is estimated", () => {
    const { z } = batchedLeastSquares([{ control: proportion(1000, 100), treatment: proportion(3000, 360) }]);
    const variance = (1000 * 0.1 * 0.9 + 3000 * 0.12 * 0.88) / 3998;
    expect(z).toBeCloseTo(0.02 / Math.sqrt(variance / 1000 + variance / 3000), 12);
  });

  it("takes means, whatever their unit", () => {
    const batches = (unit: number): Batch[] => [
      { control: mean(100, 3 * unit, 2 * unit ** 2), treatment: mean(50, 4 * unit, 5 * unit ** 2) },
      { control: mean(20, 2 * unit, unit ** 2), treatment: mean(80, 2.5 * unit, 3 * unit ** 2) },
    ];
    const { z } = batchedLeastSquares(batches(1));
    const perUnit = (99 * 2 + 49 * 5 + 19 * 1 + 79 * 3) / 246;
    const sum = Math.sqrt(5000 / 150 / perUnit) + 0.5 * Math.sqrt(1600 / 100 / perUnit);
    expect(z).toBeCloseTo(sum / Math.SQRT2, 10);
    expect(batchedLeastSquares(batches(100)).z).toBeCloseTo(z, 10);
  });

  it("learns nothing from a batch with one arm, from no batch, and from values that do not vary", () => {
    const told = { control: proportion(100, 10), treatment: proportion(100, 20) };
    const empty = { control: proportion(0, 0), treatment: proportion(100, 20) };
    expect(batchedLeastSquares([told, empty])).toEqual(batchedLeastSquares([told]));
    for (const nothing of [[], [empty], [{ control: proportion(1, 0), treatment: proportion(1, 1) }]])
      expect(batchedLeastSquares(nothing)).toEqual({ z: 0, pValue: 1 });
  });

  it.each([
    ["variance", () => batchedLeastSquares([], -1)],
    ["n", () => batchedLeastSquares([{ control: proportion(-1, 0), treatment: proportion(1, 0) }])],
    ["sum", () => batchedLeastSquares([{ control: proportion(1, 2), treatment: proportion(1, 0) }])],
    ["sum", () => batchedLeastSquares([{ control: mean(1, NaN, 1), treatment: proportion(1, 0) }])],
  ])("refuses an impossible %s", (name, call) => {
    expect(call).toThrow(RangeError);
    expect(call).toThrow(new RegExp(`^${name} must`, "u"));
  });
});
