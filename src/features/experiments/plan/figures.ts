/** The figures of a plan. Pure. */
import {
  type Baseline,
  type Demands,
  detectableAfter,
  durationOf,
  inflationOf,
  sampleSizeForMeans,
  sampleSizeForRates,
  type Traffic,
} from "../../../statistics/index.js";
import { demandsOf, looking } from "./demands.js";
import { guardrailFigures, type KnownGuardrail } from "./guardrail.js";
import {
  type DetectableEffect,
  type KnownBaseline,
  meanOf,
  type PlanFigures,
  type PlanGuardrail,
  type PlanSettings,
} from "./plan.js";

const weeksShown = [1, 2, 4, 8];

/** Arms have equal shares. The effect must be one that the baseline can have: see `isPossible` and `isMeasurable`. */
export function figuresOf(
  baseline: KnownBaseline,
  settings: PlanSettings,
  known: readonly KnownGuardrail[] = [],
): PlanFigures {
  const guardrails = known.map((guardrail) => guardrailFigures(guardrail, settings));
  return settings.effect === null
    ? { ...planByTime(baseline, settings), guardrails }
    : { ...planByEffect(baseline, settings, settings.effect, guardrails), guardrails };
}

type Planned = Omit<PlanFigures, "guardrails">;

function planByEffect(
  baseline: KnownBaseline,
  settings: PlanSettings,
  effect: number,
  guardrails: readonly PlanGuardrail[],
): Planned {
  const { arms, unitsPerDay } = settings;
  const forEffect = Math.ceil(
    inflationFor(settings) * unitsAtOneLook(baseline.figures, effect, demandsOf(settings)),
  );
  const unitsPerArm = Math.max(forEffect, ...guardrails.map((guardrail) => guardrail.unitsPerArm));
  const traffic = trafficOf(settings, 1);
  const duration = traffic === null ? null : durationOf(unitsPerArm, traffic);
  return {
    ...{ effect, unitsPerArm, unitsInTotal: unitsPerArm * arms, unitsPerDay, baseline },
    ...{ durationDays: duration?.days ?? null, durationWeeks: duration?.weeks ?? null },
    detectable: detectableOf(baseline.figures, settings, weeksShown),
  };
}

function planByTime(baseline: KnownBaseline, settings: PlanSettings): Planned {
  const { arms, weeks, unitsPerDay } = settings;
  const [found] = detectableOf(baseline.figures, settings, [weeks]);
  if (found === undefined) throw new Error("A plan by time needs to know how many units come a day.");
  const { effect, unitsPerArm } = found;
  return {
    ...{ effect, unitsPerArm, unitsInTotal: unitsPerArm * arms, unitsPerDay, baseline },
    ...{ durationDays: weeks * 7, durationWeeks: weeks },
    detectable: detectableOf(baseline.figures, settings, weeksShown),
  };
}

/** Of one arm, without a covariate. */
function unitsAtOneLook(baseline: Baseline, effect: number, demands: Demands): number {
  if (baseline.kind === "mean") {
    const { mean, variance } = baseline;
    return sampleSizeForMeans({ difference: mean * effect, sd: Math.sqrt(variance) }, demands).normal;
  }
  const { rate } = baseline;
  return sampleSizeForRates({ baseline: rate, target: rate * (1 + effect) }, demands).unpooled;
}

function detectableOf(
  baseline: Baseline,
  settings: PlanSettings,
  weeks: readonly number[],
): DetectableEffect[] {
  const traffic = trafficOf(settings, inflationFor(settings));
  if (traffic === null) return [];
  const { arms, unitsPerDay, allocation } = traffic;
  return weeks.map((after) => {
    const { difference } = detectableAfter(after, { baseline, traffic, demands: demandsOf(settings) });
    const isSome = Number.isFinite(difference);
    return {
      weeks: after,
      unitsPerArm: Math.floor((after * 7 * unitsPerDay * allocation) / arms),
      effect: isSome ? difference / Math.abs(meanOf(baseline)) : null,
      difference: isSome ? difference : null,
    };
  });
}

function inflationFor({ mode, varianceReduction }: PlanSettings): number {
  return inflationOf(looking[mode], varianceReduction);
}

function trafficOf({ arms, unitsPerDay, traffic }: PlanSettings, inflation: number): Traffic | null {
  return unitsPerDay === null ? null : { arms, unitsPerDay, allocation: traffic / 100, inflation };
}
