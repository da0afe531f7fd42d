/** Counts drawn by chance, as fast for a million units as for ten. */
import { logGamma } from "../../../src/statistics/distributions/gamma.js";
import type { Random } from "./random.js";

/** Below this mean counting up is faster, and the transformed rejection does not hold. */
const leastMean = 10;

/** How many of `n` units did, each with the chance `rate`. */
export function binomial(random: Random, n: number, rate: number): number {
  if (rate > 0.5) return n - binomial(random, n, 1 - rate);
  if (n === 0 || rate <= 0) return 0;
  return n * rate < leastMean ? countedUp(random, n, rate) : drawn(random, binomialShape(n, rate));
}

/** Events of a Poisson process. */
export function poisson(random: Random, mean: number): number {
  if (mean <= 0) return 0;
  if (mean >= leastMean) return drawn(random, poissonShape(mean));
  const limit = Math.exp(-mean);
  let [count, product] = [0, random.uniform()];
  while (product > limit) {
    product *= random.uniform();
    count += 1;
  }
  return count;
}

/** Of variance mean + dispersion · mean². */
export function negativeBinomial(random: Random, mean: number, dispersion: number): number {
  if (dispersion === 0) return poisson(random, mean);
  return poisson(random, mean * dispersion * gamma(random, 1 / dispersion));
}

/** How many units went to each arm, by weights that sum to 1. */
export function multinomial(random: Random, n: number, weights: readonly number[]): number[] {
  let [left, weightLeft] = [n, 1];
  return weights.map((weight, arm) => {
    const isLast = arm === weights.length - 1;
    const count = isLast ? left : binomial(random, left, Math.min(1, weight / weightLeft));
    left -= count;
    weightLeft -= weight;
    return count;
  });
}

/** Of scale 1 and a shape of at least 1 (Marsaglia & Tsang, "A simple method for generating gamma variables", 2000). */
function gamma(random: Random, shape: number): number {
  const d = shape - 1 / 3;
  const c = 1 / Math.sqrt(9 * d);
  for (;;) {
    const x = random.normal();
    const v = (1 + c * x) ** 3;
    if (v > 0 && Math.log(random.uniform()) < x ** 2 / 2 + d - d * v + d * Math.log(v)) return d * v;
  }
}

/** Along the chances of 0, 1, 2 … successes; for small means. */
function countedUp(random: Random, n: number, rate: number): number {
  const odds = rate / (1 - rate);
  let chance = Math.exp(n * Math.log1p(-rate));
  let left = random.uniform();
  let count = 0;
  while (left > chance && count < n) {
    left -= chance;
    count += 1;
    chance *= (odds * (n - count + 1)) / count;
  }
  return count;
}

/** A distribution to be drawn from by rejection, and the constants that were fitted to its family. */
interface Shape {
  readonly centre: number;
  readonly most: number;
  /** ln of a count's chance over `height`, but for a constant that `height` shares. */
  readonly logChance: (count: number) => number;
  readonly a: number;
  readonly b: number;
  readonly height: number;
  /** Below it no chance has to be worked out. */
  readonly quick: number;
}

/** BTRS of Hörmann, "The generation of binomial random variates", J. Stat. Comput. Simul. 46 (1993). */
function binomialShape(n: number, rate: number): Shape {
  const sd = Math.sqrt(n * rate * (1 - rate));
  const b = 1.15 + 2.53 * sd;
  const logOdds = Math.log(rate / (1 - rate));
  const logWeight = (count: number): number =>
    count * logOdds - logGamma(count + 1) - logGamma(n - count + 1);
  const logHighest = logWeight(Math.floor((n + 1) * rate));
  return {
    centre: n * rate + 0.5,
    most: n,
    logChance: (count) => logWeight(count) - logHighest,
    a: -0.0873 + 0.0248 * b + 0.01 * rate,
    b,
    height: (2.83 + 5.1 / b) * sd,
    quick: 0.92 - 4.2 / b,
  };
}

/** PTRS of his "The transformed rejection method for generating Poisson random variables", IME 12 (1993). */
function poissonShape(mean: number): Shape {
  const b = 0.931 + 2.53 * Math.sqrt(mean);
  const logMean = Math.log(mean);
  return {
    centre: mean + 0.43,
    most: Infinity,
    logChance: (count) => count * logMean - mean - logGamma(count + 1),
    a: -0.059 + 0.02483 * b,
    b,
    height: 1.1239 + 1.1328 / (b - 3.4),
    quick: 0.9277 - 3.6224 / (b - 2),
  };
}

/** Transformed rejection: a table mountain is thrown at, and most throws hit without a look at the chance itself. */
function drawn(random: Random, { centre, most, logChance, a, b, height, quick }: Shape): number {
  for (;;) {
    const u = random.uniform() - 0.5;
    const v = random.uniform();
    const us = 0.5 - Math.abs(u);
    const count = Math.floor(((2 * a) / us + b) * u + centre);
    if (us >= 0.07 && v <= quick) return count;
    if (count < 0 || count > most) continue;
    if (Math.log((v * height) / (a / us ** 2 + b)) <= logChance(count)) return count;
  }
}
