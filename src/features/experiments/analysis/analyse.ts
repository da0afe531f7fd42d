/** The analysis of an experiment: exact sums in, everything that is to be known of it out. Pure. */
import { studentTest, wilsonInterval } from "../../../statistics/index.js";
import { decideAutomatically } from "./automatic.js";
import { beliefOf, chancesToBeBest } from "./beliefs.js";
import { unitsOf } from "./cells.js";
import { checksOf, sampleRatioOf } from "./checks.js";
import { dailyPoints } from "./daily.js";
import { type AnalysisInput, type Frame, frameOf, type Measured, measureAll, type Pair } from "./frame.js";
import { guardrailResult } from "./guardrail.js";
import { adjustedPValues, effectOf } from "./multiplicity.js";
import { powerOf } from "./power.js";
import {
  type ArmResult,
  type AutomaticResult,
  type ComparisonResult,
  type ExperimentResults,
  finite,
  finiteRange,
  type MetricResult,
  nothingKnown,
} from "./results.js";
import { measure, proportionOf, unitVarianceOf } from "./strata.js";
import { verdictOf } from "./verdict.js";

/**
 * Treatments against the control by each metric, epoch by epoch and only then together. Throws an Error where a metric
 * of the experiment is not given, and a RangeError for sums that are no decimal numbers.
 */
export function analyse(input: AnalysisInput): ExperimentResults {
  const frame = frameOf(input);
  const { experiment, sums, horizon, now } = frame;
  const measured = measureAll(frame);
  const automatic = decideAutomatically(frame, measured);
  const adjusted = adjustedPValues(frame, measured);
  const metrics = measured.map((one, index) => metricResult(frame, one, adjusted[index] ?? [], automatic));
  const sampleRatio = sampleRatioOf(frame);
  const results = {
    at: now,
    judgedBy: horizon.judgedBy,
    isJudged: horizon.isJudged,
    information: finite(horizon.information),
    alpha: experiment.alpha,
    units: sums.exposures.reduce((sum, { n }) => sum + n, 0),
    metrics,
    sampleRatio,
    checks: checksOf(frame, measured, sampleRatio),
    power: powerOf(frame, measured),
    automatic,
  };
  return { ...results, verdict: verdictOf(frame, results) };
}

function metricResult(
  frame: Frame,
  measured: Measured,
  adjusted: readonly number[],
  automatic: AutomaticResult,
): MetricResult {
  const { metric, role, pairs } = measured;
  const daily = dailyPoints(frame, measured);
  return {
    ...{ metric: metric.key, name: metric.name, role, direction: metric.direction },
    unitVariance: finite(unitVarianceOf(pairs.flatMap(({ strata }) => strata.epochs))),
    arms: armResults(frame, measured),
    comparisons: pairs.map((pair, index) => ({
      ...comparisonOf(frame, measured, pair, adjusted[index] ?? 1),
      guardrail: guardrailOf(frame, measured, pair, automatic),
      daily: daily[index] ?? [],
    })),
  };
}

/** All of a comparison that needs neither a rule of decisions nor a series. */
export function comparisonOf(
  frame: Frame,
  { metric }: Pick<Measured, "metric">,
  { variant, strata, compared }: Pair,
  adjustedPValue: number,
): Omit<ComparisonResult, "guardrail" | "daily"> {
  const { arms, difference, decision, fixedHorizon, anytime, groupSequential } = compared;
  const baseline = arms?.control.estimate ?? 0;
  return {
    variant,
    baseline: arms && baseline,
    difference: arms && difference,
    lift: baseline === 0 ? null : finite(difference / Math.abs(baseline)),
    ...{ fixedHorizon, anytime, groupSequential, adjustedPValue },
    effect: effectOf(frame, metric.direction, compared, adjustedPValue),
    isReady: decision.ready,
    ...beliefOf(metric, strata, compared),
    varianceReduction: strata.varianceReduction,
  };
}

function guardrailOf(frame: Frame, measured: Measured, pair: Pair, { standings }: AutomaticResult) {
  const standing = standings.find(({ variant }) => variant === pair.variant);
  if (measured.role !== "GUARDRAIL" || standing === undefined) return null;
  return guardrailResult(frame, measured, pair, standing);
}

export function armResults(
  { experiment, treatments }: Frame,
  { metric, cells, pairs }: Measured,
): ArmResult[] {
  const variants = [experiment.control, ...treatments];
  const chances = chancesOf(pairs) ?? chancesToBeBest(metric, cells, variants);
  return variants.map((variant, index) => {
    const sums = unitsOf(cells, variant);
    const { estimate, variance, df } = measure(metric, sums);
    const isKnown = sums.n > 0 && (metric.type === "CONVERSION" || variance < Infinity);
    const { alpha } = experiment;
    const { lower, upper } =
      metric.type === "CONVERSION"
        ? wilsonInterval({ sample: proportionOf(sums), alpha })
        : studentTest({ estimate, variance, df, alpha }).interval;
    return {
      ...{ variant, units: sums.n, nonzero: sums.nonzero },
      value: hasValue(metric.type, sums) ? estimate : null,
      range: isKnown ? finiteRange({ lower, upper }) : nothingKnown,
      chanceToBeBest: chances[index] ?? null,
    };
  });

  /** Of two arms the one that wins is the best. */
  function chancesOf([only, ...more]: readonly Pair[]): (number | null)[] | null {
    if (only === undefined || more.length > 0) return null;
    const { chanceToWin } = beliefOf(metric, only.strata, only.compared);
    return [chanceToWin === null ? null : 1 - chanceToWin, chanceToWin];
  }
}

/** Of nobody there is none, and none of a ratio whose denominator is 0. */
function hasValue(type: Measured["metric"]["type"], sums: ReturnType<typeof unitsOf>): boolean {
  return sums.n > 0 && ((type !== "MEAN" && type !== "RATIO") || sums.d !== 0n);
}
