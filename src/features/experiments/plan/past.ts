/** What past events say of a metric: one unit's mean and variance, and how many units come a day. Pure. */
import { type Baseline, estimateMean, estimateRatio, type PairSums } from "../../../statistics/index.js";
import type { MetricType } from "../../tracking/index.js";
import type { KnownBaseline, PastUnits } from "./plan.js";

/** How far back they are looked at. */
export const pastDays = 28;
const dayMs = 86_400_000;

/** Sums over all units that did anything at all, those without an event of the metric with 0. */
export interface PastSums extends PairSums {
  /** Units whose value is not 0. */
  readonly nonzero: number;
  /** The share of all units that was added up, above 0, at most 1. */
  readonly share: number;
  /** Events of the metric itself. */
  readonly events: number;
  /** Of any kind; null: there are none. */
  readonly firstAt: Date | null;
}

/** What a plan can be made from. */
export interface Past {
  readonly baseline: KnownBaseline;
  /** Of those that came in the past days each counts once, since each takes part once. */
  readonly unitsPerDay: number;
}

/** Whether a unit that did nothing has a value, which is 0. */
export function isPerUnit(type: MetricType): boolean {
  return type !== "MEAN" && type !== "RATIO";
}

/** A text: why they tell nothing, as what the metric must be. `now` is in epoch milliseconds. */
export function readPast(
  type: MetricType,
  sums: PastSums,
  now: number,
  source: PastUnits["source"] = "PAST_EVENTS",
): Past | string {
  const { n, nonzero, share, events, firstAt } = sums;
  if (events === 0 || firstAt === null) {
    return `must be one that was tracked in the last ${pastDays} days there: give a baseline instead.`;
  }
  const figures = type === "CONVERSION" ? rateOf(sums) : meanAndVarianceOf(type, sums);
  if (typeof figures === "string") return figures;
  const days = Math.min(pastDays, Math.max(1, (now - firstAt.getTime()) / dayMs));
  const units = Math.round(n / share);
  return {
    baseline: { figures, past: { source, units, days, nonzero: isPerUnit(type) ? nonzero / n : null } },
    unitsPerDay: units / days,
  };
}

function rateOf({ n, nonzero }: PastSums): Baseline | string {
  if (nonzero < n) return { kind: "proportion", rate: nonzero / n };
  return "must be one that not everybody does: nothing else is tracked there by which those who do not would be known. Give a baseline instead.";
}

function meanAndVarianceOf(type: MetricType, sums: PastSums): Baseline | string {
  const { n, sum, sumSquares } = sums;
  const { estimate, variance } = isPerUnit(type)
    ? estimateMean({ kind: "mean", n, sum, sumSquares })
    : estimateRatio(sums);
  if (estimate !== 0 && variance > 0 && variance < Infinity) {
    return { kind: "mean", mean: estimate, variance: variance * n };
  }
  return "must be one whose values are not all alike, and not 0 on average: give a baseline instead.";
}
