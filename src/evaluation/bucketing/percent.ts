/** Percentages on the grid of a thousandth of a percent, and the whole weights that they stand for. */

/** The weights of a split written by percentages sum to this; one unit is 0.001 %. */
export const GRID = 100_000;
const UNITS = GRID / 100;

/** The weight of a percentage from 0 to 100 with at most three decimals; undefined for anything else. Exact. */
export function percentToWeight(percent: number): number | undefined {
  const weight = Math.round(percent * UNITS) + 0;
  return weight >= 0 && weight <= GRID && weight / UNITS === percent ? weight : undefined;
}

/** The percentage that a weight is of a sum of weights; exact on the grid. */
export function weightToPercent(weight: number, sum = GRID): number {
  return sum === GRID ? weight / UNITS : (weight * 100) / sum;
}
