/** When the shares of an experiment that optimises move, and to what: by units whose outcome is known, at most once a day. Pure. */
import { GRID } from "../../../evaluation/index.js";
import { type Mean, nextWeights, type Proportion } from "../../../statistics/index.js";
import type { Metric, TrialSums } from "../../tracking/index.js";
import { type Cells, cellAt, cellsOf } from "../analysis/cells.js";
import type { AnalysisInput } from "../analysis/frame.js";
import { measure } from "../analysis/strata.js";
import type { Arm } from "../experiment.js";
import { slotsAt } from "../experiment-rule.js";

const hourMs = 3_600_000;
const dayMs = 24 * hourMs;

/** A smaller step is not worth the units that leave by it. Of 100 000. */
const leastMove = 1_000;

/**
 * The arms with their next weights, by the first primary metric and the chance of each to be the best; null: they stay. Each epoch counts by its
 * units of all arms, so that a good day does not favour whoever had the larger share on it.
 */
export function nextArms({ experiment, metrics, epochs, sums, now }: AnalysisInput): readonly Arm[] | null {
  const { arms, traffic } = experiment;
  const key = experiment.metrics.find(({ role }) => role === "PRIMARY")?.metric;
  const metric = metrics.find((one) => one.key === key);
  const latest = epochs.at(-1);
  if (metric === undefined || latest === undefined || !isStepDue(latest.from, now)) return null;
  const cells = cellsOf(maturedSums(sums, metric.windowHours, now), metric.id);
  const samples = samplesOf(metric, cells, arms);
  if (samples === null) return null;
  const current = arms.map(({ weight }) => weight / GRID);
  const weights = inWholeBuckets(nextWeights(samples, current).weights);
  const next = arms.map(({ variant }, index) => ({ variant, weight: weights[index] ?? 0 }));
  const isMove = next.some(({ weight }, index) => Math.abs(weight - (arms[index]?.weight ?? 0)) >= leastMove);
  return isMove && isServed(next, traffic) ? next : null;
}

/** Once the epoch that runs is a day old, whatever began it. */
export function isStepDue(latestFrom: Date, now: Date): boolean {
  return now.getTime() - latestFrom.getTime() >= dayMs;
}

/**
 * The units whose window is over, by whole days of first exposures. Without a window outcomes are never complete; then a unit counts once the day it
 * came on is.
 */
export function maturedSums(
  { exposures, metrics }: TrialSums,
  windowHours: number | null,
  now: Date,
): TrialSums {
  const isMatured = ({ day }: { readonly day: string }) =>
    Date.parse(`${day}T00:00:00Z`) + dayMs + (windowHours ?? 0) * hourMs <= now.getTime();
  return { exposures: exposures.filter(isMatured), metrics: metrics.filter(isMatured) };
}

/** What is known of each arm, turned so that more is better; null while an arm is unknown. */
function samplesOf(metric: Metric, cells: Cells, arms: readonly Arm[]): Proportion[] | Mean[] | null {
  const told = [...cells.keys()].filter((epoch) =>
    arms.every(({ variant }) => measure(metric, cellAt(cells, epoch, variant)).variance < Infinity),
  );
  const [only] = told;
  if (only === undefined) return null;
  if (metric.type !== "CONVERSION" || told.length > 1)
    return arms.map(({ variant }) => meanOver(metric, cells, told, arms, variant));
  return arms.map(({ variant }) => {
    const { n, nonzero } = cellAt(cells, only, variant);
    return { kind: "proportion", n, sum: metric.direction === "INCREASE" ? nonzero : n - nonzero };
  });
}

/** An arm over epochs, written as sums of which mean and standard error are those of the estimate. */
function meanOver(
  metric: Metric,
  cells: Cells,
  epochs: readonly number[],
  arms: readonly Arm[],
  variant: string,
): Mean {
  const units = epochs.map((epoch) =>
    arms.reduce((sum, arm) => sum + cellAt(cells, epoch, arm.variant).n, 0),
  );
  const whole = units.reduce((sum, one) => sum + one, 0);
  const parts = epochs.map((epoch, index) => ({
    ...measure(metric, cellAt(cells, epoch, variant)),
    weight: (units[index] ?? 0) / whole,
  }));
  const n = parts.reduce((sum, part) => sum + part.n, 0);
  const variance = parts.reduce((sum, part) => sum + part.weight ** 2 * part.variance, 0);
  const value = parts.reduce((sum, { weight, estimate }) => sum + weight * estimate, 0);
  const sum = n * (metric.direction === "INCREASE" ? value : -value);
  return { kind: "mean", n, sum, sumSquares: n * (n - 1) * variance + (sum * sum) / n };
}

/** Of 100 000, to the last one: what rounding down leaves goes to those who lost the most by it. */
export function inWholeBuckets(shares: readonly number[]): number[] {
  const buckets = shares.map((share) => Math.floor(share * GRID));
  const left = GRID - buckets.reduce((sum, one) => sum + one, 0);
  const byLoss = shares
    .map((share, index) => ({ index, loss: share * GRID - (buckets[index] ?? 0) }))
    .toSorted((one, other) => other.loss - one.loss);
  const lucky = new Set(byLoss.slice(0, left).map(({ index }) => index));
  return buckets.map((count, index) => (lucky.has(index) ? count + 1 : count));
}

/** Of little traffic even the smallest share must be a bucket. */
function isServed(arms: readonly Arm[], traffic: number): boolean {
  const slots = slotsAt(arms, traffic);
  return arms.every(({ variant }) => slots.some((slot) => slot.variant === variant));
}
