/** The regularised incomplete beta function, on which the beta, t and negative binomial distributions stand. */
import { longest, settled } from "./parameters.js";
import { log1pmx, stirlingError } from "./stirling.js";

/** A point of the unit interval, told so that nothing of it is lost at either end. */
export interface Place {
  readonly x: number;
  /** 1 − x. */
  readonly y: number;
  readonly a: number;
  readonly b: number;
  /** (a + b)x − a: how far x lies beyond the mean. */
  readonly beyond: number;
}

/** I_x(a, b) and 1 − I_x(a, b), the smaller of them computed by itself (Didonato & Morris, 1992, "Algorithm 708"). */
export function incompleteBeta(place: Place): { readonly lower: number; readonly upper: number } {
  const { x, y, a, b, beyond } = place;
  if (x <= 0) return { lower: 0, upper: 1 };
  if (y <= 0) return { lower: 1, upper: 0 };
  if (beyond + x <= y) {
    const lower = smaller(place);
    return { lower, upper: 1 - lower };
  }
  const upper = smaller({ x: y, y: x, a: b, b: a, beyond: -beyond });
  return { lower: 1 - upper, upper };
}

/** ln(xᵃ yᵇ / B(a, b)), the large parts cancelled on paper. */
export function logKernel({ x, y, a, b, beyond }: Place): number {
  const errors = stirlingError(a + b) - stirlingError(a) - stirlingError(b);
  const distance = a * log1pmx(beyond / a, (x / a) * (a + b)) + b * log1pmx(-beyond / b, (y / b) * (a + b));
  return 0.5 * Math.log((a / (a + b)) * (b / 2 / Math.PI)) + distance + errors;
}

function smaller(place: Place): number {
  return Math.min(1, Math.exp(logKernel(place)) / fraction(place));
}

/** β₁ + α₁/(β₂ + α₂/(β₃ + …)) by Lentz's method (Didonato & Morris, 1992, (9)). */
function fraction({ x, y, a, b, beyond }: Place): number {
  const short = 1 - beyond;
  let value = (a * short) / (a + 1);
  let above = value;
  let below = 0;
  for (let n = 1, change = 0; Math.abs(change - 1) > settled && n < longest; n += 1) {
    const step = a + 2 * n - 1;
    const numerator = ((a + n - 1) / step) * ((a + b + n - 1) / step) * n * (b - n) * x * x;
    const denominator = n + (n * (b - n) * x) / step + ((a + n) * (short + n * (1 + y))) / (step + 2);
    below = 1 / (denominator + numerator * below);
    above = denominator + numerator / above;
    change = above * below;
    value *= change;
  }
  return value;
}
