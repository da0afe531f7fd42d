/** What Stirling's formula leaves over, and what ln(1 + u) leaves over: with them nothing large is subtracted from another. */

/** ½ ln 2π. */
export const halfLogTwoPi = 0.918_938_533_204_672_8;

/** B₂ₖ / (2k(2k − 1)) for k = 1 … 7. */
const stirlingSeries = [1 / 12, -1 / 360, 1 / 1260, -1 / 1680, 1 / 1188, -691 / 360_360, 1 / 156];

/** From here on seven terms of Stirling's series are exact to the last digit. */
const large = 10;

/** 1 − γ, Euler's constant. */
const oneLessEuler = 0.422_784_335_098_467_13;

/** ζ(k) − 1 for k = 2 … 26. */
const zetaLessOne = [
  0.6449340668482264, 0.2020569031595943, 0.08232323371113819, 0.03692775514336993, 0.01734306198444914,
  0.008349277381922827, 0.00407735619794434, 0.0020083928260822143, 0.0009945751278180853,
  0.0004941886041194645, 0.0002460865533080483, 0.00012271334757848915, 6.124813505870483e-5,
  3.058823630702049e-5, 1.528225940865187e-5, 7.637197637899763e-6, 3.81729326499984e-6, 1.908212716553939e-6,
  9.539620338727962e-7, 4.769329867878064e-7, 2.38450502727733e-7, 1.1921992596531106e-7,
  5.960818905125948e-8, 2.980350351465228e-8, 1.4901554828365043e-8,
];

/** ln Γ(x), x > 0, as precise beside its zeros at 1 and 2 as elsewhere. */
export function logGammaOf(x: number): number {
  if (x >= large) return (x - 0.5) * Math.log(x) - x + halfLogTwoPi + stirlingError(x);
  let near = x;
  let factor = 1;
  for (; near > 2.5; factor *= near) near -= 1;
  if (near < 0.5) return logGammaBesideTwo(near) - Math.log(near) - Math.log1p(near);
  if (near < 1.5) return logGammaBesideTwo(near - 1) - Math.log(near);
  return logGammaBesideTwo(near - 2) + Math.log(factor);
}

/** δ(x) = ln Γ(x) − [(x − ½) ln x − x + ½ ln 2π], x > 0 (Abramowitz & Stegun, 1964, 6.1.41). */
export function stirlingError(x: number): number {
  if (x < large) return logGammaOf(x) - (x - 0.5) * Math.log(x) + x - halfLogTwoPi;
  const inverseSquare = 1 / (x * x);
  return stirlingSeries.reduceRight((sum, coefficient) => sum * inverseSquare + coefficient, 0) / x;
}

/**
 * ln(1 + u) − u, u > −1, by the series of the inverse hyperbolic tangent where the two are near each other.
 * Beside −1 the sum 1 + u says more than u does.
 */
export function log1pmx(u: number, sum: number): number {
  if (Math.abs(u) > 0.5) return Math.log(sum) - u;
  const ratio = u / (2 + u);
  const square = ratio * ratio;
  let rest = 0;
  let power = square;
  for (let odd = 3; power > 1e-17 * Math.abs(u); odd += 2) {
    rest += power / odd;
    power *= square;
  }
  return ratio * (2 * rest - u);
}

/** ln Γ(2 + z) = (1 − γ)z + Σ (−1)ᵏ (ζ(k) − 1) zᵏ / k, |z| ≤ ½ (Abramowitz & Stegun, 1964, 6.1.33). */
function logGammaBesideTwo(z: number): number {
  const curved = zetaLessOne.reduceRight((sum, coefficient, at) => coefficient / (at + 2) - z * sum, 0);
  return z * (oneLessEuler + z * curved);
}
