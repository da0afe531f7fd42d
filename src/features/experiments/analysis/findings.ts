/** What is proven of treatments by primary metrics, and how a sentence says it. */
import type { Metric } from "../../tracking/index.js";
import type { Frame } from "./frame.js";
import { judgementBy } from "./multiplicity.js";
import type { ComparisonResult, ExperimentResults, Judgement, MetricResult, Range } from "./results.js";
import { inPercent, inUnits, named } from "./wording.js";

type Results = Pick<ExperimentResults, "judgedBy" | "metrics" | "alpha">;

/** An effect on one metric. */
export interface Proven {
  readonly definition: Metric;
  readonly comparison: ComparisonResult;
  readonly judgement: Judgement;
  readonly alpha: number;
}

export interface Finding {
  readonly variant: string;
  readonly better: readonly Proven[];
  readonly worse: readonly Proven[];
  /** Primary metrics of which nothing is proven. */
  readonly unclear: readonly Proven[];
  /** The least gain by the first metric that is better, as a share; −Infinity where that is unknown. */
  readonly leastGain: number;
}

/** Of each treatment, in their order. */
export function findingsOf(frame: Frame, results: Results): Finding[] {
  return frame.treatments.map((variant) => {
    const all = results.metrics
      .filter(({ role }) => role === "PRIMARY")
      .flatMap((metric) => provenOf(frame, results, metric, variant));
    const better = all.filter(({ comparison }) => comparison.effect === "BETTER");
    return {
      variant,
      better,
      worse: all.filter(({ comparison }) => comparison.effect === "WORSE"),
      unclear: all.filter(({ comparison }) => comparison.effect === "UNCLEAR"),
      leastGain: better[0] === undefined ? -Infinity : leastGainOf(better[0]),
    };
  });
}

function provenOf(frame: Frame, results: Results, result: MetricResult, variant: string): Proven[] {
  const definition = frame.metrics.find(({ key }) => key === result.metric);
  const comparison = result.comparisons.find((one) => one.variant === variant);
  if (definition === undefined || comparison === undefined) return [];
  return [{ definition, comparison, judgement: judgementBy(results, comparison), alpha: results.alpha }];
}

/** As a share of the control's value. */
export function leastGainOf({ definition, judgement }: Proven): number {
  const { lower, upper } = judgement.lift;
  return definition.direction === "INCREASE" ? (lower ?? -Infinity) : -(upper ?? Infinity);
}

/** `raises Purchases by 12 % (95 %: 4 % to 21 %)`. */
export function effectClause({ definition, comparison, judgement, alpha }: Proven): string {
  const isUp = (comparison.difference ?? 0) > 0;
  const { size, range, write } = inLiftOrUnits(definition, comparison, judgement);
  const [least, most] = isUp ? [range.lower, range.upper] : [negated(range.upper), negated(range.lower)];
  const ends = least === null || most === null ? "" : `: ${write(least)} to ${write(most)}`;
  const verb = isUp ? "raises" : "lowers";
  return `${verb} ${definition.name} by ${write(Math.abs(size))} (${inPercent(1 - alpha)}${ends})`;
}

/** Of the treatment that looks best: `the effect of `blue` on Purchases is between −3 % and 8 % (95 %)`; null where nothing bounds it. */
export function rangeClause(frame: Frame, results: Results): string | null {
  const first = results.metrics.find(({ role }) => role === "PRIMARY");
  if (first === undefined) return null;
  const sign = first.direction === "INCREASE" ? 1 : -1;
  const [best] = frame.treatments
    .flatMap((variant) => provenOf(frame, results, first, variant))
    .toSorted((one, other) => sign * ((other.comparison.difference ?? 0) - (one.comparison.difference ?? 0)));
  if (best === undefined) return null;
  const { range, write } = inLiftOrUnits(best.definition, best.comparison, best.judgement);
  if (range.lower === null || range.upper === null) return null;
  return `the effect of ${named(best.comparison.variant)} on ${first.name} is between ${write(range.lower)} and ${write(range.upper)} (${inPercent(1 - results.alpha)})${ruledOut(frame, best)}`;
}

/** That it may not be worth a change is worth saying, where it is certain. */
function ruledOut({ experiment }: Frame, { definition, judgement }: Proven): string {
  const { lower, upper } = judgement.lift;
  const most = definition.direction === "INCREASE" ? (upper ?? Infinity) : -(lower ?? -Infinity);
  const { minimumEffect } = experiment;
  return minimumEffect > 0 && most < minimumEffect
    ? `, less than the ${inPercent(minimumEffect)} that are worth a change`
    : "";
}

/** A lift where one is bounded, and the difference in the metric's unit where the control's value is too near 0 for one. */
function inLiftOrUnits(definition: Metric, { lift, difference }: ComparisonResult, judgement: Judgement) {
  const isBounded = judgement.lift.lower !== null && judgement.lift.upper !== null;
  return lift !== null && isBounded
    ? { size: lift, range: judgement.lift, write: inPercent }
    : {
        size: difference ?? 0,
        range: judgement.difference,
        write: (value: number) => inMetric(definition, value),
      };
}

/** A rate in points of per cent. */
function inMetric(definition: Metric, value: number): string {
  return definition.type === "CONVERSION"
    ? `${inPercent(value).replace(" %", "")} points`
    : inUnits(value, definition);
}

function negated(end: Range["lower"]): Range["lower"] {
  return end === null ? null : -end;
}
