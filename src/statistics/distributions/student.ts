/** Student's t distribution, for any positive degrees of freedom. */
import { incompleteBeta } from "./incomplete-beta.js";
import { normalQuantile } from "./normal.js";
import { point, positive, probability } from "./parameters.js";
import { findRoot } from "./roots.js";

/** P(T ≤ t), df > 0. */
export function studentCdf(t: number, df: number): number {
  return studentSf(-t, df);
}

/** P(T > t), df > 0, by itself where it is small (Abramowitz & Stegun, 1964, 26.7.1). */
export function studentSf(t: number, df: number): number {
  point("t", t);
  positive("df", df);
  const { lower, upper } = aroundZero(t, df);
  return t < 0 ? 0.5 + 0.5 * lower : 0.5 * upper;
}

/** t with P(T ≤ t) = p, 0 ≤ p ≤ 1, df > 0. */
export function studentQuantile(p: number, df: number): number {
  probability("p", p);
  positive("df", df);
  if (p === 0.5) return 0;
  if (p === 0 || p === 1) return (p - 0.5) * Infinity;
  return p < 0.5 ? -upperQuantile(p, df) : upperQuantile(1 - p, df);
}

/** t ≥ 0 with P(T > t) = share; the normal quantile is never beyond it. */
function upperQuantile(share: number, df: number): number {
  const excess = (t: number) => Math.log(share / studentSf(t, df));
  const lower = -normalQuantile(share);
  let upper = lower * 2;
  while (excess(upper) < 0) upper *= 2;
  return findRoot(excess, lower * (1 - 1e-12), upper);
}

/** P(|T| ≤ |t|) and P(|T| > |t|): |t| < √3 by I at (½, df/2), else by I at (df/2, ½). */
function aroundZero(t: number, df: number): { readonly lower: number; readonly upper: number } {
  const square = t * t;
  if (square === Infinity) return { lower: 1, upper: 0 };
  return incompleteBeta({
    x: square / (df + square),
    y: df / (df + square),
    a: 0.5,
    b: 0.5 * df,
    beyond: (0.5 * df * (square - 1)) / (df + square),
  });
}
