/** Sums stay whole numbers until the last step: where large ones nearly cancel, a double would keep nothing of what is left. */
import type { ExposureSum, MetricSum } from "../../tracking/index.js";

/** Values have at most so many decimals, and their squares and products twice as many. */
const DECIMALS = 6;
const UNIT = 10n ** BigInt(DECIMALS);

/** Sums over units. y, d and x are in millionths, their squares and products in millionths of millionths. */
export interface ExactSums {
  readonly n: number;
  /** Units whose y is not 0. */
  readonly nonzero: number;
  readonly y: bigint;
  readonly yy: bigint;
  readonly d: bigint;
  readonly dd: bigint;
  readonly yd: bigint;
  readonly x: bigint;
  readonly xx: bigint;
  readonly xy: bigint;
}

export const noUnits: ExactSums = {
  ...{ n: 0, nonzero: 0, y: 0n, yy: 0n, d: 0n, dd: 0n, yd: 0n, x: 0n, xx: 0n, xy: 0n },
};

export function exactExposures({ n, sumX, sumXx }: ExposureSum): ExactSums {
  return { ...noUnits, n, x: scaled(sumX, DECIMALS), xx: scaled(sumXx, 2 * DECIMALS) };
}

/** Without the units themselves, which exposures count. */
export function exactOutcomes({ nonzero, sumY, sumYy, sumD, sumDd, sumYd, sumXy }: MetricSum): ExactSums {
  return {
    ...noUnits,
    nonzero,
    y: scaled(sumY, DECIMALS),
    yy: scaled(sumYy, 2 * DECIMALS),
    d: scaled(sumD, DECIMALS),
    dd: scaled(sumDd, 2 * DECIMALS),
    yd: scaled(sumYd, 2 * DECIMALS),
    xy: scaled(sumXy, 2 * DECIMALS),
  };
}

export function added(one: ExactSums, other: ExactSums): ExactSums {
  return {
    n: one.n + other.n,
    nonzero: one.nonzero + other.nonzero,
    y: one.y + other.y,
    yy: one.yy + other.yy,
    d: one.d + other.d,
    dd: one.dd + other.dd,
    yd: one.yd + other.yd,
    x: one.x + other.x,
    xx: one.xx + other.xx,
    xy: one.xy + other.xy,
  };
}

/** Decimal text as a whole number of 10^−decimals. Throws a RangeError for what is no such number. */
function scaled(text: string, decimals: number): bigint {
  if (text === "0") return 0n;
  const [, sign, whole = "", fraction = ""] = /^(-?)(\d+)(?:\.(\d+))?$/.exec(text) ?? [];
  if (sign === undefined || fraction.length > decimals)
    throw new RangeError(`A sum must be a decimal number of at most ${decimals} decimals, got ${text}.`);
  const digits = BigInt(whole + fraction.padEnd(decimals, "0"));
  return sign === "-" ? -digits : digits;
}

/** An estimate and its variance; see `ArmEstimate` of the statistics. */
export interface Moments {
  readonly estimate: number;
  readonly variance: number;
}

/** Σy/n, and (nΣy² − (Σy)²)/(n²(n − 1)). Fewer than two units tell nothing of the variance. */
export function meanMoments({ n, y, yy }: ExactSums): Moments {
  if (n === 0) return { estimate: 0, variance: Infinity };
  const units = BigInt(n);
  const estimate = quotient(y, units * UNIT);
  if (n < 2) return { estimate, variance: Infinity };
  const squares = atLeastNothing(units * yy - y * y);
  return { estimate, variance: quotient(squares, units * units * (units - 1n) * UNIT * UNIT) };
}

/**
 * Σy/Σd, and by the delta method n·Σ(y − Rd)²/((n − 1)(Σd)²), R being Σy/Σd. The residuals sum to exactly 0.
 * Deng, Knoblich & Lu 2018, "Applying the delta method in metric analytics".
 */
export function ratioMoments({ n, y, yy, d, dd, yd }: ExactSums): Moments {
  if (d === 0n) return { estimate: 0, variance: Infinity };
  const estimate = quotient(y, d);
  if (n < 2) return { estimate, variance: Infinity };
  const squares = atLeastNothing(yy * d * d - 2n * y * d * yd + y * y * dd);
  return { estimate, variance: quotient(BigInt(n) * squares, d ** 4n * BigInt(n - 1)) };
}

/** Where the sums lie, so that what is left of them after it is taken off is small. */
export interface Centre {
  readonly y: bigint;
  readonly x: bigint;
}

/** The means, to the next millionth. */
export function centreOf({ n, y, x }: ExactSums): Centre {
  return n === 0 ? { y: 0n, x: 0n } : { y: y / BigInt(n), x: x / BigInt(n) };
}

export function centreValue({ y }: Centre): number {
  return quotient(y, UNIT);
}

/** The sums of y − centre.y and x − centre.x, as the statistics take them. */
export function centredSums({ n, y, yy, x, xx, xy }: ExactSums, centre: Centre) {
  const units = BigInt(n);
  const first = (sum: bigint, at: bigint) => quotient(sum - units * at, UNIT);
  const second = (product: bigint, one: bigint, other: bigint, [a, b]: readonly [bigint, bigint]) =>
    quotient(product - b * one - a * other + units * a * b, UNIT * UNIT);
  return {
    n,
    sum: first(y, centre.y),
    sumSquares: second(yy, y, y, [centre.y, centre.y]),
    covariateSum: first(x, centre.x),
    covariateSumSquares: second(xx, x, x, [centre.x, centre.x]),
    productSum: second(xy, y, x, [centre.y, centre.x]),
  };
}

function atLeastNothing(squares: bigint): bigint {
  return squares < 0n ? 0n : squares;
}

/** How many bits of a quotient are worked out; a double keeps 53. */
const BITS = 64;

/** One divided by the other to the last digit of a double, however large both are. */
export function quotient(numerator: bigint, denominator: bigint): number {
  if (numerator < 0n) return -quotient(-numerator, denominator);
  if (denominator < 0n) return -quotient(numerator, -denominator);
  const shift = BITS + lengthOf(denominator) - lengthOf(numerator);
  const digits =
    shift > 0 ? (numerator << BigInt(shift)) / denominator : numerator / (denominator << BigInt(-shift));
  return Number(digits) * 2 ** -shift;
}

/** In bits, to within three. */
function lengthOf(whole: bigint): number {
  return 4 * whole.toString(16).length;
}
