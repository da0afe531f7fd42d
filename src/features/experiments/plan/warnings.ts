/** What speaks against a plan, or against trusting it. Pure. */
import { inNumbers, inPercent, plural } from "../numbers.js";
import { mostDemanding, nameOf } from "./guardrail.js";
import { type PlanFigures, type PlanWarning, type PlanWarningKind } from "./plan.js";

/** No decision is made on fewer in an arm. */
const leastOutcomes = 30;
const mostWeeks = 12;
const leastPastDays = 7;
const leastPastUnits = 100;

export function warningsOf(figures: PlanFigures): PlanWarning[] {
  const found: readonly (readonly [PlanWarningKind, string | null])[] = [
    ["NOTHING_DETECTABLE", nothingDetectable(figures)],
    ["FEW_OUTCOMES", fewOutcomes(figures)],
    ["GUARDRAIL_UNPROVEN", guardrailUnproven(figures)],
    ["LONG", tooLong(figures)],
    ["ONLY_THOSE_WHO_DID", onlyThoseWhoDid(figures)],
    ["SHORT_PAST", shortPast(figures)],
  ];
  return found.flatMap(([kind, message]) => (message === null ? [] : [{ kind, message }]));
}

function nothingDetectable({ effect }: PlanFigures): string | null {
  return effect === null
    ? "So few units show no effect, however large: let it run longer, or for more of them."
    : null;
}

/** In the arm that has fewer of them. */
function fewOutcomes({ baseline: { figures, past }, effect, unitsPerArm }: PlanFigures): string | null {
  const share = figures.kind === "proportion" ? figures.rate : (past?.nonzero ?? null);
  if (share === null) return null;
  const expected = unitsPerArm * share * Math.min(1, 1 + (effect ?? 0));
  if (expected >= leastOutcomes) return null;
  return `Only ${inNumbers(expected)} units of an arm are expected to have an outcome other than 0: nothing is decided on fewer than ${leastOutcomes}. Plan for a smaller effect, or for more units.`;
}

function guardrailUnproven({ guardrails, unitsPerArm }: PlanFigures): string | null {
  const most = mostDemanding(guardrails);
  if (most === null || most.unitsPerArm <= unitsPerArm) return null;
  return `${nameOf(most, guardrails)} needs ${plural(most.unitsPerArm, "unit")} in each arm, and there are ${inNumbers(unitsPerArm)}: that it is not worse by ${inPercent(most.margin)} may not be proven by then, and nothing is promoted by itself without. Let it run longer, or allow a wider margin.`;
}

function tooLong({ durationWeeks }: PlanFigures): string | null {
  if (durationWeeks === null || durationWeeks <= mostWeeks) return null;
  return `It takes ${inNumbers(durationWeeks)} weeks. In more than ${mostWeeks} people come back as somebody new, and the world changes: plan for a larger effect, fewer arms, more traffic, or a metric that varies less.`;
}

function onlyThoseWhoDid({ baseline: { past } }: PlanFigures): string | null {
  if (past?.nonzero !== 1) return null;
  return "Every unit that is known of has a value other than 0, since nothing else is tracked here by which those who did nothing would be known: their share is missing from the baseline, and more units are needed than this says.";
}

function shortPast({ baseline: { past } }: PlanFigures): string | null {
  if (past === null || (past.days >= leastPastDays && past.units >= leastPastUnits)) return null;
  return `The baseline is from ${plural(past.units, "unit")} in ${plural(Math.ceil(past.days), "day")} alone: plan again when there is more.`;
}
