/** Two rates compared, stratum by stratum: the test, both standard errors and the interval. */
import { type Arms, checkSample, type Interval, meanOf, type Proportion, varianceOf } from "../samples.js";
import { newcombeInterval } from "./intervals.js";
import { type WeightedStratum, weighStrata } from "./strata.js";
import { zTest } from "./z-test.js";

export interface ProportionTest {
  /** Treatment − control, from −1 to 1. */
  readonly difference: number;
  /** Under the hypothesis that both rates are one; infinite without units. */
  readonly pooledSe: number;
  /** With a rate for each arm; infinite without units. */
  readonly unpooledSe: number;
  /** By the pooled standard error. */
  readonly z: number;
  /** Two-sided, by z. */
  readonly pValue: number;
  /** Newcombe's at 1 − alpha, within [−1, 1]. */
  readonly interval: Interval;
}

/**
 * The pooled z-test of two rates (Fleiss, Levin & Paik 2003, "Statistical methods for rates and proportions", 3.1), over
 * several strata the Mantel–Haenszel difference with its variance pooled in each of them, and Newcombe's interval.
 */
export function compareProportions({
  strata,
  alpha,
}: {
  readonly strata: readonly Arms<Proportion>[];
  readonly alpha: number;
}): ProportionTest {
  for (const { control, treatment } of strata) {
    checkSample("control", control);
    checkSample("treatment", treatment);
  }
  const weighed = weighStrata(strata);
  const control = effective(weighed.map(({ weight, control: sample }) => ({ weight, sample })));
  const treatment = effective(weighed.map(({ weight, treatment: sample }) => ({ weight, sample })));
  const difference = meanOf(treatment) - meanOf(control);
  const pooledSe = standardError(weighed, pooledVariance);
  const { z, pValue } = zTest({ estimate: difference, se: pooledSe, alpha });
  return {
    difference,
    pooledSe,
    unpooledSe: standardError(weighed, unpooledVariance),
    z,
    pValue,
    interval: newcombeInterval({ control, treatment, alpha }),
  };
}

function standardError(
  strata: readonly WeightedStratum<Proportion>[],
  variance: (stratum: Arms<Proportion>) => number,
): number {
  if (strata.length === 0) return Infinity;
  return Math.sqrt(strata.reduce((sum, stratum) => sum + stratum.weight ** 2 * variance(stratum), 0));
}

function pooledVariance({ control, treatment }: Arms<Proportion>): number {
  const both: Proportion = {
    kind: "proportion",
    n: control.n + treatment.n,
    sum: control.sum + treatment.sum,
  };
  return varianceOf(both) * (1 / control.n + 1 / treatment.n);
}

function unpooledVariance({ control, treatment }: Arms<Proportion>): number {
  return varianceOf(control) / control.n + varianceOf(treatment) / treatment.n;
}

/**
 * One sample that tells as much of the rate as all strata together: its binomial variance is theirs, or where none was seen,
 * what it would be if the rate were the same in all of them. One stratum is its own.
 * Korn & Graubard 1998, "Confidence intervals for proportions with small expected number of positive counts estimated
 * from survey data".
 */
function effective(parts: readonly { readonly weight: number; readonly sample: Proportion }[]): Proportion {
  const [only] = parts;
  if (only === undefined) return { kind: "proportion", n: 0, sum: 0 };
  if (parts.length === 1) return only.sample;
  const rate = Math.min(
    1,
    parts.reduce((sum, { weight, sample }) => sum + weight * meanOf(sample), 0),
  );
  const units = 1 / parts.reduce((sum, { weight, sample }) => sum + weight ** 2 / sample.n, 0);
  const variance = parts.reduce(
    (sum, { weight, sample }) => sum + (weight ** 2 * varianceOf(sample)) / sample.n,
    0,
  );
  const spread = rate * (1 - rate);
  const n = spread === 0 || variance === 0 ? units : spread / variance;
  return { kind: "proportion", n, sum: n * rate };
}
