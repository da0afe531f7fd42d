/** The χ² distribution: how surprising a table of counts is. */
import { gammaQ } from "./gamma.js";
import { positive } from "./parameters.js";

/** P(X > x) of X ~ χ² with df > 0 degrees of freedom (Abramowitz & Stegun, 1964, 26.4.19). */
export function chiSquaredSf(x: number, df: number): number {
  positive("df", df);
  return gammaQ(0.5 * df, 0.5 * x);
}
