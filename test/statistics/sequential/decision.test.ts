import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { Arms } from "../../../src/statistics/samples.js";
import { NOTHING_KNOWN } from "../../../src/statistics/sequential/confidence-sequence.js";
import {
  decide as decideByArms,
  type DecisionArm,
  decisionArm,
  type DecisionPlan,
} from "../../../src/statistics/sequential/decision.js";

type Arm = Parameters<typeof decisionArm>[0];
type Pair = Arms<Arm>;

const decide = (epochs: readonly Pair[], plan: DecisionPlan) =>
  decideByArms(
    epochs.map(({ control, treatment }) => ({
      control: decisionArm(control),
      treatment: decisionArm(treatment),
    })),
    plan,
  );

const plan: DecisionPlan = { alpha: 0.05, share: 0.5, plannedVariance: 0.09 };

const proportion = (n: number, sum: number): Arm => ({ kind: "proportion", n, sum });
const mean = (n: number, sum: number, sumSquares: number, nonzero = n): Arm => ({
  kind: "mean",
  n,
  sum,
  sumSquares,
  nonzero,
});
const pairOf = (control: Arm, treatment: Arm): Pair => ({ control, treatment });
const swapped = ({ control, treatment }: Pair): Pair => ({ control: treatment, treatment: control });

const proportions = fc
  .record({ n: fc.integer({ min: 100, max: 1_000_000 }), rate: fc.double({ min: 0.3, max: 1, noNaN: true }) })
  .map(({ n, rate }) => proportion(n, Math.round(n * rate)));
const means = fc
  .record({
    n: fc.integer({ min: 30, max: 1_000_000 }),
    average: fc.double({ min: -10, max: 10, noNaN: true }),
    variance: fc.double({ min: 0.01, max: 10, noNaN: true }),
  })
  .map(({ n, average, variance }) => mean(n, n * average, n * (average ** 2 + variance)));
const pairs: fc.Arbitrary<Pair> = fc.oneof(
  fc.record({ control: proportions, treatment: proportions }),
  fc.record({ control: means, treatment: means }),
);

describe("a decision", () => {
  it("is by the formulas as printed", () => {
    const { twoSided, oneSided, estimate, se } = decide(
      [pairOf(proportion(9_000, 900), proportion(1_000, 125))],
      { ...plan, share: 0.1 },
    );
    const pooled = Math.sqrt(0.1025 * 0.8975 * (1 / 9_000 + 1 / 1_000));
    const welch = Math.sqrt((0.1 * 0.9) / 9_000 + (0.125 * 0.875) / 1_000);
    expect(welch).toBeGreaterThan(pooled);
    expect(se).toBeCloseTo(welch, 14);
    expect(estimate).toBeCloseTo(0.025, 14);
    const clockAt = (a: number) => {
      const kappa = -2 * Math.log(a) + Math.log(1 - 2 * Math.log(a));
      return (1e8 * welch ** 2) / ((0.09 * 5_000) / (0.1 * 0.9 * kappa));
    };
    const [r, q] = [clockAt(0.05), clockAt(0.1)];
    const z = estimate / welch;
    const half = welch * Math.sqrt(((r + 1) / r) * (Math.log(r + 1) - 2 * Math.log(0.05)));
    expect(twoSided.lower).toBeCloseTo(estimate - half, 12);
    expect(twoSided.upper).toBeCloseTo(estimate + half, 12);
    expect(twoSided.pValue).toBeCloseTo(
      Math.min(1, Math.sqrt(r + 1) * Math.exp((-z * z * r) / (2 * (r + 1)))),
      12,
    );
    const bound = welch * Math.sqrt(((2 * (q + 1)) / q) * Math.log(1 + Math.sqrt(q + 1) / 0.1));
    expect(oneSided.lower).toBeCloseTo(estimate - bound, 12);
    const exponent = (z * z * q) / (2 * (q + 1));
    expect(oneSided.pValue).toBeCloseTo(Math.min(1, Math.sqrt(q + 1) / (2 * (Math.exp(exponent) - 1))), 12);
  });

  it("takes the larger standard error, of Welch or pooled", () => {
    const fewer = decide([pairOf(proportion(9_000, 900), proportion(1_000, 75))], plan);
    const rate = 975 / 10_000;
    expect(fewer.se).toBeCloseTo(Math.sqrt(rate * (1 - rate) * (1 / 9_000 + 1 / 1_000)), 14);
    const wild = decide([pairOf(mean(100, 500, 2_600), mean(50, 250, 2_250))], plan);
    expect(wild.se).toBeCloseTo(Math.sqrt(100 / 99 / 100 + 1_000 / 49 / 50), 12);
    const calm = decide([pairOf(mean(100, 500, 3_500), mean(50, 250, 1_300))], plan);
    expect(calm.se).toBeCloseTo(
      Math.sqrt((((1_000 / 99) * 100 + (50 / 49) * 50) / 150) * (1 / 100 + 1 / 50)),
      12,
    );
  });

  it("of outcomes of 0 and 1 is that of proportions", () => {
    const asMeans = decide([pairOf(mean(40_000, 400, 400, 400), mean(41_000, 600, 600, 600))], plan);
    const asProportions = decide([pairOf(proportion(40_000, 400), proportion(41_000, 600))], plan);
    expect(asMeans.oneSided.lower / asProportions.oneSided.lower).toBeCloseTo(1, 3);
    expect(asMeans.estimate).toBe(asProportions.estimate);
  });

  it("turns round where the arms change places", () => {
    fc.assert(
      fc.property(pairs, (pair) => {
        const one = decide([pair], { ...plan, share: 0.3 });
        const other = decide([swapped(pair)], { ...plan, share: 0.7 });
        const near = 1e-9 * (one.twoSided.upper - one.twoSided.lower);
        expect(Math.abs(other.twoSided.lower + one.twoSided.upper)).toBeLessThanOrEqual(near);
        expect(Math.abs(other.oneSided.upper + one.oneSided.lower)).toBeLessThanOrEqual(2 * near);
        expect(Math.abs(other.twoSided.pValue - one.twoSided.pValue)).toBeLessThanOrEqual(1e-9);
      }),
    );
  });

  it("keeps p, and scales, as the values do", () => {
    fc.assert(
      fc.property(means, means, fc.constantFrom(0.01, 3, 1_000), (control, treatment, times) => {
        const scaled = (arm: Arm): Arm =>
          arm.kind === "mean"
            ? { ...arm, sum: arm.sum * times, sumSquares: arm.sumSquares * times ** 2 }
            : arm;
        const one = decide([pairOf(control, treatment)], plan);
        const other = decide([pairOf(scaled(control), scaled(treatment))], {
          ...plan,
          plannedVariance: 0.09 * times ** 2,
        });
        expect(Math.abs(other.oneSided.pValue - one.oneSided.pValue)).toBeLessThanOrEqual(1e-6);
        const wide = other.oneSided.upper - other.oneSided.lower;
        expect(Math.abs(other.oneSided.lower - one.oneSided.lower * times)).toBeLessThanOrEqual(1e-6 * wide);
      }),
    );
  });

  it("is for the treatment exactly where its one-sided p is below α", () => {
    fc.assert(
      fc.property(pairs, fc.constantFrom(0.01, 0.05, 0.2), (pair, alpha) => {
        const { oneSided, twoSided } = decide([pair], { ...plan, alpha });
        expect(oneSided.lower > 0).toBe(oneSided.pValue < alpha);
        expect(twoSided.lower > 0 || twoSided.upper < 0).toBe(twoSided.pValue < alpha);
      }),
    );
  });

  it.each([
    [29, 500, false],
    [500, 29, false],
    [30, 30, true],
  ])("with %s and %s outcomes is ready: %s", (control, treatment, ready) => {
    for (const pair of [
      pairOf(proportion(100_000, control), proportion(100_000, treatment)),
      pairOf(
        mean(100_000, 3 * control, 9 * control, control),
        mean(100_000, 3 * treatment, 9 * treatment, treatment),
      ),
    ]) {
      const decision = decide([pair], plan);
      expect(decision.ready).toBe(ready);
      expect(decision.estimate).not.toBeNaN();
      if (ready) expect(decision.twoSided.upper).toBeLessThan(1);
      else expect(decision).toMatchObject({ twoSided: NOTHING_KNOWN, oneSided: NOTHING_KNOWN });
    }
  });

  it.each([
    [[]],
    [[pairOf(proportion(0, 0), proportion(0, 0))]],
    [[pairOf(proportion(50, 40), proportion(0, 0))]],
  ])("of nothing to compare is not ready: %j", (epochs) => {
    expect(decide(epochs, plan)).toEqual({
      ready: false,
      estimate: 0,
      se: 0,
      units: 0,
      twoSided: NOTHING_KNOWN,
      oneSided: NOTHING_KNOWN,
    });
  });

  it("of all successes is finite, and narrower the more there are", () => {
    const of = (n: number) => decide([pairOf(proportion(n, n), proportion(n, n))], plan).twoSided;
    expect(of(1_000).pValue).toBe(1);
    expect(of(1_000).upper).toBeGreaterThan(of(10_000).upper);
    expect(of(10_000).upper).toBeGreaterThan(0);
  });

  it("of a billion units with tiny rates is exact", () => {
    const { twoSided, estimate } = decide([pairOf(proportion(1e9, 1_000), proportion(1e9, 2_000))], {
      ...plan,
      plannedVariance: 1e-6,
    });
    expect(estimate).toBeCloseTo(1e-6, 18);
    expect(twoSided.lower).toBeGreaterThan(5e-7);
    expect(twoSided.upper).toBeLessThan(1.5e-6);
  });

  it.each([
    [pairOf(proportion(10, 11), proportion(10, 1)), plan, "sample.sum"],
    [pairOf(proportion(10, 1), proportion(-1, 0)), plan, "sample.n"],
    [pairOf(mean(10, 5, -1), mean(10, 5, 5)), plan, "sample.sumSquares"],
    [pairOf(mean(10, 5, 5), mean(10, Number.NaN, 5)), plan, "sample.sum"],
    [pairOf(mean(10, 5, 5), mean(10, 5, 5, 11)), plan, "treatment.nonzero"],
    [pairOf(proportion(10, 1), proportion(10, 1)), { ...plan, alpha: 0.5 }, "alpha"],
    [pairOf(proportion(10, 1), proportion(10, 1)), { ...plan, share: 0 }, "share"],
    [pairOf(proportion(10, 1), proportion(10, 1)), { ...plan, plannedVariance: 0 }, "plannedVariance"],
    [pairOf(proportion(10, 1), proportion(10, 1)), { ...plan, plannedUnits: -5 }, "plannedUnits"],
  ])("refuses %j by %j", (pair, wrong, name) => {
    expect(() => decide([pair], wrong)).toThrow(RangeError);
    expect(() => decide([pair], wrong)).toThrow(new RegExp(`^${name} must be`));
  });
});

describe("a decision over epochs", () => {
  /** 10 % and then 50 % treated, while the rate of everybody falls from 20 % to 10 %. */
  const ramp = [
    pairOf(proportion(9_000, 1_800), proportion(1_000, 200)),
    pairOf(proportion(5_000, 500), proportion(5_000, 500)),
  ];

  it("is not misled by a ramp under which everything drifts", () => {
    const together = decide([pairOf(proportion(14_000, 2_300), proportion(6_000, 700))], plan);
    expect(together.twoSided.upper).toBeLessThan(0);
    const apart = decide(ramp, plan);
    expect(apart.estimate).toBeCloseTo(0, 15);
    expect(apart.oneSided.pValue).toBe(1);
  });

  it("weighs an epoch by n_A n_B/(n_A + n_B)", () => {
    const { estimate, se, units } = decide(
      [
        pairOf(proportion(9_000, 900), proportion(1_000, 104)),
        pairOf(proportion(5_000, 600), proportion(5_000, 655)),
      ],
      plan,
    );
    expect(estimate).toBeCloseTo(0.009147058823529416, 14);
    expect(se).toBeCloseTo(0.0055640171038719806, 5);
    expect(units).toBeCloseTo((900 + 2_500) / 0.25, 9);
  });

  it("of one epoch that went as planned counts its units, and each epoch adds some", () => {
    expect(decide(ramp.slice(1), plan).units).toBe(10_000);
    expect(decide(ramp.slice(0, 1), { ...plan, share: 0.1 }).units).toBeCloseTo(10_000, 9);
    expect(decide(ramp, plan).units).toBeGreaterThan(decide(ramp.slice(0, 1), plan).units);
  });

  it("does not care for their order, nor for an epoch of one arm alone", () => {
    fc.assert(
      fc.property(fc.array(fc.record({ control: proportions, treatment: proportions })), (epochs) => {
        const one = decide(epochs, plan);
        const lonely = pairOf(proportion(70, 35), proportion(0, 0));
        const other = decide([lonely, ...epochs.toReversed()], plan);
        expect(other.estimate).toBeCloseTo(one.estimate, 12);
        expect(other.se).toBeCloseTo(one.se, 12);
        expect(other.units / Math.max(1, one.units)).toBeCloseTo(Math.min(1, one.units), 12);
      }),
    );
  });

  it("counts outcomes over all of them", () => {
    const epoch = pairOf(proportion(1_000, 16), proportion(1_000, 15));
    expect(decide([epoch], plan).ready).toBe(false);
    expect(decide([epoch, epoch], plan).ready).toBe(true);
  });

  it("counts no outcome that was compared with none", () => {
    const lonely = pairOf(proportion(1_000, 100), proportion(0, 0));
    const other = pairOf(proportion(0, 0), proportion(1_000, 100));
    expect(decide([lonely, other, pairOf(proportion(50, 9), proportion(50, 9))], plan).ready).toBe(false);
  });

  it("leaves out an epoch that tells nothing of an arm's variance", () => {
    const epochs = [pairOf(mean(500, 900, 2_000), mean(500, 1_000, 2_500))];
    const one = pairOf(mean(1, 90, 8_100), mean(700, 90, 90));
    expect(decide([one, ...epochs], plan)).toEqual(decide(epochs, plan));
  });
});

describe("a decision by estimates", () => {
  const arm: DecisionArm = { n: 5_000, estimate: 0.1, variance: 0.09 / 5_000, nonzero: 500 };

  it("is that by outcomes where the estimates are theirs", () => {
    const pair = pairOf(proportion(5_000, 500), proportion(5_000, 500));
    expect(decideByArms([{ control: arm, treatment: arm }], plan)).toEqual(decide([pair], plan));
  });

  it("takes units to vary alike where the smaller arm's vary less", () => {
    const calm = { ...arm, n: 500, variance: 0.01 / 500 };
    const { se } = decideByArms([{ control: arm, treatment: calm }], plan);
    const common = (5_000 * 0.09 + 500 * 0.01) / 5_500;
    expect(se).toBeCloseTo(Math.sqrt(common * (1 / 5_000 + 1 / 500)), 14);
  });

  it.each([
    [{ n: -1 }, "treatment.n"],
    [{ estimate: Number.NaN }, "treatment.estimate"],
    [{ variance: -1 }, "treatment.variance"],
    [{ variance: Number.NaN }, "treatment.variance"],
    [{ nonzero: 5_001 }, "treatment.nonzero"],
  ])("refuses %j", (wrong, name) => {
    expect(() => decideByArms([{ control: arm, treatment: { ...arm, ...wrong } }], plan)).toThrow(
      new RegExp(`^${name} must be`),
    );
  });
});

/** The chances of 0, 1, … successes among `n`. */
function binomial(n: number, rate: number): readonly number[] {
  const chances = [(1 - rate) ** n];
  for (let sum = 1; sum <= n; sum += 1)
    chances.push((((chances[sum - 1] ?? 0) * (n - sum + 1)) / sum) * (rate / (1 - rate)));
  return chances;
}

type Chances = Map<number, Map<number, number>>;

/** Both arms' sums a look later; what is too unlikely to matter is let go. */
function later(chances: Chances, control: readonly number[], treatment: readonly number[]): Chances {
  const next: Chances = new Map();
  for (const [a, row] of chances) {
    const spread = new Map<number, number>();
    for (const [b, chance] of row)
      treatment.forEach((more, step) => spread.set(b + step, (spread.get(b + step) ?? 0) + chance * more));
    control.forEach((more, step) => {
      const target = next.get(a + step) ?? new Map<number, number>();
      next.set(a + step, target);
      for (const [b, chance] of spread)
        if (chance * more > 1e-9) target.set(b, (target.get(b) ?? 0) + chance * more);
    });
  }
  return next;
}

describe("looked at again and again where nothing differs, summed exactly", () => {
  it("is wrong less often than α at 80/20", () => {
    const [control, treatment] = [binomial(80, 0.2), binomial(20, 0.2)];
    let chances: Chances = new Map([[0, new Map([[0, 1]])]]);
    let wrong = 0;
    for (let look = 1; look <= 10; look += 1) {
      chances = later(chances, control, treatment);
      for (const [a, row] of chances)
        for (const [b, chance] of row) {
          const pair = pairOf(proportion(80 * look, a), proportion(20 * look, b));
          const { twoSided } = decide([pair], {
            alpha: 0.05,
            share: 0.2,
            plannedVariance: 0.16,
            plannedUnits: 800,
          });
          if (twoSided.pValue >= 0.05) continue;
          wrong += chance;
          row.delete(b);
        }
    }
    expect(wrong).toBeLessThanOrEqual(0.05);
    expect(wrong).toBeGreaterThan(0.001);
    const right = [...chances.values()]
      .flatMap((row) => [...row.values()])
      .reduce((sum, chance) => sum + chance, 0);
    expect(right + wrong).toBeGreaterThan(0.999);
  });
});
