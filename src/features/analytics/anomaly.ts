/** Hours in which a flag is evaluated far more or far less often than usual: what is looked at, and what is told. Pure. */
import { dispersionOf, isAlarm, judgeCount } from "../../statistics/index.js";
import { hourMs } from "./counts.js";
import type { Spot } from "./where.js";

export const AnomalyDirection = { LOW: "LOW", HIGH: "HIGH" } as const;
/** LOW: far less often than usual. */
export type AnomalyDirection = (typeof AnomalyDirection)[keyof typeof AnomalyDirection];

export interface Anomaly extends Spot {
  /** Its beginning. */
  readonly hour: Date;
  readonly direction: AnomalyDirection;
  /** Evaluations in the same hour of the last weeks, on average. */
  readonly expected: number;
  readonly observed: number;
  /** How likely a count that far off would be by chance, two-sided. */
  readonly pValue: number;
}

/** How often a flag was evaluated around an hour, and in the weeks before. */
export interface SpotHistory extends Spot {
  /** By hours before the hour that is judged, which is 0; hours without evaluations are left out. */
  readonly counts: ReadonlyMap<number, number>;
}

/** So many weeks tell what is usual. */
export const weeksLookedAt = 4;
/** So many hours tell how much the counts of one hour vary from week to week. */
export const hoursLookedAt = 24;
export const hoursPerWeek = 168;
/** Smaller ones are 0: they tell nothing more, and there are none that PostgreSQL cannot keep. */
const leastPValue = 1e-300;
/** Long enough for the last counts of an hour to be written. */
const settledAfterMs = 300_000; // five minutes

/** The last hour of which all is counted, by its beginning; both are in epoch milliseconds. */
export function lastFullHour(now: number): number {
  return Math.floor((now - settledAfterMs) / hourMs) * hourMs - hourMs;
}

/** When a flag must have been evaluated first for there to be enough history. */
export function firstHourNeeded(hour: number): number {
  return hour - (weeksLookedAt * hoursPerWeek + hoursLookedAt - 1) * hourMs;
}

/** What is out of the ordinary in the hour; null: nothing. The hour before is judged too, since two of them in a row tell more than one. */
export function findAnomaly({ counts, ...spot }: SpotHistory, hour: number): Anomaly | null {
  const slots = Array.from({ length: hoursLookedAt }, (_none, ago) => weeksBefore(counts, ago));
  const dispersion = dispersionOf(slots);
  const judge = (ago: number) =>
    judgeCount({ history: weeksBefore(counts, ago), dispersion, count: counts.get(ago) ?? 0 });
  const latest = judge(0);
  if (!isAlarm([judge(1), latest])) return null;
  const { mean: expected, pLow, pHigh } = latest;
  const pValue = latest.pValue < leastPValue ? 0 : latest.pValue;
  const direction = pLow < pHigh ? "LOW" : "HIGH";
  return { ...spot, hour: new Date(hour), direction, expected, observed: counts.get(0) ?? 0, pValue };
}

function weeksBefore(counts: ReadonlyMap<number, number>, ago: number): number[] {
  return Array.from(
    { length: weeksLookedAt },
    (_none, index) => counts.get(ago + (index + 1) * hoursPerWeek) ?? 0,
  );
}

/** In a plain sentence. */
export function describeAnomaly({ direction, expected, observed }: Anomaly): string {
  const usual = expected < 10 ? Number(expected.toPrecision(2)) : Math.round(expected);
  const how = direction === "LOW" ? "only " : "";
  return `It was evaluated ${how}${plural(observed, "time")} in this hour, where about ${usual.toLocaleString("en-US")} are usual at this time of the week.`;
}

function plural(count: number, noun: string): string {
  return `${count.toLocaleString("en-US")} ${noun}${count === 1 ? "" : "s"}`;
}
