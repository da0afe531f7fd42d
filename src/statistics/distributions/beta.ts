/** The beta distribution: what is known of a rate. */
import { incompleteBeta, logKernel, type Place } from "./incomplete-beta.js";
import { point, positive, probability } from "./parameters.js";
import { findRoot } from "./roots.js";

/** P(X ≤ x) of X ~ Beta(a, b), a and b > 0 (DLMF, 8.17.2). */
export function betaCdf(x: number, a: number, b: number): number {
  return incompleteBeta(placeOf(x, a, b)).lower;
}

/** P(X > x) of X ~ Beta(a, b), by itself where it is small. */
export function betaSf(x: number, a: number, b: number): number {
  return incompleteBeta(placeOf(x, a, b)).upper;
}

/** The logarithm of the density of Beta(a, b) at x. */
export function logBetaDensity(x: number, a: number, b: number): number {
  const place = placeOf(x, a, b);
  if (x < 0 || x > 1) return -Infinity;
  if (x === 0) return atTheEnd(a, b);
  if (x === 1) return atTheEnd(b, a);
  return logKernel(place) - Math.log(x) - Math.log1p(-x);
}

/** x with P(X ≤ x) = p, 0 ≤ p ≤ 1, sought on the logit scale. */
export function betaQuantile(p: number, a: number, b: number): number {
  positive("a", a);
  positive("b", b);
  probability("p", p);
  if (p === 0 || p === 1) return p;
  const excess =
    p <= 0.5
      ? (logit: number) => Math.log(betaCdf(shareOf(logit), a, b) / p)
      : (logit: number) => Math.log((1 - p) / betaSf(shareOf(logit), a, b));
  const middle = Math.log(a / b);
  let width = 1 / Math.sqrt(Math.min(a, b));
  while (excess(middle - width) > 0 || excess(middle + width) < 0) width *= 2;
  return shareOf(findRoot(excess, middle - width, middle + width));
}

function shareOf(logit: number): number {
  return 1 / (1 + Math.exp(-logit));
}

function atTheEnd(here: number, there: number): number {
  if (here === 1) return Math.log(there);
  return here > 1 ? -Infinity : Infinity;
}

function placeOf(x: number, a: number, b: number): Place {
  point("x", x);
  positive("a", a);
  positive("b", b);
  const total = a + b;
  const head = Math.fround(x);
  const totalHead = Math.fround(total);
  const beyond = head * totalHead - a + (head * (total - totalHead) + (x - head) * total);
  return { x, y: 1 - x, a, b, beyond };
}
