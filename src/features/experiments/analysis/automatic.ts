/** What the rule of automatic decisions makes of the sums: the same rule for those who watch and for those who let it act. */
import {
  type Assignment,
  decidePromotion,
  type GuardrailEvidence,
  type MetricEvidence,
} from "../../../statistics/index.js";
import type { TrialSums } from "../../tracking/index.js";
import { runsSince } from "../experiment.js";
import type { Frame, Measured } from "./frame.js";
import { evidenceOf, guardrailEvidence } from "./guardrail.js";
import type { AutomaticResult, Obstacle, TreatmentStanding } from "./results.js";
import { assignmentsOf } from "./shares.js";

const obstacleNames = {
  "sample-ratio": "SAMPLE_RATIO",
  conflicts: "CONFLICTS",
  runtime: "RUNTIME",
  ended: "ENDED",
} as const satisfies Record<string, Obstacle>;

const DAY = 86_400_000;

/**
 * By `decidePromotion`, once for each primary metric: a treatment is promoted where all of them allow it, the one with the
 * largest lower bound of the first. What is in percent of the control's value is proven with the doubt of that value.
 */
export function decideAutomatically(frame: Frame, measured: readonly Measured[]): AutomaticResult {
  const guardrails = measured.filter(({ role }) => role === "GUARDRAIL");
  const decisions = measured
    .filter(({ role }) => role === "PRIMARY")
    .map((primary) => decidePromotion(lookAt(frame, primary, guardrails)));
  const [first] = decisions;
  const keys = guardrails.map(({ metric }) => metric.key);
  const named = (indices: readonly number[]) => indices.flatMap((index) => keys[index] ?? []);
  const standings = frame.treatments.map((variant, index): TreatmentStanding => {
    const own = decisions.flatMap((decision) => decision.standings[index] ?? []);
    return {
      variant,
      beatsMinimum: own.length > 0 && own.every(({ beatsMinimum }) => beatsMinimum),
      unproven: named(own[0]?.unproven ?? []),
      breached: named(own[0]?.alarms ?? []),
    };
  });
  const bounds = first?.standings.map(({ lowerBound }) => lowerBound) ?? [];
  const obstacles = (first?.obstacles ?? []).map((obstacle) => obstacleNames[obstacle]);
  return {
    promote: obstacles.length === 0 ? largest(standings, bounds) : null,
    rollBack: standings.filter(({ breached }) => breached.length > 0).map(({ variant }) => variant),
    obstacles,
    standings,
  };
}

/** Whether nothing of its own stands in the way of its promotion. */
export function isPromotable({ beatsMinimum, unproven, breached }: TreatmentStanding): boolean {
  return beatsMinimum && unproven.length + breached.length === 0;
}

function largest(standings: readonly TreatmentStanding[], bounds: readonly number[]): string | null {
  const [best] = standings
    .map((standing, index) => ({ ...standing, bound: bounds[index] ?? -Infinity }))
    .filter(isPromotable)
    .toSorted((one, other) => other.bound - one.bound);
  return best?.variant ?? null;
}

function lookAt(frame: Frame, primary: Measured, guardrails: readonly Measured[]) {
  const { experiment, epochs, sums, treatments, now } = frame;
  const { alpha, minimumEffect, minimumRuntimeDays, stoppedAt, endsAt } = experiment;
  const since = runsSince(experiment);
  const moment = (stoppedAt ?? now).getTime();
  const assignment = assignmentsOf(experiment, epochs, sums);
  return {
    treatments: treatments.map((_, index) => ({
      share: primary.pairs[index]?.plan.share ?? 0.5,
      primary: metricEvidence(primary, index),
      guardrails: guardrails.map((guardrail) => guardrailOf(guardrail, index)),
    })),
    alpha,
    minEffect: { share: minimumEffect },
    assignment,
    conflictedUnits: Math.min(conflictedUnits(sums), totalOf(assignment)),
    days: since === null ? 0 : Math.max(0, (moment - since.getTime()) / DAY),
    minimumWeeks: minimumRuntimeDays / 7,
    ended: endsAt !== null && endsAt.getTime() <= moment,
  };
}

function conflictedUnits({ exposures }: TrialSums): number {
  return exposures.reduce((sum, { conflicted }) => sum + conflicted, 0);
}

/** Units whose epoch does not tell what their share should be are no part of the assignment. */
function totalOf(assignment: readonly Assignment[]): number {
  return assignment.flatMap(({ counts }) => counts).reduce((sum, count) => sum + count, 0);
}

const nothing: MetricEvidence = { epochs: [], direction: "increase", plannedVariance: 1 };

function metricEvidence(measured: Measured, index: number): MetricEvidence {
  const pair = measured.pairs[index];
  return pair === undefined ? nothing : evidenceOf(measured, pair);
}

function guardrailOf(measured: Measured, index: number): GuardrailEvidence {
  const pair = measured.pairs[index];
  return pair === undefined ? { ...nothing, margin: 0 } : guardrailEvidence(measured, pair);
}
