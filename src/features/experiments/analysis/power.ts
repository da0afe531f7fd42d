/** How much the units so far can show, and how long it takes until they show what is worth a change. */
import {
  type Baseline,
  durationOf,
  inflationOf,
  type Looking,
  minimumDetectableDifference,
  minimumDetectableLift,
  powerOfZ,
  sampleSizeForRates,
} from "../../../statistics/index.js";
import type { TrialSums } from "../../tracking/index.js";
import type { Frame, Measured, Pair } from "./frame.js";
import { finite, type Power } from "./results.js";
import { unitVarianceOf } from "./strata.js";

/** An effect that is there is found in four tests of five. */
const DEMANDED = 0.8;
/** Traffic is that of as many whole days. */
const DAYS = 7;
const DAY = 86_400_000;

/** Of the first primary metric, by the treatment of which least is known; null without one. */
export function powerOf(frame: Frame, measured: readonly Measured[]): Power | null {
  const primary = measured.find(({ role }) => role === "PRIMARY");
  if (primary === undefined) return null;
  const units = frame.sums.exposures.reduce((sum, { n }) => sum + n, 0);
  const needed = Math.max(...primary.pairs.map((pair) => unitsFor(frame, primary, pair)));
  const perDay = unitsPerDay(frame);
  return {
    metric: primary.metric.key,
    power: worst(
      primary.pairs.map((pair) => powerFor(frame, pair)),
      Math.min,
    ),
    detectableLift: worst(
      primary.pairs.map((pair) => detectableBy(frame, primary, pair)),
      Math.max,
    ),
    units,
    unitsNeeded: finite(Math.ceil(needed)),
    unitsPerDay: perDay,
    daysLeft: daysLeft(frame, needed - units, perDay),
  };
}

function worst(figures: readonly number[], pick: (...figures: number[]) => number): number | null {
  return figures.length === 0 ? null : finite(pick(...figures));
}

/** The chance to find the least effect that is worth a change. */
function powerFor({ experiment, horizon }: Frame, { compared }: Pair): number {
  const { minimumEffect, alpha } = experiment;
  const baseline = Math.abs(compared.arms?.control.estimate ?? 0);
  const standardError = compared.se * Math.sqrt(inflationOf(lookingBy(horizon)));
  const difference = minimumEffect * baseline;
  return difference > 0 && standardError > 0 && standardError < Infinity
    ? powerOfZ({ difference, standardError, alpha })
    : Number.NaN;
}

function detectableBy(
  { experiment, horizon }: Frame,
  measured: Measured,
  { strata, compared }: Pair,
): number {
  const control = compared.arms?.control;
  if (control === undefined || control.estimate === 0) return Number.NaN;
  const baseline = baselineOf(measured, control.estimate, unitVarianceOf(strata.epochs));
  const pairs = strata.epochs.reduce((sum, pair) => sum + 2 / (1 / pair.control.n + 1 / pair.treatment.n), 0);
  const units = pairs / inflationOf(lookingBy(horizon));
  return minimumDetectableLift(baseline, units, { alpha: experiment.alpha, power: DEMANDED });
}

/** Of all arms. Uneven shares cost units: two arms tell as much as 4w(1 − w) of them would, half and half. */
function unitsFor(
  { experiment, horizon }: Frame,
  measured: Measured,
  { strata, compared, plan }: Pair,
): number {
  const { minimumEffect, alpha, plannedUnits } = experiment;
  if (minimumEffect === 0) return plannedUnits;
  const control = compared.arms?.control;
  const variance = unitVarianceOf(strata.epochs);
  if (control === undefined || control.estimate === 0 || !(variance > 0)) return Number.NaN;
  const perArm = unitsPerArm(measured, control.estimate, { minimumEffect, alpha, variance });
  const ofPair = (2 * perArm * inflationOf(lookingBy(horizon))) / (4 * plan.share * (1 - plan.share));
  return ofPair / plan.ofAll;
}

/** What is detectable falls with the root of the units. */
function unitsPerArm(
  { metric, adjusted }: Measured,
  baseline: number,
  {
    minimumEffect,
    alpha,
    variance,
  }: { readonly minimumEffect: number; readonly alpha: number; readonly variance: number },
): number {
  const demands = { alpha, power: DEMANDED };
  const target = baseline * (1 + (metric.direction === "INCREASE" ? minimumEffect : -minimumEffect));
  if (metric.type !== "CONVERSION" || adjusted) {
    const ofOneUnit = minimumDetectableDifference({ kind: "mean", mean: baseline, variance }, 1, demands);
    return (ofOneUnit / (minimumEffect * baseline)) ** 2;
  }
  return target >= 0 && target <= 1 ? sampleSizeForRates({ baseline, target }, demands).pooled : Number.NaN;
}

function baselineOf({ metric, adjusted }: Measured, estimate: number, variance: number): Baseline {
  return metric.type === "CONVERSION" && !adjusted
    ? { kind: "proportion", rate: estimate }
    : { kind: "mean", mean: estimate, variance };
}

function lookingBy({ judgedBy }: Frame["horizon"]): Looking {
  switch (judgedBy) {
    case "ANYTIME":
      return "anytime";
    case "GROUP_SEQUENTIAL":
      return "groupSequential";
    case "FIXED_HORIZON":
      return "once";
  }
}

/** Of the last whole days; on the first day, as many as came. null before anybody did. */
function unitsPerDay({ sums, experiment, now }: Frame): number | null {
  const today = dayOf(now);
  const earlier = new Date(now.getTime() - DAYS * DAY);
  const begun = experiment.startedAt ?? now;
  const from = dayOf(begun > earlier ? begun : earlier);
  const days = Math.round((Date.parse(today) - Date.parse(from)) / DAY);
  const units = unitsWithin(sums, from, days === 0 ? undefined : today);
  return units === 0 ? null : units / Math.max(1, days);
}

function unitsWithin({ exposures }: TrialSums, from: string, before?: string): number {
  return exposures
    .filter(({ day }) => day >= from && (before === undefined || day < before))
    .reduce((sum, { n }) => sum + n, 0);
}

function dayOf(moment: Date): string {
  return moment.toISOString().slice(0, 10);
}

function daysLeft({ experiment }: Frame, missing: number, perDay: number | null): number | null {
  if (experiment.status !== "RUNNING" || perDay === null || !Number.isFinite(missing)) return null;
  const traffic = { arms: 2, unitsPerDay: perDay, allocation: 1, inflation: 1 };
  return finite(durationOf(Math.max(0, missing) / 2, traffic).days);
}
