/** Hours in which something comes far more or far less often than usual: what is looked at, and what is told. Pure. */
import { dispersionOf, isAlarm, judgeCount } from "../../statistics/index.js";
import { hourMs } from "./counts.js";

export const AnomalyDirection = { LOW: "LOW", HIGH: "HIGH" } as const;
/** LOW: far less often than usual. */
export type AnomalyDirection = (typeof AnomalyDirection)[keyof typeof AnomalyDirection];

export const AnomalyMeasure = { EVALUATIONS: "EVALUATIONS", EVENTS: "EVENTS", RATE: "RATE" } as const;
/** EVALUATIONS: of a flag. EVENTS: of a metric. RATE: of the units that measure a flag, how many do by a metric. */
export type AnomalyMeasure = (typeof AnomalyMeasure)[keyof typeof AnomalyMeasure];

/** What is watched in one environment, by key: a flag, a metric, or a metric in what measures a flag. */
export interface Watched {
  readonly project: string;
  readonly environment: string;
  readonly flag: string | null;
  readonly metric: string | null;
}

export interface Anomaly extends Watched {
  /** Its beginning. */
  readonly hour: Date;
  readonly direction: AnomalyDirection;
  /** Evaluations or events in the same hour of the last weeks, on average; or the share of units that is usual. */
  readonly expected: number;
  readonly observed: number;
  /** How likely a count that far off would be by chance, two-sided; null for a share of units. */
  readonly pValue: number | null;
}

export interface StoredAnomaly extends Anomaly {
  readonly id: string;
}

/** How often something came around an hour, and in the weeks before. */
export interface CountHistory extends Watched {
  /** By hours before the hour that is judged, which is 0; hours without any are left out. */
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

/** When something must have been counted first for there to be enough history. */
export function firstHourNeeded(hour: number): number {
  return hour - (weeksLookedAt * hoursPerWeek + hoursLookedAt - 1) * hourMs;
}

/** What is out of the ordinary in the hour; null: nothing. The hour before is judged too, since two of them in a row tell more than one. */
export function findAnomaly({ counts, ...watched }: CountHistory, hour: number): Anomaly | null {
  const slots = Array.from({ length: hoursLookedAt }, (_none, ago) => weeksBefore(counts, ago));
  const dispersion = dispersionOf(slots);
  const judge = (ago: number) =>
    judgeCount({ history: weeksBefore(counts, ago), dispersion, count: counts.get(ago) ?? 0 });
  const latest = judge(0);
  if (!isAlarm([judge(1), latest])) return null;
  const { mean: expected, pLow, pHigh } = latest;
  const pValue = latest.pValue < leastPValue ? 0 : latest.pValue;
  const direction = pLow < pHigh ? "LOW" : "HIGH";
  return { ...watched, hour: new Date(hour), direction, expected, observed: counts.get(0) ?? 0, pValue };
}

function weeksBefore(counts: ReadonlyMap<number, number>, ago: number): number[] {
  return Array.from(
    { length: weeksLookedAt },
    (_none, index) => counts.get(ago + (index + 1) * hoursPerWeek) ?? 0,
  );
}

export function measureOf({ flag, metric }: Watched): AnomalyMeasure {
  if (metric === null) return "EVALUATIONS";
  return flag === null ? "EVENTS" : "RATE";
}

/** In a plain sentence. */
export function describeAnomaly({ direction, expected, observed, ...watched }: Anomaly): string {
  const how = direction === "LOW" ? "only " : "";
  const measure = measureOf(watched);
  if (measure === "RATE") {
    return `Of the units that were first exposed in the hours up to this one, ${how}${inPercent(observed)} did it within an hour, where about ${inPercent(expected)} are usual.`;
  }
  const usual = expected < 10 ? Number(expected.toPrecision(2)) : Math.round(expected);
  const came = measure === "EVALUATIONS" ? "was evaluated" : "came in";
  return `It ${came} ${how}${plural(observed, "time")} in this hour, where about ${usual.toLocaleString("en-US")} are usual at this time of the week.`;
}

/** What it is, for whoever did not ask. */
export function headlineOf({ direction, ...watched }: Anomaly): string {
  const [far, way] = direction === "LOW" ? ["less", "fallen"] : ["more", "risen"];
  const measure = measureOf(watched);
  if (measure === "EVALUATIONS") return `A flag is evaluated far ${far} often than usual.`;
  if (measure === "EVENTS") return `Events of a metric come in far ${far} often than usual.`;
  return `The rate of a metric among those who get a flag's variants has ${way}.`;
}

function inPercent(share: number): string {
  return `${(share * 100).toLocaleString("en-US", { maximumSignificantDigits: 3 })} %`;
}

function plural(count: number, noun: string): string {
  return `${count.toLocaleString("en-US")} ${noun}${count === 1 ? "" : "s"}`;
}
