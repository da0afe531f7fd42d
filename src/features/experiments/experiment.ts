/** What an experiment is: variants of a flag, shown to shares of those who qualify, and measured against a control. Pure. */
import type { Condition } from "../../evaluation/index.js";
import { conflict, quote } from "../../platform/problems.js";

export const ExperimentStatus = {
  DRAFT: "DRAFT",
  SCHEDULED: "SCHEDULED",
  RUNNING: "RUNNING",
  PAUSED: "PAUSED",
  STOPPED: "STOPPED",
  CONCLUDED: "CONCLUDED",
} as const;
/** SCHEDULED: it starts by itself. PAUSED: the flag answers as if there were no experiment. STOPPED: it awaits its conclusion. */
export type ExperimentStatus = (typeof ExperimentStatus)[keyof typeof ExperimentStatus];

export const AnalysisMode = {
  ANYTIME: "ANYTIME",
  GROUP_SEQUENTIAL: "GROUP_SEQUENTIAL",
  FIXED_HORIZON: "FIXED_HORIZON",
} as const;
/** How results are judged: at any look, at looks until a date, or once at a date. */
export type AnalysisMode = (typeof AnalysisMode)[keyof typeof AnalysisMode];

export const MetricRole = { PRIMARY: "PRIMARY", SECONDARY: "SECONDARY", GUARDRAIL: "GUARDRAIL" } as const;
/** PRIMARY decides, SECONDARY explains, GUARDRAIL must not get worse. */
export type MetricRole = (typeof MetricRole)[keyof typeof MetricRole];

export interface ExperimentMetric {
  /** Key of the metric. */
  readonly metric: string;
  readonly role: MetricRole;
  /** GUARDRAIL: by which share of the control's value it may get worse, above 0. null for other roles. */
  readonly margin: number | null;
}

/** A variant of the flag, and its share of those who take part. */
export interface Arm {
  readonly variant: string;
  /** All weights sum to 100 000. */
  readonly weight: number;
}

/** The part of a layer that an experiment has: no unit is in two experiments of one layer. */
export interface LayerShare {
  /** Key of the layer. */
  readonly layer: string;
  /** Of its 100 000 buckets, from `low` to below `high`. */
  readonly low: number;
  readonly high: number;
}

/** What was decided at its end, and why. */
export interface Conclusion {
  /** Of everybody who qualified, from now on; null: nothing changes. */
  readonly variant: string | null;
  /** In the words of whoever decided. */
  readonly text: string;
  /** Whether Halyard decided by the rule that it was given. */
  readonly automatic: boolean;
  /** RFC 3339. */
  readonly at: string;
}

/** What people set of an experiment; once it runs only some of it may change. */
export interface ExperimentSettings {
  readonly name: string;
  /** What is expected to happen, and why. */
  readonly hypothesis: string | null;
  /** Who qualifies; null: everybody. */
  readonly audience: Condition | null;
  /** Path of the attribute by whose value units are told apart. */
  readonly attribute: string;
  /** The variant that the others are compared with. */
  readonly control: string;
  /** Two to ten, the control among them, in their order. */
  readonly arms: readonly Arm[];
  /** Which share of those who qualify takes part, 0–100, at most three decimals. */
  readonly traffic: number;
  readonly layer: LayerShare | null;
  /** One PRIMARY at least. */
  readonly metrics: readonly ExperimentMetric[];
  readonly mode: AnalysisMode;
  /** The error that is accepted, 0.001–0.2. */
  readonly alpha: number;
  /** The least lift of a primary metric that is worth a change, as a share of the control's value; 0: any. */
  readonly minimumEffect: number;
  /** For how many units the intervals are to be narrowest (ANYTIME), or how many are planned for (other modes). */
  readonly plannedUnits: number;
  /** When it starts by itself. */
  readonly startsAt: Date | null;
  /** When it ends by itself. */
  readonly endsAt: Date | null;
  /** Whole days before which nothing is promoted. */
  readonly minimumRuntimeDays: number;
  readonly promotesAutomatically: boolean;
  readonly rollsBackAutomatically: boolean;
  /** Whether shares move to the variants that do better. */
  readonly optimises: boolean;
  /** Whether what units did in the two weeks before is taken out of the variance. */
  readonly adjustsForPast: boolean;
  /** Paths of attributes that are recorded when somebody is shown a variant, to slice results by. */
  readonly slices: readonly string[];
}

export interface Experiment extends ExperimentSettings {
  /** Also the seed of its split, and the id of its trial. */
  readonly id: string;
  readonly project: string;
  readonly key: string;
  readonly environment: string;
  readonly flag: string;
  readonly status: ExperimentStatus;
  /** Whom its rule is for since it started: the audience, the share of its layer and the holdouts as they were then; null: everybody. */
  readonly condition: Condition | null;
  /** 0 before it started; a new one with every change of weights, audience or traffic. */
  readonly epoch: number;
  readonly startedAt: Date | null;
  /** The last time; null: it was never paused, or still is for the first time. */
  readonly resumedAt: Date | null;
  readonly stoppedAt: Date | null;
  readonly conclusion: Conclusion | null;
  readonly version: number;
  readonly createdAt: Date;
  readonly updatedAt: Date;
}

/** Since when it has shown variants without a break, which its least time counts from; null: it was not started. */
export function runsSince({
  startedAt,
  resumedAt,
}: Pick<Experiment, "startedAt" | "resumedAt">): Date | null {
  return resumedAt ?? startedAt;
}

/** Names an experiment. */
export type ExperimentName = Pick<Experiment, "project" | "key">;

/** What Halyard does to a trial by itself. */
export interface NewDecision {
  /** Project key. */
  readonly project: string;
  /** Id of the trial. */
  readonly trial: string;
  readonly at: Date;
  /** Such as STARTED, ENDED, PROMOTED, ROLLED_BACK. */
  readonly action: string;
  /** A plain sentence. */
  readonly summary: string;
  /** JSON of what it was decided from. */
  readonly inputs: unknown;
}

export interface Decision extends NewDecision {
  readonly id: string;
}

/** Of an experiment that was created, what people set where they set nothing. */
export const defaultSettings: Omit<ExperimentSettings, "name" | "control" | "arms" | "metrics"> = {
  ...{ hypothesis: null, audience: null, attribute: "targetingKey", traffic: 100, layer: null },
  ...{ mode: "ANYTIME", alpha: 0.05, minimumEffect: 0, plannedUnits: 5_000 },
  ...{ startsAt: null, endsAt: null, minimumRuntimeDays: 7 },
  ...{ promotesAutomatically: false, rollsBackAutomatically: false, optimises: false },
  ...{ adjustsForPast: true, slices: [] },
};

const settingNames = [
  ...(["name", "hypothesis", "audience", "attribute", "control", "arms", "traffic", "layer"] as const),
  ...(["metrics", "mode", "alpha", "minimumEffect", "plannedUnits", "startsAt", "endsAt"] as const),
  ...(["minimumRuntimeDays", "promotesAutomatically", "rollsBackAutomatically", "optimises"] as const),
  ...(["adjustsForPast", "slices"] as const),
] satisfies readonly (keyof ExperimentSettings)[];

export function settingsOf(experiment: ExperimentSettings): ExperimentSettings {
  const settings = settingNames.map((name) => [name, experiment[name]]);
  return Object.fromEntries(settings) as ExperimentSettings;
}

/** Those that have a rule in their flag, or will have it again. */
export const underWay: readonly ExperimentStatus[] = ["RUNNING", "PAUSED"];

export function isUnderWay({ status }: Pick<Experiment, "status">): boolean {
  return underWay.includes(status);
}

/** Whether it ended, concluded or not. */
export function isOver({ status }: Pick<Experiment, "status">): boolean {
  return status === "STOPPED" || status === "CONCLUDED";
}

/** An experiment as messages call it: `Experiment "new-price"`. */
export function nameOf({ key }: Pick<Experiment, "key">): string {
  return `Experiment ${quote(key)}`;
}

/** Throws CONFLICT where the experiment is in none of these. `deed` goes on "cannot be". */
export function refuseUnless(
  experiment: Pick<Experiment, "key" | "status">,
  statuses: readonly ExperimentStatus[],
  deed: string,
): void {
  if (statuses.includes(experiment.status)) return;
  throw conflict(
    `${nameOf(experiment)} is ${experiment.status} and cannot be ${deed}: only what is ${statuses.join(" or ")} can.`,
  );
}
