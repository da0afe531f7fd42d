/** What a nearly normal estimate and its standard error tell: the test against 0 and the interval. */
import { normalQuantile, normalSf } from "../distributions/normal.js";
import { atLeast, between } from "../ranges.js";
import type { Interval } from "../samples.js";

export interface ZTest {
  readonly z: number;
  /** Two-sided. */
  readonly pValue: number;
  /** At 1 − alpha; without end on both sides where nothing is known. */
  readonly interval: Interval;
}

/**
 * Wald's test and interval (Wald 1943, "Tests of statistical hypotheses concerning several parameters").
 * A standard error of 0 or infinity tells nothing: no spread was seen, or there were no units.
 */
export function zTest({
  estimate,
  se,
  alpha,
}: {
  readonly estimate: number;
  readonly se: number;
  readonly alpha: number;
}): ZTest {
  between("estimate", estimate, -Infinity, Infinity);
  const critical = criticalZ(alpha);
  if (se === 0 || se === Infinity)
    return { z: 0, pValue: 1, interval: { lower: -Infinity, upper: Infinity } };
  atLeast("se", se, 0);
  const z = estimate / se;
  return {
    z,
    pValue: 2 * normalSf(Math.abs(z)),
    interval: { lower: estimate - critical * se, upper: estimate + critical * se },
  };
}

/** What |z| exceeds with probability alpha, 0 < alpha < 1. */
export function criticalZ(alpha: number): number {
  between("alpha", alpha, 0, 1);
  return -normalQuantile(alpha / 2);
}
