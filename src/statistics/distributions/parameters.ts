/** What every distribution asks of its parameters, so that a NaN is refused where it comes in. */
import { between, countWithin } from "../ranges.js";

/** A continued fraction is known when a step changes it by no more than this. */
export const settled = 3e-16;

/** No continued fraction here needs as many steps; it guards against never ending. */
export const longest = 100_000;

/** Throws a RangeError unless `value` is a number; it may be infinite. */
export function point(name: string, value: number): void {
  if (Number.isNaN(value)) throw new RangeError(`${name} must be a number, got ${value}.`);
}

/** Throws a RangeError unless `value` is a finite number. */
export function finite(name: string, value: number): void {
  if (!Number.isFinite(value)) throw new RangeError(`${name} must be a finite number, got ${value}.`);
}

/** Where shapes end for which the continued fractions are short enough. */
const largest = 1e12;

/** Throws a RangeError unless `value` is positive and below 1e12. */
export function positive(name: string, value: number): void {
  between(name, value, 0, largest);
}

/** Throws a RangeError unless `value` is from 0 to 1. */
export function probability(name: string, value: number): void {
  countWithin(name, value, 1);
}
