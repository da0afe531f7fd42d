/** How many units it takes to prove that a metric is not worse by its margin. Pure. */
import { inflationOf, sampleSizeForMeans, sampleSizeForRates } from "../../../statistics/index.js";
import { quote } from "../../../platform/problems.js";
import { demandsOf, looking } from "./demands.js";
import { type KnownBaseline, meanOf, type PlanGuardrail, type PlanSettings } from "./plan.js";

/** A metric that must not get worse, and what is known of it. */
export interface KnownGuardrail {
  /** null: its baseline was given. */
  readonly metric: string | null;
  /** As a share of the control's value, above 0, at most 1. */
  readonly margin: number;
  readonly baseline: KnownBaseline;
  /** The better way; null: not known, so that the one that takes more units is taken. */
  readonly direction: "INCREASE" | "DECREASE" | null;
}

/** The one that needs the most units; null: there is none. */
export function mostDemanding(guardrails: readonly PlanGuardrail[]): PlanGuardrail | null {
  return guardrails.toSorted((one, other) => other.unitsPerArm - one.unitsPerArm)[0] ?? null;
}

/** As sentences begin with it: by its metric or else by its place among all. */
export function nameOf(guardrail: PlanGuardrail, all: readonly PlanGuardrail[]): string {
  const { metric } = guardrail;
  return `Guardrail ${metric === null ? all.indexOf(guardrail) + 1 : quote(metric)}`;
}

/** Per arm, where it is in truth as good with the treatment as without. What a covariate explains of it is not known. */
export function guardrailFigures(guardrail: KnownGuardrail, settings: PlanSettings): PlanGuardrail {
  const { metric, margin, baseline } = guardrail;
  const units = inflationOf(looking[settings.mode]) * unitsAtOneLook(guardrail, settings);
  return { metric, margin, baseline, unitsPerArm: Math.ceil(units) };
}

/** What is judged is treatment − k·control, as in `boundBeyond`. */
function unitsAtOneLook(guardrail: KnownGuardrail, settings: PlanSettings): number {
  const { figures } = guardrail.baseline;
  const times = 1 + (growsByHarm(guardrail) ? 1 : -1) * guardrail.margin;
  const demands = demandsOf(settings);
  if (figures.kind === "proportion") {
    return sampleSizeForRates({ baseline: figures.rate, target: figures.rate, times }, demands).unpooled;
  }
  const sd = Math.sqrt(figures.variance);
  return sampleSizeForMeans({ difference: figures.mean * (1 - times), sd, times }, demands).normal;
}

/** Whether harm takes the value further away from 0. */
function growsByHarm({ direction, baseline }: KnownGuardrail): boolean {
  if (direction === null) return true;
  return (direction === "DECREASE") === meanOf(baseline.figures) > 0;
}
