/** Several tests at once: p-values and e-values that still mean what they say when there are many. */
import { between, countWithin } from "./ranges.js";

/** Against even one false discovery, for any dependence. Dunn 1961, "Multiple comparisons among means". */
export function bonferroni(pValues: readonly number[]): number[] {
  check(pValues);
  return pValues.map((p) => Math.min(1, pValues.length * p));
}

/**
 * Against even one false discovery, for any dependence, and never weaker than Bonferroni's.
 * Holm 1979, "A simple sequentially rejective multiple test procedure".
 */
export function holm(pValues: readonly number[]): number[] {
  const count = pValues.length;
  return adjust(pValues, (ascending) => {
    let largest = 0;
    return ascending.map((p, index) => (largest = Math.max(largest, Math.min(1, (count - index) * p))));
  });
}

/**
 * The expected share of false discoveries, for independent or positively dependent tests.
 * Benjamini & Hochberg 1995, "Controlling the false discovery rate".
 */
export function benjaminiHochberg(pValues: readonly number[]): number[] {
  return adjust(pValues, (ascending) => stepUp(ascending, 1));
}

/**
 * The expected share of false discoveries, for any dependence.
 * Benjamini & Yekutieli 2001, "The control of the false discovery rate in multiple testing under dependency".
 */
export function benjaminiYekutieli(pValues: readonly number[]): number[] {
  const harmonic = pValues.reduce((sum, _, index) => sum + 1 / (index + 1), 0);
  return adjust(pValues, (ascending) => stepUp(ascending, harmonic));
}

/**
 * The indices, ascending, that e-values reject with an expected share of false discoveries of at most alpha, for any
 * dependence. e-values are 0 or more, infinity included.
 * Wang & Ramdas 2022, "False discovery rate control with e-values", arXiv 2009.02824.
 */
export function eBenjaminiHochberg({
  eValues,
  alpha,
}: {
  readonly eValues: readonly number[];
  readonly alpha: number;
}): number[] {
  between("alpha", alpha, 0, 1);
  for (const e of eValues) countWithin("e-value", e, Infinity);
  const descending = eValues.map((e, index) => ({ e, index })).toSorted((a, b) => b.e - a.e);
  const rejected = descending.findLastIndex(({ e }, rank) => (rank + 1) * alpha * e >= eValues.length) + 1;
  return descending
    .slice(0, rejected)
    .map(({ index }) => index)
    .toSorted((a, b) => a - b);
}

function stepUp(ascending: readonly number[], factor: number): number[] {
  let least = 1;
  return ascending.reduceRight<number[]>((adjusted, p, index) => {
    least = Math.min(least, ((factor * ascending.length) / (index + 1)) * p);
    adjusted[index] = least;
    return adjusted;
  }, []);
}

/** Takes the p-values in ascending order and gives the answers back in their own. */
function adjust(
  pValues: readonly number[],
  inOrder: (ascending: readonly number[]) => readonly number[],
): number[] {
  check(pValues);
  const order = pValues.map((p, index) => ({ p, index })).toSorted((a, b) => a.p - b.p);
  const adjusted = inOrder(order.map(({ p }) => p));
  const answers = [...pValues];
  order.forEach(({ index }, rank) => (answers[index] = adjusted[rank] ?? 1));
  return answers;
}

function check(pValues: readonly number[]): void {
  for (const p of pValues) countWithin("p-value", p, 1);
}
