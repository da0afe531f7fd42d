/** What still stands between a treatment that is better and its promotion, as the end of a sentence. */
import { type Finding, leastGainOf } from "./findings.js";
import { runsSince } from "../experiment.js";
import type { Frame } from "./frame.js";
import type { ExperimentResults, MetricResult } from "./results.js";
import { inList, inPercent, onDay } from "./wording.js";

type Results = Omit<ExperimentResults, "verdict">;

const DAY = 86_400_000;

export function promotionClause(frame: Frame, results: Results, winner: Finding): string {
  if (frame.experiment.conclusion !== null) return ".";
  return (
    openMetrics(frame, winner) ??
    openGuardrails(frame, results, winner) ??
    openSize(frame, results, winner) ??
    whenOf(frame)
  );
}

function openMetrics(frame: Frame, { unclear }: Finding): string | null {
  if (unclear.length === 0) return null;
  return `, but of ${inList(unclear.map(({ definition }) => definition.name))} nothing is certain${yet(frame)}.`;
}

function openGuardrails(frame: Frame, { metrics }: Results, { variant }: Finding): string | null {
  const open = metrics.filter((metric) => guardrailOf(metric, variant)?.state === "NOT_YET");
  if (open.length === 0) return null;
  const limits = open.map(
    (metric) =>
      `${metric.name} gets worse by ${inPercent(guardrailOf(metric, variant)?.margin ?? 0)} or more`,
  );
  return `, but it cannot be ruled out${yet(frame)} that ${limits.join(", or that ")}.`;
}

/** Of what has stopped, nothing more is to come. */
function yet({ experiment }: Frame): string {
  return experiment.stoppedAt === null ? " yet" : "";
}

function guardrailOf({ comparisons }: MetricResult, variant: string) {
  return comparisons.find((comparison) => comparison.variant === variant)?.guardrail ?? null;
}

/** What is promoted by itself at any look has a rule of its own for that, which is asked. */
function openSize(
  { experiment }: Frame,
  { judgedBy, automatic }: Results,
  { variant, better }: Finding,
): string | null {
  const standing = automatic.standings.find((one) => one.variant === variant);
  const isEnough =
    judgedBy === "ANYTIME"
      ? standing?.beatsMinimum === true
      : better.every((proven) => leastGainOf(proven) >= experiment.minimumEffect);
  if (isEnough) return null;
  return experiment.minimumEffect > 0
    ? `, but it is not certain that it does by the ${inPercent(experiment.minimumEffect)} that are worth a change.`
    : ", but not yet with the certainty that a promotion asks for.";
}

function whenOf({ experiment, now }: Frame): string {
  const { stoppedAt, minimumRuntimeDays } = experiment;
  const from = new Date((runsSince(experiment) ?? now).getTime() + minimumRuntimeDays * DAY);
  return stoppedAt === null && from.getTime() > now.getTime()
    ? `; it can be promoted from ${onDay(from, now)}.`
    : "; it can be promoted.";
}
