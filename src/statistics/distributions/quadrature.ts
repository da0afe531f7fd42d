/** Integrals of smooth functions by Gauss and Legendre's rule. */
import { finite } from "./parameters.js";

/** Where a rule on [−1, 1] looks, and what each look weighs. */
interface QuadratureRule {
  readonly nodes: readonly number[];
  readonly weights: readonly number[];
}

const known = new Map<number, QuadratureRule>();

/** ∫ f from `from` to `to`, exact for polynomials of degree up to 2·nodes − 1 (Abramowitz & Stegun, 1964, 25.4.30). */
export function gaussLegendre(f: (x: number) => number, from: number, to: number, nodes = 64): number {
  finite("from", from);
  finite("to", to);
  const rule = nodesAndWeights(nodes);
  const middle = 0.5 * (from + to);
  const half = 0.5 * (to - from);
  return (
    half * rule.nodes.reduce((sum, node, at) => sum + (rule.weights[at] ?? 0) * f(middle + half * node), 0)
  );
}

/** The rule of `count` nodes on [−1, 1], nodes ascending; computed once. */
export function nodesAndWeights(count: number): QuadratureRule {
  const kept = known.get(count);
  if (kept !== undefined) return kept;
  if (!(Number.isInteger(count) && count >= 1))
    throw new RangeError(`count must be a whole number of at least 1, got ${count}.`);
  const ascending = Array.from({ length: count }, (_, at) => nodeAndWeight(count, count - at));
  const rule = { nodes: ascending.map(({ node }) => node), weights: ascending.map(({ weight }) => weight) };
  known.set(count, rule);
  return rule;
}

/** The `at`-th zero of the Legendre polynomial from above, by Newton's method (Abramowitz & Stegun, 1964, 22.16.6). */
function nodeAndWeight(count: number, at: number): { readonly node: number; readonly weight: number } {
  let node = Math.cos((Math.PI * (at - 0.25)) / (count + 0.5));
  let slope = 0;
  for (let round = 0; round < 6; round += 1) {
    const legendre = legendreAt(count, node);
    slope = legendre.slope;
    node -= legendre.value / slope;
  }
  return { node, weight: 2 / ((1 - node * node) * slope * slope) };
}

function legendreAt(degree: number, x: number): { readonly value: number; readonly slope: number } {
  let before = 0;
  let value = 1;
  for (let n = 1; n <= degree; n += 1)
    [before, value] = [value, ((2 * n - 1) * x * value - (n - 1) * before) / n];
  return { value, slope: (degree * (x * value - before)) / (x * x - 1) };
}
