/** What a plan of an experiment is: how many units it needs and how long it runs for them, worked out before it begins. Pure. */
import type { Baseline } from "../../../statistics/index.js";
import type { AnalysisMode } from "../experiment.js";

export const BaselineSource = {
  GIVEN: "GIVEN",
  PAST_EVENTS: "PAST_EVENTS",
  EXPOSED_UNITS: "EXPOSED_UNITS",
} as const;
export type BaselineSource = (typeof BaselineSource)[keyof typeof BaselineSource];

/** What past events tell beside the baseline. */
export interface PastUnits {
  /** Of which units: of all that something was tracked of, or of all that were exposed to a trial. */
  readonly source: Exclude<BaselineSource, "GIVEN">;
  /** How many units there were. */
  readonly units: number;
  /** In how many days, 1–28. */
  readonly days: number;
  /** Which share of them has a value other than 0, 0–1; null for a mean or ratio of events. */
  readonly nonzero: number | null;
}

/** What one unit is like without the change, and how that is known. */
export interface KnownBaseline {
  readonly figures: Baseline;
  /** null: it was given. */
  readonly past: PastUnits | null;
}

/** What is to be planned for. */
export interface PlanSettings {
  /** The relative change that is to be found, other than 0; null: whatever can be found in the weeks. */
  readonly effect: number | null;
  /** How long it is to run where no effect is set. */
  readonly weeks: number;
  /** The control among them. */
  readonly arms: number;
  /** Which share of those who qualify takes part, above 0, at most 100. */
  readonly traffic: number;
  /** Of those who qualify; null: not known, which needs an effect. */
  readonly unitsPerDay: number | null;
  /** Over all comparisons with the control. */
  readonly alpha: number;
  readonly power: number;
  readonly mode: AnalysisMode;
  /** R² of what is known of units beforehand, 0 to below 1. */
  readonly varianceReduction: number;
}

/** What can be found once so many weeks have passed. */
export interface DetectableEffect {
  readonly weeks: number;
  readonly unitsPerArm: number;
  /** As a share of the baseline; null: nothing. */
  readonly effect: number | null;
  /** In the measure of the baseline; null: nothing. */
  readonly difference: number | null;
}

export const PlanWarningKind = {
  FEW_OUTCOMES: "FEW_OUTCOMES",
  GUARDRAIL_UNPROVEN: "GUARDRAIL_UNPROVEN",
  LONG: "LONG",
  NOTHING_DETECTABLE: "NOTHING_DETECTABLE",
  ONLY_THOSE_WHO_DID: "ONLY_THOSE_WHO_DID",
  SHORT_PAST: "SHORT_PAST",
} as const;
export type PlanWarningKind = (typeof PlanWarningKind)[keyof typeof PlanWarningKind];

/** What speaks against a plan, or against trusting it. */
export interface PlanWarning {
  readonly kind: PlanWarningKind;
  /** In a plain sentence. */
  readonly message: string;
}

/** What it takes to prove that a metric is not worse by its margin. */
export interface PlanGuardrail {
  /** null: its baseline was given. */
  readonly metric: string | null;
  /** As a share of the control's value. */
  readonly margin: number;
  readonly unitsPerArm: number;
  readonly baseline: KnownBaseline;
}

export interface ExperimentPlan {
  readonly effect: number | null;
  /** What is needed for the effect and every guardrail, or what there is after the weeks. */
  readonly unitsPerArm: number;
  readonly unitsInTotal: number;
  /** Whole ones; null: how many units come a day is not known. */
  readonly durationDays: number | null;
  /** Whole ones; null likewise. */
  readonly durationWeeks: number | null;
  readonly unitsPerDay: number | null;
  /** By weeks; empty where it is not known how many units come a day. */
  readonly detectable: readonly DetectableEffect[];
  readonly baseline: KnownBaseline;
  readonly guardrails: readonly PlanGuardrail[];
  /** In a plain sentence. */
  readonly summary: string;
  readonly warnings: readonly PlanWarning[];
}

/** A plan before anything is said of it. */
export type PlanFigures = Omit<ExperimentPlan, "summary" | "warnings">;

/** Whether a rate stays one: between 0 and 1 after the change. */
export function isPossible(baseline: Baseline, effect: number): boolean {
  if (baseline.kind === "mean") return true;
  const rate = baseline.rate * (1 + effect);
  return rate > 0 && rate < 1;
}

/** Of the variance over the square of the change: beyond it more units are needed than there are. */
const mostNoise = 1e9;

/** Whether any number of units that can be had could show the effect. */
export function isMeasurable(baseline: Baseline, effect: number): boolean {
  return varianceOf(baseline) <= mostNoise * (meanOf(baseline) * effect) ** 2;
}

/** The mean of one unit's value; the rate of one that did or did not. */
export function meanOf(baseline: Baseline): number {
  return baseline.kind === "mean" ? baseline.mean : baseline.rate;
}

/** Of one unit's value. */
export function varianceOf(baseline: Baseline): number {
  return baseline.kind === "mean" ? baseline.variance : baseline.rate * (1 - baseline.rate);
}
