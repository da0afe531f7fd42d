/** What an analysis says. Plain objects; null is what is not known, and no number is NaN or infinite. */
import type { MetricDirection } from "../../tracking/index.js";
import type { MetricRole } from "../experiment.js";

export const Judge = {
  ANYTIME: "ANYTIME",
  GROUP_SEQUENTIAL: "GROUP_SEQUENTIAL",
  FIXED_HORIZON: "FIXED_HORIZON",
} as const;
/** Whose intervals and p-values count: those that hold at any look, at looks until a date, or once at a date. */
export type Judge = (typeof Judge)[keyof typeof Judge];

/** Ends that are null are not known. */
export interface Range {
  readonly lower: number | null;
  readonly upper: number | null;
}

/** What one method says of a treatment against the control. */
export interface Judgement {
  /** Two-sided, at 1 − alpha. */
  readonly difference: Range;
  readonly lift: Range;
  /** Two-sided. */
  readonly pValue: number;
}

export const Effect = { BETTER: "BETTER", WORSE: "WORSE", UNCLEAR: "UNCLEAR" } as const;
/** BETTER and WORSE are proven by the method that judges, after the correction for several tests. */
export type Effect = (typeof Effect)[keyof typeof Effect];

export const GuardrailState = { PROVEN: "PROVEN", NOT_YET: "NOT_YET", BREACHED: "BREACHED" } as const;
/** PROVEN: the harm is below the margin. BREACHED: there is harm. NOT_YET: neither is certain. */
export type GuardrailState = (typeof GuardrailState)[keyof typeof GuardrailState];

export interface GuardrailResult {
  readonly state: GuardrailState;
  /** By which share of the control's value it may get worse. */
  readonly margin: number;
  /** By which share it got worse; below 0: it got better. */
  readonly harm: number | null;
  /** What the harm is at least, in one test of a hundred wrongly, at whatever look. */
  readonly leastHarm: number | null;
  /** What it is at most, at alpha over the number of treatments, at whatever look. */
  readonly mostHarm: number | null;
  /** ln of the e-value against "no harm": it is breached from ln 100 on, and a COUNT, whose average is watched too, from ln 200 on. null for sums, means and ratios. */
  readonly logEvidence: number | null;
}

/** What was known of the units that were first exposed until the end of a day. */
export interface DailyPoint {
  /** UTC: `2026-01-31`. */
  readonly day: string;
  /** Of both arms. */
  readonly units: number;
  readonly difference: number | null;
  readonly lift: number | null;
  /** Valid at all days together. */
  readonly differenceRange: Range;
  readonly liftRange: Range;
}

/**
 * A treatment against the control, by one metric. Differences and lifts are treatment − control, whichever way is better.
 * Where shares move by outcomes, the difference and the fixed horizon are by batched least squares; `anytime` weighs epochs by their units.
 */
export interface ComparisonResult {
  readonly variant: string;
  /** The control's value as it is compared: epoch by epoch, adjusted for the past. */
  readonly baseline: number | null;
  readonly difference: number | null;
  /** The difference as a share of the baseline's size: 0.1 is ten per cent more. */
  readonly lift: number | null;
  readonly fixedHorizon: Judgement;
  readonly anytime: Judgement;
  /** null in the other modes. */
  readonly groupSequential: Judgement | null;
  /** p of the method that judges, corrected: Holm's for primary metrics, Benjamini and Hochberg's for secondary ones, none for guardrails. */
  readonly adjustedPValue: number;
  readonly effect: Effect;
  /** Whether there are 30 outcomes in either arm, without which nothing is decided. */
  readonly isReady: boolean;
  /** For show only. */
  readonly chanceToWin: number | null;
  /** For show only: what is lost on average by choosing the treatment, in the metric's unit. */
  readonly expectedLoss: number | null;
  /** The share by which the past of units narrowed the variance. */
  readonly varianceReduction: number | null;
  readonly guardrail: GuardrailResult | null;
  readonly daily: readonly DailyPoint[];
}

/** A variant by itself. */
export interface ArmResult {
  readonly variant: string;
  readonly units: number;
  /** Units whose outcome is not 0. */
  readonly nonzero: number;
  readonly value: number | null;
  /** Of the value, at 1 − alpha, for one look. */
  readonly range: Range;
  /** For show only. */
  readonly chanceToBeBest: number | null;
}

export interface MetricResult {
  /** Its key. */
  readonly metric: string;
  readonly name: string;
  readonly role: MetricRole;
  readonly direction: MetricDirection;
  /** The variance of one unit's outcome, as it is compared; what intervals are tuned for when it is first known. */
  readonly unitVariance: number | null;
  /** The control first. */
  readonly arms: readonly ArmResult[];
  /** One for each treatment. */
  readonly comparisons: readonly ComparisonResult[];
}

export const CheckName = {
  SAMPLE_RATIO: "SAMPLE_RATIO",
  CONFLICTS: "CONFLICTS",
  EMPTY_ARMS: "EMPTY_ARMS",
  FEW_UNITS: "FEW_UNITS",
} as const;
export type CheckName = (typeof CheckName)[keyof typeof CheckName];

export const CheckState = { PASSED: "PASSED", WARNING: "WARNING", FAILED: "FAILED" } as const;
/** FAILED: the results are not to be trusted. */
export type CheckState = (typeof CheckState)[keyof typeof CheckState];

export interface Check {
  readonly name: CheckName;
  readonly state: CheckState;
  readonly sentence: string;
}

export interface SampleRatio {
  readonly arms: readonly { readonly variant: string; readonly units: number; readonly expected: number }[];
  readonly chiSquared: number | null;
  readonly degreesOfFreedom: number;
  /** For one look. */
  readonly pValue: number;
  /** At whatever look; below 0.001 nothing is to be trusted. */
  readonly anytimePValue: number;
}

/** How much the units so far can show by the first primary metric. */
export interface Power {
  readonly metric: string;
  /** The chance to find the least effect that is worth a change, if it is there; null: any effect is. */
  readonly power: number | null;
  /** The smallest lift that is found in four tests of five. */
  readonly detectableLift: number | null;
  readonly units: number;
  /** Of all arms, until the least effect is found in four tests of five; as many as were planned for where any effect is worth it. */
  readonly unitsNeeded: number | null;
  /** Of late. */
  readonly unitsPerDay: number | null;
  /** Whole days; null: it does not run, or nobody comes. */
  readonly daysLeft: number | null;
}

/** Why a treatment is promoted or rolled back by itself, or not. */
export interface TreatmentStanding {
  readonly variant: string;
  /** All primary metrics gain more than the least that is worth a change, for certain at every look. */
  readonly beatsMinimum: boolean;
  /** Keys of guardrails whose harm is not proven to be below the margin. */
  readonly unproven: readonly string[];
  /** Keys of guardrails that ask for a rollback. */
  readonly breached: readonly string[];
}

export const Obstacle = {
  SAMPLE_RATIO: "SAMPLE_RATIO",
  CONFLICTS: "CONFLICTS",
  RUNTIME: "RUNTIME",
  ENDED: "ENDED",
} as const;
/** What holds up the promotion of every treatment. */
export type Obstacle = (typeof Obstacle)[keyof typeof Obstacle];

/** What the rule of automatic decisions says, whether or not it is let decide. */
export interface AutomaticResult {
  /** The treatment to promote; null: none. */
  readonly promote: string | null;
  readonly rollBack: readonly string[];
  readonly obstacles: readonly Obstacle[];
  readonly standings: readonly TreatmentStanding[];
}

export const VerdictState = {
  NOT_STARTED: "NOT_STARTED",
  NO_UNITS: "NO_UNITS",
  UNTRUSTWORTHY: "UNTRUSTWORTHY",
  HARMFUL: "HARMFUL",
  TOO_EARLY: "TOO_EARLY",
  BETTER: "BETTER",
  WORSE: "WORSE",
  MIXED: "MIXED",
  UNDECIDED: "UNDECIDED",
  NO_DIFFERENCE: "NO_DIFFERENCE",
} as const;
/** UNDECIDED: it goes on. NO_DIFFERENCE: it ended, and none was found. MIXED: better by one primary metric and worse by another. */
export type VerdictState = (typeof VerdictState)[keyof typeof VerdictState];

export interface Verdict {
  readonly state: VerdictState;
  /** The treatment that it is about; null: all of them. */
  readonly variant: string | null;
  readonly sentence: string;
}

export interface ExperimentResults {
  readonly at: Date;
  readonly judgedBy: Judge;
  /** Whether that method may be asked yet; a fixed horizon is judged at its date only. */
  readonly isJudged: boolean;
  /** Of the planned units, the share that is there. */
  readonly information: number | null;
  readonly alpha: number;
  readonly units: number;
  readonly verdict: Verdict;
  readonly metrics: readonly MetricResult[];
  readonly sampleRatio: SampleRatio;
  readonly checks: readonly Check[];
  readonly power: Power | null;
  readonly automatic: AutomaticResult;
}

/** null for what is not a number that can be shown. */
export function finite(value: number): number | null {
  return Number.isFinite(value) ? value : null;
}

export function finiteRange({ lower, upper }: { readonly lower: number; readonly upper: number }): Range {
  return { lower: finite(lower), upper: finite(upper) };
}

export const nothingKnown: Range = { lower: null, upper: null };
