/** Where a function of one number crosses zero. */
import { finite } from "./parameters.js";

/** An end of the bracket. */
interface End {
  readonly x: number;
  readonly y: number;
}

/**
 * The root of f between `lower` and `upper`, at which f has different signs, to the last digits. Bisection and
 * inverse quadratic interpolation (Chandrupatla, 1997, "A new hybrid quadratic/bisection algorithm").
 */
export function findRoot(f: (x: number) => number, lower: number, upper: number): number {
  finite("lower", lower);
  finite("upper", upper);
  let before: End = { x: lower, y: f(lower) };
  let latest: End = { x: upper, y: f(upper) };
  let outside = before;
  if (!(Math.sign(before.y) * Math.sign(latest.y) <= 0))
    throw new RangeError(
      `f must change its sign from ${lower} to ${upper}, got ${before.y} and ${latest.y}.`,
    );
  for (let part = 0.5; ; part = nextPart(latest, before, outside)) {
    const best = Math.abs(before.y) < Math.abs(latest.y) ? before : latest;
    const finest = (2 * Number.EPSILON * Math.abs(best.x) + Number.MIN_VALUE) / Math.abs(latest.x - before.x);
    if (best.y === 0 || finest > 0.5) return best.x;
    const x = latest.x + Math.min(1 - finest, Math.max(finest, part)) * (before.x - latest.x);
    const next = { x, y: f(x) };
    if (Math.sign(next.y) === Math.sign(latest.y)) outside = latest;
    else [outside, before] = [before, latest];
    latest = next;
  }
}

/** How far from the latest end to the other one to look next: by interpolation where that can be trusted, else half. */
function nextPart(latest: End, before: End, outside: End): number {
  const place = (latest.x - before.x) / (outside.x - before.x);
  const height = (latest.y - before.y) / (outside.y - before.y);
  if (!(height ** 2 < place && (1 - height) ** 2 < 1 - place)) return 0.5;
  const first = (latest.y / (before.y - latest.y)) * (outside.y / (before.y - outside.y));
  const second = (latest.y / (outside.y - latest.y)) * (before.y / (outside.y - before.y));
  return first + ((outside.x - latest.x) / (before.x - latest.x)) * second;
}
