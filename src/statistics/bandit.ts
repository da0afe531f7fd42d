/** How a bandit shares out the next batch by what it has seen, and how its batches are judged afterwards. */
import { betaCurve, betaPosterior } from "./bayesian/beta-posterior.js";
import { chancesToBeBest, type Curve } from "./bayesian/curve.js";
import { normalCurve, normalPosterior } from "./bayesian/normal-posterior.js";
import { normalSf } from "./distributions/normal.js";
import { atLeast, between, countWithin } from "./ranges.js";
import { type Mean, meanOf, type Proportion, type Sample, varianceOf } from "./samples.js";

/** What no arm falls below: an arm that is never served can never be found to have become the best. */
const FLOOR = 0.02;

/** Matured units that every arm has before a weight moves. */
const UNITS_FIRST = 100;

export interface BanditStep {
  /** Of the next batch, by arm; their sum is 1. */
  readonly weights: readonly number[];
  /** P(best) by arm; empty while nothing moves. */
  readonly chances: readonly number[];
}

/**
 * Thompson's weights with a floor: the chance of each arm to be the best. The weights stay as they are until every arm
 * has 100 units and, where values are measured, values that differ.
 * Source: Thompson, Biometrika 25 (1933); Scott, Appl. Stochastic Models Bus. Ind. 26 (2010).
 */
export function nextWeights(
  arms: readonly Proportion[] | readonly Mean[],
  current: readonly number[],
  floor = FLOOR,
): BanditStep {
  checkWeights("current", current, arms.length);
  if (!arms.every(isReady)) return { weights: [...current], chances: [] };
  const chances = chancesToBeBest(arms.map(curveOf));
  return { weights: withFloor(chances, floor), chances };
}

function isReady(arm: Sample): boolean {
  return arm.n >= UNITS_FIRST && (arm.kind === "proportion" || varianceOf(arm) > 0);
}

function curveOf(arm: Sample): Curve {
  if (arm.kind === "proportion") return betaCurve(betaPosterior(arm));
  const standardError = Math.sqrt(varianceOf(arm) / arm.n);
  return normalCurve(normalPosterior({ estimate: meanOf(arm), standardError }));
}

/** w = f + (1 − k f) p for each of k arms: no weight below the floor f, and their sum stays 1. */
export function withFloor(chances: readonly number[], floor: number): number[] {
  checkWeights("chances", chances, chances.length);
  countWithin("floor", floor, 1 / chances.length);
  return chances.map((chance) => floor + (1 - chances.length * floor) * chance);
}

/** Sums of fractions reach 1 only nearly. */
const ROUNDING = 1e-9;

function checkWeights(name: string, weights: readonly number[], count: number): void {
  if (weights.length !== count)
    throw new RangeError(`${name} must be ${count} numbers, got ${weights.length}.`);
  weights.forEach((weight, index) => countWithin(`${name}[${index}]`, weight, 1 + ROUNDING));
  const sum = weights.reduce((all, weight) => all + weight, 0);
  if (!(Math.abs(sum - 1) <= ROUNDING)) throw new RangeError(`${name} must be of sum 1, got ${sum}.`);
}

/** One batch: units that were assigned by the same weights. */
export interface Batch {
  readonly control: Sample;
  readonly treatment: Sample;
}

/**
 * Batched least squares: each batch's difference in units of its own error, summed and divided by √batches. Pooling
 * the batches would be wrong, since a bandit's weights depend on its outcomes. A batch without units in one arm tells
 * nothing and is left out. `variance` is that of one unit; by default the variance within arms and batches.
 * Source: Zhang, Janson & Murphy, Inference for Batched Bandits, NeurIPS 2020, arXiv 2002.03217.
 */
export function batchedLeastSquares(
  batches: readonly Batch[],
  variance?: number,
): { readonly z: number; readonly pValue: number } {
  batches.forEach(({ control, treatment }) => [control, treatment].forEach(checkSample));
  const told = batches.filter(({ control, treatment }) => control.n > 0 && treatment.n > 0);
  const perUnit = variance ?? varianceWithin(told);
  atLeast("variance", perUnit, 0);
  if (told.length === 0 || perUnit === 0) return { z: 0, pValue: 1 };
  const sum = told.reduce((all, { control, treatment }) => {
    const units = (control.n * treatment.n) / (control.n + treatment.n);
    return all + (meanOf(treatment) - meanOf(control)) * Math.sqrt(units / perUnit);
  }, 0);
  const z = sum / Math.sqrt(told.length);
  return { z, pValue: 2 * normalSf(Math.abs(z)) };
}

/** Squares about each arm's own mean in each batch, divided by the units less one for each of those means. */
function varianceWithin(batches: readonly Batch[]): number {
  const arms = batches.flatMap(({ control, treatment }) => [control, treatment]);
  const degreesOfFreedom = arms.reduce((sum, { n }) => sum + n - 1, 0);
  const squares = arms.reduce((sum, arm) => sum + varianceOf(arm) * unitsBehindVariance(arm), 0);
  return degreesOfFreedom > 0 ? squares / degreesOfFreedom : 0;
}

function unitsBehindVariance({ kind, n }: Sample): number {
  return kind === "proportion" ? n : n - 1;
}

function checkSample(sample: Sample): void {
  atLeast("n", sample.n, 0);
  if (sample.kind === "proportion") countWithin("sum", sample.sum, sample.n);
  else between("sum", sample.sum, -Infinity, Infinity);
}
