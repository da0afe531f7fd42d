/** A posterior as a curve: where its mass lies and how it is integrated, whatever its family. */
import { gaussLegendre } from "../distributions/quadrature.js";
import type { Interval } from "../samples.js";

/** A distribution on an axis of its family's choice; outside its interval the density is below exp(−40) of its highest. */
export interface Curve extends Interval {
  /** ln of the density, 0 where it is highest. */
  readonly logDensity: (at: number) => number;
  /** P(X ≤ at). */
  readonly below: (at: number) => number;
  /** P(X > at). */
  readonly above: (at: number) => number;
}

/** How far, in ln, the density has fallen at the ends of a curve's range. */
export const DEPTH = 40;

/**
 * ∫ f from one point to another, where f is made of functions that each change within one of `ranges` only. Every end
 * of a range ends a piece, so that no function is narrower than a piece it changes in: a steep one and a wide one, near
 * or far apart, are all met by the nodes.
 */
export function integrateAcross(
  ranges: readonly Interval[],
  f: (at: number) => number,
  from: number,
  to: number,
): number {
  const ends = ranges.flatMap(({ lower, upper }) => [lower, upper]).filter((end) => end > from && end < to);
  let start = from;
  let sum = 0;
  for (const end of [...ends.sort((one, other) => one - other), to]) {
    if (end > start) sum += gaussLegendre(f, start, end);
    start = end;
  }
  return sum;
}

/**
 * For each of independent posteriors the chance that its value is the greatest: ∫ fᵢ Π Fⱼ, each density over its own
 * range and divided by its own integral. Right to about 1e-14, absolutely.
 */
export function chancesToBeBest(curves: readonly Curve[]): number[] {
  const chances = curves.map((curve) => {
    const others = curves.filter((other) => other !== curve);
    const density = (at: number): number => Math.exp(curve.logDensity(at));
    const beatsAll = (at: number): number =>
      others.reduce((chance, other) => chance * other.below(at), density(at));
    const { lower, upper } = curve;
    return integrateAcross(curves, beatsAll, lower, upper) / integrateAcross(curves, density, lower, upper);
  });
  const total = chances.reduce((sum, chance) => sum + chance, 0);
  return chances.map((chance) => chance / total);
}
