/** GT, GTE, LT and LTE: numbers, and strings that are decimal numbers. */
import { comparison } from "./operator.js";

const DECIMAL = /^[+-]?(?:\d+(?:\.\d*)?|\.\d+)(?:[eE][+-]?\d+)?$/;

/** A finite number, or a decimal string of one: no blanks, no hexadecimal, no NaN or infinity. */
export function readNumber(value: unknown): number | undefined {
  const number = typeof value === "string" && DECIMAL.test(value) ? Number(value) : value;
  return typeof number === "number" && Number.isFinite(number) ? number : undefined;
}

/** The first whole millisecond at or after an instant. */
export const from = (instant: number): readonly number[] => [Math.ceil(instant)];
/** The first whole millisecond after an instant. */
export const past = (instant: number): readonly number[] => [Math.floor(instant) + 1];

const EXPECTED = "a number or a decimal string";
export const greater = comparison(EXPECTED, readNumber, (actual, literal) => actual > literal, past);
export const greaterOrEqual = comparison(EXPECTED, readNumber, (actual, literal) => actual >= literal, from);
export const less = comparison(EXPECTED, readNumber, (actual, literal) => actual < literal, from);
export const lessOrEqual = comparison(EXPECTED, readNumber, (actual, literal) => actual <= literal, past);
