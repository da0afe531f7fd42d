/** How often a flag was evaluated over time: the range that is meant, and the sums in it. Pure. */
import type { EvaluationReason } from "../../evaluation/index.js";
import { dateTime, Mistakes } from "../../platform/input.js";
import { dayMs, hourMs, keepDays } from "./counts.js";

export const AnalyticsInterval = { HOUR: "HOUR", DAY: "DAY" } as const;
export type AnalyticsInterval = (typeof AnalyticsInterval)[keyof typeof AnalyticsInterval];

export interface VariantCount {
  /** null: there was no value. */
  readonly variant: string | null;
  readonly count: number;
}

export interface ReasonCount {
  readonly reason: EvaluationReason;
  readonly count: number;
}

/** The largest first. */
export interface Sums {
  readonly count: number;
  readonly variants: readonly VariantCount[];
  readonly reasons: readonly ReasonCount[];
}

export interface EvaluationPoint extends Sums {
  readonly at: Date;
}

/** As much of a count as is added up. */
export interface Summand {
  /** Empty: none. */
  readonly variant: string;
  readonly reason: string;
  readonly count: number;
}

export interface RangeArguments {
  /** RFC 3339. */
  readonly from?: unknown;
  /** RFC 3339. */
  readonly to?: unknown;
  readonly interval?: AnalyticsInterval | null | undefined;
}

/** A range of whole intervals; the last one goes on until `to`. */
export interface AnalyticsRange {
  /** Epoch milliseconds: the beginning of the first interval. */
  readonly from: number;
  /** Epoch milliseconds; exclusive. */
  readonly to: number;
  readonly interval: AnalyticsInterval;
  /** Its length, milliseconds. */
  readonly step: number;
}

const defaultDays = 7;
const mostDaysByHour = 31;
const steps: Readonly<Record<AnalyticsInterval, number>> = { HOUR: hourMs, DAY: dayMs };

/** The week before `now` unless told otherwise; by the hour up to a week. Throws BAD_USER_INPUT. */
export function readRange(args: RangeArguments, now: number): AnalyticsRange {
  const mistakes = new Mistakes();
  const to = readMoment("to", args.to, mistakes) ?? now;
  const from = readMoment("from", args.from, mistakes) ?? to - defaultDays * dayMs;
  mistakes.throwIfAny();
  const days = (to - from) / dayMs;
  if (days <= 0) mistakes.add("from", `must be before \`to\` (${iso(to)}), got ${iso(from)}.`);
  if (days > keepDays)
    mistakes.add("from", `must be at most ${keepDays} days before \`to\`, got ${iso(from)}.`);
  const interval = args.interval ?? (days > defaultDays ? "DAY" : "HOUR");
  if (interval === "HOUR" && days > mostDaysByHour) {
    mistakes.add("interval", `must be DAY for more than ${mostDaysByHour} days, got HOUR.`);
  }
  mistakes.throwIfAny();
  const step = steps[interval];
  return { from: Math.floor(from / step) * step, to, interval, step };
}

function readMoment(path: string, value: unknown, mistakes: Mistakes): number | undefined {
  if (value === undefined || value === null) return undefined;
  return Date.parse(dateTime(path, value, mistakes));
}

function iso(instant: number): string {
  return new Date(instant).toISOString();
}

/** Every interval of the range, those without evaluations included. */
export function seriesOf(
  { from, to, step }: AnalyticsRange,
  counts: readonly (Summand & { readonly at: number })[],
): readonly EvaluationPoint[] {
  const byInterval = new Map<number, Summand[]>();
  for (let at = from; at < to; at += step) byInterval.set(at, []);
  for (const count of counts) byInterval.get(count.at)?.push(count);
  return [...byInterval].map(([at, own]) => ({ at: new Date(at), ...sumsOf(own) }));
}

/** Everything added up. */
export function sumsOf(counts: readonly Summand[]): Sums {
  return {
    count: counts.reduce((sum, { count }) => sum + count, 0),
    variants: totals(counts, "variant").map(([name, count]) => ({
      variant: name === "" ? null : name,
      count,
    })),
    reasons: totals(counts, "reason").map(([name, count]) => ({ reason: name as EvaluationReason, count })),
  };
}

function totals(counts: readonly Summand[], by: "variant" | "reason"): (readonly [string, number])[] {
  const sums = new Map<string, number>();
  for (const one of counts) sums.set(one[by], (sums.get(one[by]) ?? 0) + one.count);
  return [...sums].sort(([a, less], [b, more]) => more - less || (a < b ? -1 : 1));
}
