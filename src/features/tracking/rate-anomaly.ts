/** Whether the rate of a metric among the newly exposed has changed: what is usual, what is noticed, and since when it differs. Pure. */
import { correlationOf, type WatchedHour, watchRate } from "../../statistics/index.js";
import type { Anomaly } from "../analytics/index.js";

/** Of the units that were first exposed in an hour, how many did it within an hour of that. */
export interface RateHour {
  readonly units: number;
  readonly did: number;
}

/** A metric of the running trials of a flag in an environment, over all their variants. */
export interface RateHistory {
  readonly project: string;
  readonly environment: string;
  readonly flag: string;
  readonly metric: string;
  /** By hours before the hour that is judged, which is 0; hours without units are left out. */
  readonly hours: ReadonlyMap<number, RateHour>;
}

/** The last day is watched. */
const hoursWatched = 24;
/** The week before it says what is usual, or as many of its days as there are. */
const hoursBefore = 168;
/** But two days at least. */
const leastHoursBefore = 48;
/** So many hours are needed to judge one. */
export const rateHoursNeeded = hoursWatched + hoursBefore;
/** With fewer units that did it, or that did not, nobody knows what is usual. */
const leastOutcomes = 100;
/** What is usual at an hour of the day is taken from all hours, as if so many of them had been of that hour. */
const outcomesLent = 10;
/** Odds that have doubled are to be noticed soon, and such that are half of what they were. */
const oddsNoticed = { HIGH: 2, LOW: 0.5 } as const;
/** Ten years on each side, so that it is less than one in a year where what is usual is known from a few days only. */
const hoursBetweenFalseAlarms = 10 * 365 * 24;

/** null: nothing has changed, or nobody can tell. Raised by the hour with which there is enough evidence, which then has to be gathered anew. */
export function findRateAnomaly({ hours, ...watched }: RateHistory, hour: number): Anomaly | null {
  if (!hours.has(0)) return null;
  const before = pick(hours, hoursWatched, rateHoursNeeded);
  const usual = usualRates(before);
  if (usual === null) return null;
  const judged = (age: number, { units, did }: RateHour) => ({ n: units, sum: did, expected: usual(age) });
  const correlation = correlationOf(before.map(([age, one]) => judged(age, one)));
  const last = pick(hours, 0, hoursWatched).map(([age, one]) => judged(age, one));
  for (const direction of ["LOW", "HIGH"] as const) {
    const run = runThatEndsInAlarm(last, oddsNoticed[direction], correlation);
    if (run === null) continue;
    const units = sumOf(run, ({ n }) => n);
    const expected = sumOf(run, (one) => one.n * one.expected) / units;
    const observed = sumOf(run, ({ sum }) => sum) / units;
    return { ...watched, hour: new Date(hour), direction, expected, observed, pValue: null };
  }
  return null;
}

type Aged = readonly [age: number, hour: RateHour];
type JudgedHour = WatchedHour & { readonly expected: number };

/** Those that are at least that old and less than that, the latest last. */
function pick(hours: ReadonlyMap<number, RateHour>, from: number, to: number): Aged[] {
  return [...hours].filter(([age]) => age >= from && age < to).sort(([one], [other]) => other - one);
}

/** The rate that is usual at an age in hours, by the time of the day; null: too little is known. */
function usualRates(before: readonly Aged[]): ((age: number) => number) | null {
  const [oldest = 0] = before[0] ?? [];
  const all = totalOf(before);
  if (oldest < hoursWatched + leastHoursBefore - 1 || Math.min(all.did, all.units - all.did) < leastOutcomes)
    return null;
  const overall = all.did / all.units;
  const lent = outcomesLent / Math.min(overall, 1 - overall);
  const ofDay = Array.from({ length: 24 }, (_none, age) => {
    const own = totalOf(before.filter(([one]) => one % 24 === age));
    return (own.did + lent * overall) / (own.units + lent);
  });
  return (age) => ofDay[age % 24] ?? overall;
}

function totalOf(hours: readonly Aged[]): RateHour {
  return { units: sumOf(hours, ([, { units }]) => units), did: sumOf(hours, ([, { did }]) => did) };
}

/** The hours over which the evidence was gathered that is enough with the last of them; null: it is not. */
function runThatEndsInAlarm(
  hours: readonly JudgedHour[],
  odds: number,
  correlation: number,
): readonly JudgedHour[] | null {
  let rest = hours.map((hour) => ({ ...hour, noticed: withOdds(hour.expected, odds) }));
  for (;;) {
    const [first] = rest;
    if (first === undefined) return null;
    const { expected, noticed } = first;
    const watch = { expected, noticed, hoursBetweenFalseAlarms, correlation, hours: rest };
    const { scores, firstAlarm } = watchRate(watch);
    if (firstAlarm === null) return null;
    if (firstAlarm === rest.length - 1) return rest.slice(scores.findLastIndex((score) => score <= 0) + 1);
    rest = rest.slice(firstAlarm + 1);
  }
}

/** The rate whose odds are so many times those of this one. */
function withOdds(rate: number, odds: number): number {
  return (rate * odds) / (1 - rate + rate * odds);
}

function sumOf<T>(items: readonly T[], numberOf: (item: T) => number): number {
  return items.reduce((sum, item) => sum + numberOf(item), 0);
}
