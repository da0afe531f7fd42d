/** Arms as they come, and what a test says of a number. */
import fc from "fast-check";
import { type ArmEstimate, estimateMean } from "../../../src/statistics/fixed/means.js";
import type {
  Arms,
  CovariateSums,
  Interval,
  Mean,
  PairSums,
  Proportion,
} from "../../../src/statistics/samples.js";

export const alpha = fc.constantFrom(0.001, 0.01, 0.05, 0.1, 0.5);

/** From one unit to a thousand million, from none that did to all. */
export const proportion: fc.Arbitrary<Proportion> = fc
  .oneof(fc.integer({ min: 1, max: 40 }), fc.integer({ min: 1, max: 1e9 }))
  .chain((n) =>
    fc
      .oneof(
        fc.constantFrom(0, n),
        fc.integer({ min: 0, max: n }),
        fc.integer({ min: 0, max: Math.min(n, 20) }),
      )
      .map((sum) => proportionOf(sum, n)),
  );

export const proportions: fc.Arbitrary<Arms<Proportion>> = fc.record({
  control: proportion,
  treatment: proportion,
});

/** Values that a double adds up without rounding. */
export const values = fc.array(fc.integer({ min: -1000, max: 1000 }), { minLength: 2, maxLength: 30 });

export const mean: fc.Arbitrary<Mean> = values.map(meanSums);

export const estimates: fc.Arbitrary<Arms<ArmEstimate>> = fc.record({
  control: mean.map(estimateMean),
  treatment: mean.map(estimateMean),
});

export const twins = fc.array(
  fc.tuple(fc.integer({ min: -1000, max: 1000 }), fc.integer({ min: -1000, max: 1000 })),
  { minLength: 2, maxLength: 30 },
);

export function proportionOf(sum: number, n: number): Proportion {
  return { kind: "proportion", n, sum };
}

export function meanSums(of: readonly number[]): Mean {
  return { kind: "mean", n: of.length, sum: total(of), sumSquares: total(of.map((value) => value ** 2)) };
}

export function pairSums(of: readonly (readonly [value: number, denominator: number])[]): PairSums {
  return {
    n: of.length,
    sum: total(of.map(([value]) => value)),
    sumSquares: total(of.map(([value]) => value ** 2)),
    denominatorSum: total(of.map(([, denominator]) => denominator)),
    denominatorSumSquares: total(of.map(([, denominator]) => denominator ** 2)),
    productSum: total(of.map(([value, denominator]) => value * denominator)),
  };
}

export function covariateSums(of: readonly (readonly [value: number, covariate: number])[]): CovariateSums {
  const { denominatorSum, denominatorSumSquares, ...rest } = pairSums(of);
  return { ...rest, covariateSum: denominatorSum, covariateSumSquares: denominatorSumSquares };
}

export function swapped<Arm>({ control, treatment }: Arms<Arm>): Arms<Arm> {
  return { control: treatment, treatment: control };
}

/** Equal but for the last digits. */
export function isNear(got: number, expected: number, tolerance = 1e-9): boolean {
  return Object.is(got, expected) || Math.abs(got - expected) <= tolerance * Math.max(1, Math.abs(expected));
}

/** Where a number is so near an end that rounding decides, both answers are right. */
export function contains({ lower, upper }: Interval, value: number): boolean {
  const slack = 1e-12 * Math.max(1, Math.abs(value));
  return lower <= value + slack && value - slack <= upper;
}

export const nothingKnown: Interval = { lower: -Infinity, upper: Infinity };

function total(of: readonly number[]): number {
  return of.reduce((sum, value) => sum + value, 0);
}
