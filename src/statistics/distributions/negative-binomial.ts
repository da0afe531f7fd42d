/** The negative binomial distribution: counts that vary more than chance alone would have them. */
import { atLeast } from "../ranges.js";
import { incompleteBeta } from "./incomplete-beta.js";
import { point, positive } from "./parameters.js";

/**
 * P(Y ≤ y) of a count with mean mu ≥ 0 and variance mu + mu²/size, size > 0
 * (Johnson, Kemp & Kotz, 2005, "Univariate Discrete Distributions", 5.6).
 */
export function negativeBinomialCdf(y: number, mu: number, size: number): number {
  return upTo(y, mu, size).lower;
}

/** P(Y ≥ y) of the same count: it includes y, as both tails of a test do. */
export function negativeBinomialSf(y: number, mu: number, size: number): number {
  return upTo(Math.ceil(y) - 1, mu, size).upper;
}

/** P(Y ≤ y) = I at (size, y + 1) of size/(size + mu), and P(Y > y). */
function upTo(y: number, mu: number, size: number): { readonly lower: number; readonly upper: number } {
  point("y", y);
  atLeast("mu", mu, 0);
  positive("size", size);
  const below = Math.floor(y) + 1;
  if (below <= 0) return { lower: 0, upper: 1 };
  if (below === Infinity) return { lower: 1, upper: 0 };
  return incompleteBeta({
    x: size / (size + mu),
    y: mu / (size + mu),
    a: size,
    b: below,
    beyond: (size * (below - mu)) / (size + mu),
  });
}
