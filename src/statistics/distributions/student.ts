/** Student's t distribution, for any positive degrees of freedom. */
import { logBeta } from "./gamma.js";
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

/** t > 0 with P(T > t) = share; beside zero by what lies within t, elsewhere by what lies beyond it. */
function upperQuantile(share: number, df: number): number {
  const excess =
    share > 0.25
      ? (t: number) => aroundZero(t, df).lower - 2 * (0.5 - share)
      : (t: number) => Math.log(share / studentSf(t, df));
  let lower = 0;
  let upper = -2 * normalQuantile(share);
  for (; excess(upper) < 0; upper *= 2) lower = upper;
  return upper === Infinity ? Infinity : findRoot(excess, lower, upper);
}

/** P(|T| ≤ |t|) and P(|T| > |t|): |t| < √3 by I at (½, df/2), else by I at (df/2, ½). */
function aroundZero(t: number, df: number): { readonly lower: number; readonly upper: number } {
  const square = t * t;
  if (square === Infinity) return { lower: 1, upper: farTail(Math.abs(t), df) };
  return incompleteBeta({
    x: square / (df + square),
    y: df / (df + square),
    a: 0.5,
    b: 0.5 * df,
    beyond: (0.5 * df * (square - 1)) / (df + square),
  });
}

/** P(|T| > t) where t² is too large to be told: the first term of I at (df/2, ½) (DLMF, 8.17.7). */
function farTail(t: number, df: number): number {
  return (2 / df) * Math.exp(df * (0.5 * Math.log(df) - Math.log(t)) - logBeta(0.5 * df, 0.5));
}
