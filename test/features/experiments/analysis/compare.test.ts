import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { cellsOf } from "../../../../src/features/experiments/analysis/cells.js";
import { compare, type ComparePlan } from "../../../../src/features/experiments/analysis/compare.js";
import { strataOf } from "../../../../src/features/experiments/analysis/strata.js";
import {
  batchedLeastSquares,
  combineStrata,
  compareProportions,
  decide,
  estimateMean,
  estimateRatio,
  lift,
  welchTest,
} from "../../../../src/statistics/index.js";
import { cuped } from "../../../../src/statistics/fixed/cuped.js";
import { conversions, metricOf, purchases, sumsOf, type Unit } from "./analysis-fixture.js";

const plan = {
  ...{ alpha: 0.05, share: 0.5, ofAll: 1, plannedUnits: 5_000 },
  ...{ plannedVariance: 0.09, optimises: false, boundary: null },
} satisfies ComparePlan;
const pair = { control: "green", treatment: "blue" };

const unit: fc.Arbitrary<Unit> = fc.record({
  variant: fc.constantFrom("green", "blue"),
  epoch: fc.constantFrom(1, 2),
  day: fc.constantFrom("2026-11-01", "2026-11-02"),
  y: fc.integer({ min: 0, max: 20 }).map((value) => value * 1e6),
  d: fc.integer({ min: 1, max: 5 }).map((value) => value * 1e6),
  x: fc.integer({ min: 0, max: 9 }).map((value) => value * 1e6),
});
const units = fc.array(unit, { minLength: 12, maxLength: 80 });

const whole = (value = 0) => value / 1e6;

/** Of one arm in one epoch, from the units themselves. */
function valuesOf(all: readonly Unit[], epoch: number, variant: string): Unit[] {
  return all.filter((one) => one.epoch === epoch && one.variant === variant);
}

function totals(all: readonly Unit[]) {
  const total = (of: (one: Unit) => number) => all.reduce((sum, one) => sum + of(one), 0);
  return {
    n: all.length,
    sum: total(({ y }) => whole(y)),
    sumSquares: total(({ y }) => whole(y) ** 2),
    denominatorSum: total(({ d }) => whole(d)),
    denominatorSumSquares: total(({ d }) => whole(d) ** 2),
    productSum: total(({ y, d }) => whole(y) * whole(d)),
    covariateSum: total(({ x }) => whole(x)),
    covariateSumSquares: total(({ x }) => whole(x) ** 2),
    covariateProduct: total(({ y, x }) => whole(y) * whole(x)),
  };
}

/** Epochs in which both arms have two units at least. */
function epochsIn(all: readonly Unit[]) {
  return [1, 2]
    .map((epoch) => ({ control: valuesOf(all, epoch, "green"), treatment: valuesOf(all, epoch, "blue") }))
    .filter(({ control, treatment }) => control.length > 1 && treatment.length > 1);
}

function bothArms<To>(all: readonly Unit[], change: (units: readonly Unit[]) => To) {
  return epochsIn(all).map(({ control, treatment }) => ({
    control: change(control),
    treatment: change(treatment),
  }));
}

const near = (got: number | null, expected: number) => {
  if (!Number.isFinite(expected)) return expect(got).toBeNull();
  expect(Math.abs((got ?? Number.NaN) - expected)).toBeLessThanOrEqual(
    1e-9 * Math.max(1, Math.abs(expected)),
  );
};

describe("from units one by one come the same numbers", () => {
  it("for sums of values: Welch's test of means over epochs, and the anytime interval", () => {
    const metric = metricOf("revenue", { type: "SUM" });
    fc.assert(
      fc.property(units, (all) => {
        fc.pre(epochsIn(all).length > 0);
        const arms = bothArms(all, (some) => ({
          ...estimateMean({ kind: "mean", ...totals(some) }),
          nonzero: some.filter(({ y }) => y !== 0).length,
        }));
        const strata = strataOf({ metric, adjusted: false }, cellsOf(sumsOf(metric, all), metric.id), pair);
        const got = compare(strata, plan);
        const expected = welchTest({ ...combineStrata(arms), alpha: 0.05 });
        near(got.difference, expected.difference);
        near(got.fixedHorizon.pValue, expected.pValue);
        near(got.fixedHorizon.difference.lower, expected.interval.lower);
        const { twoSided } = decide(arms, plan);
        near(got.anytime.difference.upper, twoSided.upper);
        near(got.anytime.pValue, twoSided.pValue);
      }),
    );
  });

  it("for conversions: the pooled z-test over epochs, Newcombe's interval and the lift", () => {
    fc.assert(
      fc.property(units, (all) => {
        fc.pre(epochsIn(all).length > 0);
        const did = all.map((one) => ({ ...one, y: one.y > 8e6 ? 1e6 : 0 }));
        const strata = bothArms(did, (some) => ({
          kind: "proportion" as const,
          n: some.length,
          sum: some.filter(({ y }) => y > 0).length,
        }));
        const expected = compareProportions({ strata, alpha: 0.05 });
        const cells = cellsOf(sumsOf(purchases, did), purchases.id);
        const got = compare(strataOf({ metric: purchases, adjusted: false }, cells, pair), plan);
        near(got.fixedHorizon.pValue, expected.pValue);
        near(got.fixedHorizon.difference.lower, expected.interval.lower);
        near(got.difference, expected.difference);
        const arms = combineStrata(
          strata.map(({ control, treatment }) => ({
            control: estimateMean(control),
            treatment: estimateMean(treatment),
          })),
        );
        fc.pre(arms.control.estimate !== 0);
        near(got.fixedHorizon.lift.upper, lift({ ...arms, alpha: 0.05 }).interval.upper);
      }),
    );
  });

  it("for ratios: the delta method", () => {
    const metric = metricOf("price", { type: "RATIO" });
    fc.assert(
      fc.property(units, (all) => {
        fc.pre(epochsIn(all).length > 0);
        const arms = combineStrata(bothArms(all, (some) => estimateRatio(totals(some))));
        const cells = cellsOf(sumsOf(metric, all), metric.id);
        const got = compare(strataOf({ metric, adjusted: false }, cells, pair), plan);
        const expected = welchTest({ ...arms, alpha: 0.05 });
        near(got.difference, expected.difference);
        near(got.se ** 2, arms.control.variance + arms.treatment.variance);
      }),
    );
  });

  it("adjusted for the past: CUPED within epochs", () => {
    const metric = metricOf("revenue", { type: "SUM" });
    fc.assert(
      fc.property(units, (all) => {
        fc.pre(epochsIn(all).length > 0);
        const sums = bothArms(all, (some) => {
          const { covariateProduct, ...rest } = totals(some);
          return { ...rest, productSum: covariateProduct };
        });
        const expected = cuped(sums);
        const cells = cellsOf(sumsOf(metric, all), metric.id);
        const strata = strataOf({ metric, adjusted: true }, cells, pair);
        near(strata.varianceReduction, expected.varianceReduction);
        const arms = combineStrata(expected.strata);
        near(compare(strata, plan).difference, arms.treatment.estimate - arms.control.estimate);
        near(compare(strata, plan).se ** 2, arms.control.variance + arms.treatment.variance);
      }),
    );
  });

  it("for shares that move: batched least squares, never pooled", () => {
    const metric = metricOf("revenue", { type: "SUM" });
    fc.assert(
      fc.property(units, (all) => {
        fc.pre(epochsIn(all).length > 0);
        const batches = bothArms(all, (some) => ({ kind: "mean" as const, ...totals(some) }));
        const expected = batchedLeastSquares(batches);
        const cells = cellsOf(sumsOf(metric, all), metric.id);
        const got = compare(strataOf({ metric, adjusted: false }, cells, pair), { ...plan, optimises: true });
        near(got.fixedHorizon.pValue, expected.pValue);
        if (got.se > 0) near(got.difference / got.se, expected.z);
      }),
    );
  });
});

describe("an experiment on one's own account", () => {
  it("was published: Cookie Cats, the gate at level 40", () => {
    const sums = conversions(purchases, [
      { variant: "green", n: 44_700, did: 8_502 },
      { variant: "blue", n: 45_489, did: 8_279 },
    ]);
    const strata = strataOf({ metric: purchases, adjusted: false }, cellsOf(sums, purchases.id), pair);
    const { difference, fixedHorizon } = compare(strata, plan);
    expect(difference).toBeCloseTo(-0.0082, 4);
    expect(fixedHorizon.pValue).toBeCloseTo(0.0016, 4);
    expect(fixedHorizon.difference.lower).toBeCloseTo(-0.0133, 4);
    expect(fixedHorizon.difference.upper).toBeCloseTo(-0.0031, 4);
  });
});

describe("a ramp from 10 to 50 % while the baseline falls", () => {
  const counts = [
    { variant: "green", epoch: 1, n: 9_000, did: 1_800 },
    { variant: "blue", epoch: 1, n: 1_000, did: 200 },
    { variant: "green", epoch: 2, n: 5_000, did: 500 },
    { variant: "blue", epoch: 2, n: 5_000, did: 500 },
  ];

  it("shows no difference, though all units together do", () => {
    const cells = cellsOf(conversions(purchases, counts), purchases.id);
    const stratified = compare(strataOf({ metric: purchases, adjusted: false }, cells, pair), plan);
    expect(stratified.difference).toBe(0);
    expect(stratified.anytime.pValue).toBe(1);
    const pooled = cellsOf(
      conversions(
        purchases,
        counts.map((one) => ({ ...one, epoch: 1 })),
      ),
      purchases.id,
    );
    const wrong = compare(strataOf({ metric: purchases, adjusted: false }, pooled, pair), plan);
    expect(wrong.fixedHorizon.pValue).toBeLessThan(1e-6);
  });
});

describe("a conversion whose past is to be taken out", () => {
  it("is still a rate where there is no past", () => {
    const sums = conversions(purchases, [
      { variant: "green", n: 1_000, did: 100 },
      { variant: "blue", n: 1_000, did: 130 },
    ]);
    const cells = cellsOf(sums, purchases.id);
    const adjusted = strataOf({ metric: purchases, adjusted: true }, cells, pair);
    expect(adjusted).toEqual(strataOf({ metric: purchases, adjusted: false }, cells, pair));
  });
});

describe("what is hardly known", () => {
  const withCounts = (...counts: Parameters<typeof conversions>[1]) => {
    const strata = strataOf(
      { metric: purchases, adjusted: false },
      cellsOf(conversions(purchases, counts), purchases.id),
      pair,
    );
    return compare(strata, plan);
  };

  it("of an arm without units is nothing", () => {
    const { arms, fixedHorizon, anytime } = withCounts({ variant: "green", n: 100, did: 10 });
    expect(arms).toBeNull();
    expect([fixedHorizon.pValue, anytime.pValue]).toEqual([1, 1]);
    expect(anytime.difference).toEqual({ lower: null, upper: null });
  });

  it("leaves out an epoch with one unit in an arm", () => {
    const alone = withCounts({ variant: "green", n: 500, did: 100 }, { variant: "blue", n: 500, did: 90 });
    const more = withCounts(
      { variant: "green", n: 500, did: 100 },
      { variant: "blue", n: 500, did: 90 },
      { variant: "green", epoch: 2, n: 500, did: 400 },
      { variant: "blue", epoch: 2, n: 1, did: 0 },
    );
    expect(more).toEqual({ ...alone });
  });

  it("counts those that did not where nearly all did", () => {
    const { decision } = withCounts(
      { variant: "green", n: 1_000, did: 990 },
      { variant: "blue", n: 1_000, did: 950 },
    );
    expect(decision.ready).toBe(false);
    const ready = withCounts(
      { variant: "green", n: 1_000, did: 970 },
      { variant: "blue", n: 1_000, did: 950 },
    );
    expect(ready.decision.ready).toBe(true);
  });

  it("decides nothing while nothing varies", () => {
    const metric = metricOf("visits", { type: "COUNT" });
    const all = ["green", "blue"].flatMap((variant, arm) =>
      Array.from({ length: 100 }, (): Unit => ({ variant, y: (arm + 1) * 1e6 })),
    );
    const strata = strataOf({ metric, adjusted: false }, cellsOf(sumsOf(metric, all), metric.id), pair);
    const { anytime, fixedHorizon } = compare(strata, { ...plan, plannedVariance: undefined });
    expect([anytime.pValue, fixedHorizon.pValue]).toEqual([1, 1]);
  });
});
