/** A trial of many metrics, treatments and days, as PostgreSQL would give its sums. */
import type { AnalysisInput } from "../../../../src/features/experiments/analysis/frame.js";
import type { Experiment } from "../../../../src/features/experiments/experiment.js";
import type { Metric } from "../../../../src/features/tracking/metric.js";
import type { MetricSum, TrialSums } from "../../../../src/features/tracking/sums.js";
import { Random } from "../../../statistics/simulations/random.js";
import { begun, decimal, experimentOf, metricOf } from "./analysis-fixture.js";

export interface Size {
  readonly metrics: number;
  readonly treatments: number;
  readonly days: number;
  readonly epochs: number;
}

const types = ["CONVERSION", "COUNT", "SUM", "MEAN", "RATIO"] as const;
const roles = ["PRIMARY", "SECONDARY", "GUARDRAIL"] as const;
const dayMs = 86_400_000;

/** The `seed` makes the numbers, and the id of the trial. */
export function manyDays(
  seed: number,
  { metrics, treatments, days, epochs }: Size,
  more: Partial<Experiment> = {},
): AnalysisInput {
  const all = Array.from({ length: metrics }, (_none, index) =>
    metricOf(`metric-${index}`, {
      type: types[index % types.length] ?? "SUM",
      direction: index % 3 === 2 ? "DECREASE" : "INCREASE",
    }),
  );
  const variants = ["control", ...Array.from({ length: treatments }, (_none, index) => `on-${index}`)];
  const arms = variants.map((variant, index) => ({
    variant,
    weight: Math.floor(100_000 / variants.length) + (index === 0 ? 100_000 % variants.length : 0),
  }));
  const end = new Date(begun.getTime() + (days + 1) * dayMs);
  return {
    experiment: experimentOf({
      ...{ id: `many-days-${seed}`, control: "control", arms, endsAt: end, adjustsForPast: true },
      metrics: all.map(({ key }, index) => {
        const role = roles[index % roles.length] ?? "PRIMARY";
        return { metric: key, role, margin: role === "GUARDRAIL" ? 0.1 : null };
      }),
      ...{ plannedUnits: days * variants.length * 500, ...more },
    }),
    metrics: all,
    epochs: Array.from({ length: epochs }, (_none, index) => ({
      ...{ epoch: index + 1, slots: arms },
      from: new Date(begun.getTime() + Math.floor((index * days) / epochs) * dayMs),
    })),
    sums: sumsOf(new Random(seed, "many days"), all, variants, { days, epochs }),
    plannedVariances: new Map(all.slice(1).map(({ key }) => [key, 2])),
    now: new Date(begun.getTime() + days * dayMs - 1),
  };
}

/** As it was known at the end of a day, the first being 1. */
export function until(day: number, { sums, ...input }: AnalysisInput): AnalysisInput {
  const last = dayAt(day - 1);
  return {
    ...input,
    sums: {
      exposures: sums.exposures.filter((sum) => sum.day <= last),
      metrics: sums.metrics.filter((sum) => sum.day <= last),
    },
  };
}

/** Some come late, to the epoch before. */
function sumsOf(
  random: Random,
  metrics: readonly Metric[],
  variants: readonly string[],
  { days, epochs }: Pick<Size, "days" | "epochs">,
): TrialSums {
  const cells = Array.from({ length: days }, (_none, index) => index).flatMap((index) => {
    const latest = Math.floor((index * epochs) / days) + 1;
    return [latest - 1, latest]
      .filter((epoch) => epoch > 0)
      .flatMap((epoch) => variants.map((variant) => ({ epoch, variant, day: dayAt(index) })));
  });
  const counted = cells
    .map((cell) => ({ cell, n: 300 + below(random, 200) }))
    .toSorted(({ cell: one }, { cell: other }) => one.epoch - other.epoch || inOrder(one, other));
  return {
    exposures: counted.map(({ cell, n }) => ({
      ...{ ...cell, n, conflicted: 0, sumX: `${2 * n}` },
      sumXx: `${6 * n + below(random, n)}`,
    })),
    metrics: counted.flatMap(({ cell, n }) => metrics.map((metric) => outcomes(random, metric, cell, n))),
  };
}

function outcomes(
  random: Random,
  { id, type }: Metric,
  cell: Pick<MetricSum, "epoch" | "variant" | "day">,
  n: number,
): MetricSum {
  const nonzero = Math.floor(n / 10) + below(random, Math.floor(n / 10));
  const isOnce = type === "CONVERSION";
  const each = isOnce ? 1_000_000 : 3_000_000 + below(random, 1_000_000);
  const squares = isOnce ? BigInt(nonzero) * 10n ** 12n : BigInt(nonzero) * 20n * 10n ** 12n;
  const isDivided = type === "MEAN" || type === "RATIO";
  return {
    ...{ ...cell, metric: id, nonzero },
    ...{ sumY: decimal(BigInt(nonzero) * BigInt(each), 6), sumYy: decimal(squares, 12) },
    ...{ sumD: isDivided ? `${2 * nonzero}` : "0", sumDd: isDivided ? `${5 * nonzero}` : "0" },
    ...{ sumYd: isDivided ? `${8 * nonzero}` : "0", sumXy: decimal(BigInt(2 * nonzero) * BigInt(each), 6) },
  };
}

function dayAt(index: number): string {
  return new Date(begun.getTime() + index * dayMs).toISOString().slice(0, 10);
}

function below(random: Random, most: number): number {
  return Math.floor(random.uniform() * most);
}

function inOrder(one: { readonly variant: string }, other: { readonly variant: string }): number {
  if (one.variant === other.variant) return 0;
  return one.variant < other.variant ? -1 : 1;
}
