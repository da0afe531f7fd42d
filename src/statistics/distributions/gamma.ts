/** The gamma function's logarithm, the beta function's, and the regularised incomplete gamma functions. */
import { longest, point, positive, settled } from "./parameters.js";
import { halfLogTwoPi, log1pmx, logGammaOf, stirlingError } from "./stirling.js";

/** ln Γ(x), x > 0 (Abramowitz & Stegun, 1964, 6.1.33 and 6.1.41). */
export function logGamma(x: number): number {
  positive("x", x);
  return logGammaOf(x);
}

/** ln B(a, b), a and b > 0, without cancellation (Didonato & Morris, 1992, "Algorithm 708", BETALN). */
export function logBeta(a: number, b: number): number {
  positive("a", a);
  positive("b", b);
  const [small, big] = a < b ? [a, b] : [b, a];
  const ratio = small / big;
  const errors = stirlingError(small) + stirlingError(big) - stirlingError(small + big);
  const shares = (small - 0.5) * Math.log(ratio / (1 + ratio)) - big * Math.log1p(ratio);
  return shares - 0.5 * Math.log(big) + halfLogTwoPi + errors;
}

/** P(a, x), the lower regularised incomplete gamma function: a > 0, x ≥ 0 (DLMF, 8.2.4). */
export function gammaP(a: number, x: number): number {
  return incompleteGamma(a, x).lower;
}

/** Q(a, x) = 1 − P(a, x), computed by itself where it is small (DLMF, 8.2.4). */
export function gammaQ(a: number, x: number): number {
  return incompleteGamma(a, x).upper;
}

function incompleteGamma(a: number, x: number): { readonly lower: number; readonly upper: number } {
  positive("a", a);
  point("x", x);
  if (x <= 0) return { lower: 0, upper: 1 };
  if (x === Infinity) return { lower: 1, upper: 0 };
  const scale = Math.sqrt(a / 2 / Math.PI) * Math.exp(a * log1pmx((x - a) / a, x / a) - stirlingError(a));
  if (x < a + 1) {
    const lower = (scale / a) * lowerSeries(a, x);
    return { lower, upper: 1 - lower };
  }
  const upper = scale * upperFraction(a, x);
  return { lower: 1 - upper, upper };
}

/** Σ xⁿ / ((a + 1) … (a + n)) (DLMF, 8.11.4). */
function lowerSeries(a: number, x: number): number {
  let term = 1;
  let sum = 1;
  for (let n = 1; term > sum * 1e-17; n += 1) {
    term *= x / (a + n);
    sum += term;
  }
  return sum;
}

/** 1/(x + 1 − a − 1(1 − a)/(x + 3 − a − 2(2 − a)/(x + 5 − a − …))) (DLMF, 8.9.2), by Lentz's method. */
function upperFraction(a: number, x: number): number {
  let denominator = x + 1 - a;
  let below = 1 / denominator;
  let above = Infinity;
  let value = below;
  for (let n = 1, change = 0; Math.abs(change - 1) > settled && n < longest; n += 1) {
    const numerator = n * (a - n);
    denominator += 2;
    below = 1 / (denominator + numerator * below);
    above = denominator + numerator / above;
    change = above * below;
    value *= change;
  }
  return value;
}
