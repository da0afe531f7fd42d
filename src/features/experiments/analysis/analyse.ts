/** The analysis of an experiment: exact sums in, everything that is to be known of it out. Pure. */
import { studentTest, wilsonInterval } from "../../../statistics/index.js";
import { decideAutomatically } from "./automatic.js";
import { chancesToBeBest } from "./beliefs.js";
import { unitsOf } from "./cells.js";
import { checksOf, sampleRatioOf } from "./checks.js";
import { dailyPoints } from "./daily.js";
import { type AnalysisInput, type Frame, type Measured, type MeasuredLook, measuring } from "./frame.js";
import { guardrailResult } from "./guardrail.js";
import { type Judged, type JudgedPair, judging } from "./judged.js";
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
import { atOnce, type Steps } from "./steps.js";
import { proportionOf, unitVarianceOf } from "./strata.js";
import { verdictOf } from "./verdict.js";

/** `analysing` of what `measuring` gives, without a pause: where there is much to analyse, nothing else is done for long. Throws as that does. */
export function analyse(look: AnalysisInput): ExperimentResults {
  return atOnce(analysing(atOnce(measuring(look))));
}

/** Treatments against the control by each metric, epoch by epoch and only then together. */
export function* analysing({ frame, measured }: MeasuredLook): Steps<ExperimentResults> {
  const { experiment, sums, horizon, now } = frame;
  const automatic = decideAutomatically(frame, measured);
  const judged = yield* judging(frame, measured);
  const adjusted = adjustedPValues(frame, judged);
  const metrics: MetricResult[] = [];
  for (const [index, one] of judged.entries())
    metrics.push(yield* metricResult(frame, one, adjusted[index] ?? [], automatic));
  const sampleRatio = sampleRatioOf(frame);
  yield;
  const checks = checksOf(frame, measured, sampleRatio);
  yield;
  const results = {
    at: now,
    judgedBy: horizon.judgedBy,
    isJudged: horizon.isJudged,
    information: finite(horizon.information),
    alpha: experiment.alpha,
    units: sums.exposures.reduce((sum, { n }) => sum + n, 0),
    ...{ metrics, sampleRatio, checks, power: powerOf(frame, measured), automatic },
  };
  yield;
  return { ...results, verdict: verdictOf(frame, results) };
}

function* metricResult(
  frame: Frame,
  judged: Judged,
  adjusted: readonly number[],
  automatic: AutomaticResult,
): Steps<MetricResult> {
  const { metric, role, pairs } = judged;
  const arms = armResults(frame, judged);
  yield;
  const comparisons: ComparisonResult[] = [];
  for (const [index, pair] of pairs.entries()) {
    const guardrail = guardrailOf(frame, judged, pair, automatic);
    const daily = yield* dailyPoints(frame, judged, pair);
    comparisons.push({ ...comparisonOf(frame, judged, pair, adjusted[index] ?? 1), guardrail, daily });
  }
  return {
    ...{ metric: metric.key, name: metric.name, role, direction: metric.direction },
    unitVariance: finite(unitVarianceOf(pairs.flatMap(({ strata }) => strata.epochs))),
    ...{ arms, comparisons },
  };
}

/** All of a comparison that needs neither a rule of decisions nor a series. */
export function comparisonOf(
  frame: Frame,
  { metric }: Pick<Measured, "metric">,
  { variant, strata, compared, belief }: JudgedPair,
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
    ...belief,
    varianceReduction: strata.varianceReduction,
  };
}

function guardrailOf(frame: Frame, measured: Measured, pair: JudgedPair, { standings }: AutomaticResult) {
  const standing = standings.find(({ variant }) => variant === pair.variant);
  if (measured.role !== "GUARDRAIL" || standing === undefined) return null;
  return guardrailResult(frame, measured, pair, standing);
}

export function armResults({ experiment, treatments }: Frame, judged: Judged): ArmResult[] {
  const { metric, cells, measureArm } = judged;
  const variants = [experiment.control, ...treatments];
  const chances = chancesOf(judged, variants);
  return variants.map((variant, index) => {
    const sums = unitsOf(cells, variant);
    const { estimate, variance, df } = measureArm(sums);
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
}

/** Of two arms the one that wins is the best. */
function chancesOf(judged: Judged, variants: readonly string[]): readonly (number | null)[] {
  const [only, ...more] = judged.pairs;
  if (only === undefined || more.length > 0) return chancesToBeBest(judged, variants);
  const { chanceToWin } = only.belief;
  return [chanceToWin === null ? null : 1 - chanceToWin, chanceToWin];
}

/** Of nobody there is none, and none of a ratio whose denominator is 0. */
function hasValue(type: Measured["metric"]["type"], sums: ReturnType<typeof unitsOf>): boolean {
  return sums.n > 0 && ((type !== "MEAN" && type !== "RATIO") || sums.d !== 0n);
}
