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

export interface RateWatch {
  /** The rate that is expected. */
  readonly expected: number;
  /** The rate to be noticed soon, above or below the expected one. */
  readonly noticed: number;
  /** Hours between two false alarms, at least and on average. */
  readonly hoursBetweenFalseAlarms: number;
  /** By hour, the latest last: units, and those that did. */
  readonly hours: readonly { readonly n: number; readonly sum: number }[];
}

export interface RateAlarm {
  /** The evidence gathered by each hour's end, in ln. */
  readonly scores: readonly number[];
  /** The index of the first hour with an alarm, or null. */
  readonly firstAlarm: number | null;
}

/**
 * Binomial CUSUM: the logarithm of the likelihood ratio, never carried on below 0; an alarm at ln(hours between false
 * alarms), which bounds them from below.
 * Source: Page, Continuous inspection schemes, Biometrika 41 (1954); Lorden, Ann. Math. Stat. 42 (1971).
 */
export function watchRate({ expected, noticed, hoursBetweenFalseAlarms, hours }: RateWatch): RateAlarm {
  between("expected", expected, 0, 1);
  between("noticed", noticed, 0, 1);
  atLeast("hoursBetweenFalseAlarms", hoursBetweenFalseAlarms, 1);
  const perSuccess = Math.log(noticed / expected);
  const perFailure = Math.log1p(-noticed) - Math.log1p(-expected);
  let score = 0;
  const scores = hours.map(({ n, sum }, index) => {
    atLeast(`hours[${index}].n`, n, 0);
    countWithin(`hours[${index}].sum`, sum, n);
    score = Math.max(score, 0) + sum * perSuccess + (n - sum) * perFailure;
    return score;
  });
  const limit = Math.log(hoursBetweenFalseAlarms);
  const firstAlarm = scores.findIndex((reached) => reached >= limit);
  return { scores, firstAlarm: firstAlarm === -1 ? null : firstAlarm };
}
