/** Whether an hour's count or rate is out of the ordinary, and when that is worth waking somebody. */
import { negativeBinomialCdf, negativeBinomialSf } from "./distributions/negative-binomial.js";
import { atLeast, between, countWithin } from "./ranges.js";

export interface CountForecast {
  readonly mean: number;
  /** The negative binomial's size: the variance is mean + mean² / size. */
  readonly size: number;
}

export interface CountJudgement extends CountForecast {
  /** P(a count this low or lower). */
  readonly pLow: number;
  /** P(a count this high or higher). */
  readonly pHigh: number;
  /** Two-sided. */
  readonly pValue: number;
}

export interface CountObservation {
  /** Counts of the same hour of earlier weeks: of the last four, or of as many as there are. */
  readonly history: readonly number[];
  /** φ: one hour's variance is mean + φ mean²; see `dispersionOf`. */
  readonly dispersion: number;
  readonly count: number;
}

/**
 * A count against the negative binomial that the same hour of earlier weeks predicts, its mean uncertain as that of so
 * few hours is: variance (μ + φμ²)(1 + 1/m). Where nothing was ever counted, one event in m hours is taken for the
 * mean; without history everything is ordinary.
 * Source: Hilbe, Negative Binomial Regression, 2nd ed. (2011), NB2; Farrington et al., J. R. Stat. Soc. A 159 (1996).
 */
export function judgeCount({ history, dispersion, count }: CountObservation): CountJudgement {
  atLeast("count", count, 0);
  atLeast("dispersion", dispersion, 0);
  history.forEach((earlier, index) => atLeast(`history[${index}]`, earlier, 0));
  if (history.length === 0) return { mean: 0, size: 0, pLow: 1, pHigh: 1, pValue: 1 };
  const mean = Math.max(1, sumOf(history)) / history.length;
  const variance = (mean + dispersion * mean ** 2) * (1 + 1 / history.length);
  const size = mean ** 2 / (variance - mean);
  const pLow = negativeBinomialCdf(count, mean, size);
  const pHigh = negativeBinomialSf(count, mean, size);
  return { mean, size, pLow, pHigh, pValue: Math.min(1, 2 * Math.min(pLow, pHigh)) };
}

/**
 * φ common to many hours, each with its counts of some weeks; 0 where they vary no more than Poisson counts.
 * Source: Bliss & Owen, Negative binomial distributions with a common k, Biometrika 45 (1958), by moments.
 */
export function dispersionOf(histories: readonly (readonly number[])[]): number {
  let [excess, squares] = [0, 0];
  for (const history of histories.filter(({ length }) => length >= 2)) {
    const mean = sumOf(history) / history.length;
    const variance = sumOf(history.map((count) => (count - mean) ** 2)) / (history.length - 1);
    excess += variance - mean;
    squares += mean ** 2 - variance / history.length;
  }
  return excess > 0 && squares > 0 ? excess / squares : 0;
}

function sumOf(numbers: readonly number[]): number {
  return numbers.reduce((sum, number) => sum + number, 0);
}

/** One hour is out of the ordinary below this. */
const UNUSUAL = 0.001;

/** Below this one hour is enough. */
const UNHEARD_OF = 1e-8;

/** Of judgements hour by hour, the latest last: an alarm at two unusual hours in a row on the same side, or one unheard of. */
export function isAlarm(hours: readonly CountJudgement[]): boolean {
  const [previous, latest] = [hours.at(-2), hours.at(-1)];
  if (latest === undefined) return false;
  if (latest.pValue < UNHEARD_OF) return true;
  if (previous === undefined || latest.pValue >= UNUSUAL || previous.pValue >= UNUSUAL) return false;
  return isLow(latest) === isLow(previous);
}

function isLow({ pLow, pHigh }: CountJudgement): boolean {
  return pLow < pHigh;
}

export interface WatchedHour {
  /** Units. */
  readonly n: number;
  /** Those of them that did. */
  readonly sum: number;
  /** The rates of this hour alone, in place of those of the watch: where what is usual differs by the time of the day. */
  readonly expected?: number;
  readonly noticed?: number;
}

export interface RateWatch {
  /** The rate that is expected. */
  readonly expected: number;
  /** The rate to be noticed soon, above or below the expected one. */
  readonly noticed: number;
  /** Hours between two false alarms, at least and on average. */
  readonly hoursBetweenFalseAlarms: number;
  /** ρ: how much alike the units of one hour are beyond its rate; see `correlationOf`. 0 if absent: not at all. */
  readonly correlation?: number;
  /** The latest last. */
  readonly hours: readonly WatchedHour[];
}

export interface RateAlarm {
  /** The evidence gathered by each hour's end, in ln. */
  readonly scores: readonly number[];
  /** The index of the first hour with an alarm, or null. */
  readonly firstAlarm: number | null;
}

/**
 * Binomial CUSUM: the logarithm of the likelihood ratio, never carried on below 0; an alarm at ln(hours between false
 * alarms), which bounds them from below. An hour's evidence counts as that of n/(1 + (n − 1)ρ) units.
 * Source: Page, Continuous inspection schemes, Biometrika 41 (1954); Lorden, Ann. Math. Stat. 42 (1971).
 */
export function watchRate({
  hoursBetweenFalseAlarms,
  correlation = 0,
  hours,
  ...watch
}: RateWatch): RateAlarm {
  between("expected", watch.expected, 0, 1);
  between("noticed", watch.noticed, 0, 1);
  atLeast("hoursBetweenFalseAlarms", hoursBetweenFalseAlarms, 1);
  atLeast("correlation", correlation, 0);
  let score = 0;
  const scores = hours.map((hour, index) => {
    const evidence = evidenceOf({ ...watch, ...hour }, `hours[${index}]`);
    score = Math.max(score, 0) + evidence / (1 + Math.max(0, hour.n - 1) * correlation);
    return score;
  });
  const limit = Math.log(hoursBetweenFalseAlarms);
  const firstAlarm = scores.findIndex((reached) => reached >= limit);
  return { scores, firstAlarm: firstAlarm === -1 ? null : firstAlarm };
}

/** What an hour says for the noticed rate and against the expected one, in ln. */
function evidenceOf({ n, sum, expected, noticed }: Required<WatchedHour>, name: string): number {
  atLeast(`${name}.n`, n, 0);
  countWithin(`${name}.sum`, sum, n);
  between(`${name}.expected`, expected, 0, 1);
  between(`${name}.noticed`, noticed, 0, 1);
  const perSuccess = Math.log(noticed / expected);
  const perFailure = Math.log1p(-noticed) - Math.log1p(-expected);
  return sum * perSuccess + (n - sum) * perFailure;
}

/**
 * ρ common to hours with their expected rates; 0 where their units vary no more than independent ones.
 * Source: Williams, Extra-binomial variation in logistic linear models, J. R. Stat. Soc. C 31 (1982), by moments.
 */
export function correlationOf(
  hours: readonly { readonly n: number; readonly sum: number; readonly expected: number }[],
): number {
  let [excess, possible] = [0, 0];
  for (const { n, sum, expected } of hours) {
    const variance = n * expected * (1 - expected);
    excess += (sum - n * expected) ** 2 - variance;
    possible += Math.max(0, n - 1) * variance;
  }
  return excess > 0 && possible > 0 ? Math.min(1, excess / possible) : 0;
}
