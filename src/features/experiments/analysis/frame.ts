/** What every part of one analysis begins with: the experiment, what was fixed before its first look, and what was counted. */
import type { Metric, TrialSums } from "../../tracking/index.js";
import type { Experiment, MetricRole } from "../experiment.js";
import { type Cells, cellsOf } from "./cells.js";
import { compare, type Compared, type ComparePlan } from "./compare.js";
import { type Horizon, horizonOf } from "./horizon.js";
import { type EpochSlots, pairPlan } from "./shares.js";
import { type Measure, type Strata, strataOf } from "./strata.js";

export interface AnalysisInput {
  readonly experiment: Experiment;
  /** Those that the experiment names, in any order; others are passed over. */
  readonly metrics: readonly Metric[];
  /** In their order; none before it started. */
  readonly epochs: readonly EpochSlots[];
  readonly sums: TrialSums;
  /** By key of the metric, above 0: the variance of one unit's outcome, never changed once it is given. */
  readonly plannedVariances: ReadonlyMap<string, number>;
  readonly now: Date;
}

export interface Frame extends AnalysisInput {
  /** In the experiment's order. */
  readonly treatments: readonly string[];
  readonly horizon: Horizon;
}

/** A metric of the experiment, and what was counted by it. */
export interface Measured extends Measure {
  readonly role: MetricRole;
  readonly margin: number | null;
  readonly cells: Cells;
  /** Of each treatment, in their order. */
  readonly pairs: readonly Pair[];
}

/** A treatment and the control. */
export interface Pair {
  readonly variant: string;
  readonly plan: ComparePlan;
  readonly strata: Strata;
  readonly compared: Compared;
}

export function frameOf(input: AnalysisInput): Frame {
  const { arms, control } = input.experiment;
  const treatments = arms.map(({ variant }) => variant).filter((variant) => variant !== control);
  return { ...input, treatments, horizon: horizonOf(input.experiment, input.sums, input.now) };
}

/** Each metric of the experiment, in its order. Throws an Error where one is not given. */
export function measureAll(frame: Frame, sums: TrialSums = frame.sums): Measured[] {
  const { experiment, metrics } = frame;
  const covariate = covariateOf(experiment, metrics);
  return experiment.metrics.map(({ metric: key, role, margin }) => {
    const metric = metrics.find((one) => one.key === key);
    if (metric === undefined) throw new Error(`The analysis lacks the metric ${key}.`);
    const measure = { metric, adjusted: key === covariate };
    const cells = cellsOf(sums, metric.id);
    return { ...measure, role, margin, cells, pairs: pairsOf(frame, measure, cells) };
  });
}

function pairsOf(frame: Frame, measure: Measure, cells: Cells): Pair[] {
  return frame.treatments.map((variant) => {
    const plan = planOf(frame, measure.metric.key, variant);
    const strata = strataOf(measure, cells, { control: frame.experiment.control, treatment: variant });
    return { variant, plan, strata, compared: compare(strata, plan) };
  });
}

function planOf(
  { experiment, epochs, plannedVariances, horizon }: Frame,
  key: string,
  variant: string,
): ComparePlan {
  return {
    ...pairPlan(experiment, epochs, variant),
    alpha: experiment.alpha,
    plannedVariance: plannedVariances.get(key),
    optimises: experiment.optimises,
    boundary: horizon.boundary,
  };
}

/** The first primary metric with one number for each unit is the one whose past is gathered. */
function covariateOf(
  { metrics, adjustsForPast }: Experiment,
  defined: readonly Metric[],
): string | undefined {
  if (!adjustsForPast) return undefined;
  const typeOf = (key: string) => defined.find((one) => one.key === key)?.type;
  return metrics.find(
    ({ metric, role }) => role === "PRIMARY" && !["MEAN", "RATIO", undefined].includes(typeOf(metric)),
  )?.metric;
}
