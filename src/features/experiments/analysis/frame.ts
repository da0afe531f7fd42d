/** What every part of one analysis begins with: the experiment, what was fixed before its first look, and what was counted. */
import type { Metric, TrialSums } from "../../tracking/index.js";
import type { Experiment, MetricRole } from "../experiment.js";
import { type Cells, cellsByDay, type CellsOfDay } from "./cells.js";
import { compareAtAnyTime, type ComparedAtAnyTime, type ComparePlan } from "./compare.js";
import { type Horizon, horizonOf } from "./horizon.js";
import { type EpochSlots, pairPlan } from "./shares.js";
import type { Steps } from "./steps.js";
import { type Measure, type MeasureArm, measuringOnce, type Strata, strataOf } from "./strata.js";

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
export interface Measured<Of extends Pair = Pair> extends Measure {
  readonly role: MetricRole;
  readonly margin: number | null;
  readonly measureArm: MeasureArm;
  readonly cells: Cells;
  /** How they came about. */
  readonly days: readonly CellsOfDay[];
  /** Of each treatment, in their order. */
  readonly pairs: readonly Of[];
}

/** A treatment and the control: all that decisions rest on. */
export interface Pair {
  readonly variant: string;
  readonly plan: ComparePlan;
  readonly strata: Strata;
  readonly compared: ComparedAtAnyTime;
}

/** One look, as far as decisions rest on it. */
export interface MeasuredLook {
  readonly look: AnalysisInput;
  readonly frame: Frame;
  /** Each metric of the experiment, in its order. */
  readonly measured: readonly Measured[];
}

export function frameOf(input: AnalysisInput): Frame {
  const { arms, control } = input.experiment;
  const treatments = arms.map(({ variant }) => variant).filter((variant) => variant !== control);
  return { ...input, treatments, horizon: horizonOf(input.experiment, input.sums, input.now) };
}

/** Throws an Error where a metric of the experiment is not given, and a RangeError for sums that are no decimal numbers. */
export function* measuring(look: AnalysisInput): Steps<MeasuredLook> {
  const frame = frameOf(look);
  return { look, frame, measured: yield* measuringAll(frame, frame.sums) };
}

/** Each metric of the experiment, in its order, by sums of all units or of some. Throws as `measuring` does. */
export function* measuringAll(frame: Frame, sums: TrialSums): Steps<Measured[]> {
  const { experiment, metrics } = frame;
  const covariate = covariateOf(experiment, metrics);
  const addingUp = cellsByDay(sums);
  const all: Measured[] = [];
  for (const { metric: key, role, margin } of experiment.metrics) {
    yield;
    const metric = metrics.find((one) => one.key === key);
    if (metric === undefined) throw new Error(`The analysis lacks the metric ${key}.`);
    const measure = { metric, adjusted: key === covariate, measureArm: measuringOnce(metric) };
    const days = yield* addingUp(metric.id);
    const cells = days.at(-1)?.cells ?? new Map();
    all.push({ ...measure, role, margin, cells, days, pairs: pairsOf(frame, measure, cells) });
  }
  return all;
}

function pairsOf(frame: Frame, measure: Measure, cells: Cells): Pair[] {
  return frame.treatments.map((variant) => {
    const plan = planOf(frame, measure.metric.key, variant);
    const strata = strataOf(measure, cells, { control: frame.experiment.control, treatment: variant });
    return { variant, plan, strata, compared: compareAtAnyTime(strata, plan) };
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
