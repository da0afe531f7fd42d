/** The standard normal distribution, precise to the last representable tail. */
import { point, probability } from "./parameters.js";
import { halfLogTwoPi } from "./stirling.js";

const rootTwoPi = Math.sqrt(2 * Math.PI);

/** From here on ½ less the body's series would lose digits, and the tail's continued fraction is short enough. */
const tail = 2;

/** φ(x) = exp(−x²/2)/√(2π). */
export function normalDensity(x: number): number {
  point("x", x);
  return scaledByBell(x, 1 / rootTwoPi);
}

/** Φ(x) = P(Z ≤ x). */
export function normalCdf(x: number): number {
  return normalSf(-x);
}

/** 1 − Φ(x) = P(Z > x), by itself where it is small (Marsaglia, 2004; Abramowitz & Stegun, 1964, 26.2.14). */
export function normalSf(x: number): number {
  point("x", x);
  if (x >= tail) return scaledByBell(x, millsRatio(x) / rootTwoPi);
  return x <= -tail ? 1 - normalSf(-x) : 0.5 - scaledByBell(x, bodySeries(x) / rootTwoPi);
}

/** ln(1 − Φ(x)), far beyond where 1 − Φ(x) itself is 0. */
export function logNormalSf(x: number): number {
  point("x", x);
  if (x >= tail) return -0.5 * x * x - halfLogTwoPi + Math.log(millsRatio(x));
  return x <= 0 ? Math.log1p(-normalSf(-x)) : Math.log(normalSf(x));
}

/** exp(−x²/2) at each sixteenth from 0 to 40. */
const bell = Float64Array.from({ length: 641 }, (_none, at) => Math.exp(-0.5 * (at / 16) * (at / 16)));

/** factor · exp(−x²/2), the exponent in two parts of which the larger is exact. */
function scaledByBell(x: number, factor: number): number {
  if (Math.abs(x) > 40) return 0;
  const sixteenths = Math.round(x * 16);
  const near = sixteenths / 16;
  return (bell[Math.abs(sixteenths)] ?? 0) * (factor * Math.exp(-0.5 * (x - near) * (x + near)));
}

/** x + x³/3 + x⁵/(3·5) + …, which is (Φ(x) − ½)/φ(x) (Marsaglia, 2004, "Evaluating the normal distribution"). */
function bodySeries(x: number): number {
  let term = x;
  let sum = x;
  for (let odd = 3; Math.abs(term) > 1e-17 * Math.abs(sum); odd += 2) {
    term *= (x * x) / odd;
    sum += term;
  }
  return sum;
}

/** (1 − Φ(x))/φ(x) = 1/(x + 1/(x + 2/(x + 3/(x + …)))), from the inside out (Abramowitz & Stegun, 1964, 26.2.14). */
function millsRatio(x: number): number {
  let value = x;
  for (let n = Math.ceil(10 + 440 / (x * x)); n > 0; n -= 1) value = x + n / value;
  return 1 / value;
}

/** The ratio of two polynomials at x, their coefficients from the constant up. */
function ratioAt(x: number, above: readonly number[], below: readonly number[]): number {
  const at = (polynomial: readonly number[]) =>
    polynomial.reduceRight((sum, coefficient) => sum * x + coefficient, 0);
  return at(above) / at(below);
}

// prettier-ignore
const quantileInside = [
  [3.3871328727963665, 133.14166789178438, 1971.5909503065513, 13731.69376550946,
   45921.95393154987, 67265.7709270087, 33430.57558358813, 2509.0809287301227],
  [1, 42.31333070160091, 687.1870074920579, 5394.196021424751,
   21213.794301586597, 39307.89580009271, 28729.085735721943, 5226.495278852854],
] as const;
// prettier-ignore
const quantileBetween = [
  [1.4234371107496835, 4.630337846156546, 5.769497221460691, 3.6478483247632045,
   1.2704582524523684, 0.2417807251774506, 0.022723844989269184, 0.0007745450142783414],
  [1, 2.053191626637759, 1.6763848301838038, 0.6897673349851,
   0.14810397642748008, 0.015198666563616457, 0.0005475938084995345, 1.0507500716444169e-9],
] as const;
// prettier-ignore
const quantileOutside = [
  [6.657904643501103, 5.463784911164114, 1.7848265399172913, 0.29656057182850487,
   0.026532189526576124, 0.0012426609473880784, 2.7115555687434876e-5, 2.0103343992922881e-7],
  [1, 0.599832206555888, 0.1369298809227358, 0.014875361290850615,
   0.0007868691311456133, 1.8463183175100548e-5, 1.421511758316446e-7, 2.0442631033899397e-15],
] as const;

/** z with Φ(z) = p, 0 ≤ p ≤ 1 (Wichura, 1988, "Algorithm AS 241", PPND16). */
export function normalQuantile(p: number): number {
  probability("p", p);
  const centred = p - 0.5;
  if (Math.abs(centred) <= 0.425) return centred * ratioAt(0.180625 - centred * centred, ...quantileInside);
  const share = Math.min(p, 1 - p);
  if (share === 0) return centred * Infinity;
  const depth = Math.sqrt(-Math.log(share));
  const size = depth <= 5 ? ratioAt(depth - 1.6, ...quantileBetween) : ratioAt(depth - 5, ...quantileOutside);
  return Math.sign(centred) * size;
}
