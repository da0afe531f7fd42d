/** Whether a metric that must not get worse is proven not to, and whether it has. */
import {
  type EventSplit,
  type GuardrailEvidence,
  type MetricEvidence,
  leastShare,
  mirrored,
  nonInferiorityByShare,
  oneSidedSplitEvidence,
  productOf,
} from "../../../statistics/index.js";
import type { Frame, Measured, Pair } from "./frame.js";
import { finite, type GuardrailResult, type GuardrailState, type TreatmentStanding } from "./results.js";
import { tuned } from "./strata.js";

/** The chance that a guardrail ever alarms about a treatment that does no harm. */
const ALARM_ALPHA = 0.01;

/** How tightly the alternatives lie around the units' share. */
const CONCENTRATION = 50;

/** As the rule of automatic decisions takes it. */
export function evidenceOf({ metric }: Measured, { strata, plan }: Pair): MetricEvidence {
  const direction = metric.direction === "INCREASE" ? "increase" : "decrease";
  return { ...tuned(strata.epochs, plan.plannedVariance), direction, plannedUnits: plan.plannedUnits };
}

export function guardrailEvidence(measured: Measured, pair: Pair): GuardrailEvidence {
  const events = eventsOf(measured, pair);
  const margin = { share: measured.margin ?? 0 };
  const repeats = measured.metric.type === "COUNT";
  return { ...evidenceOf(measured, pair), margin, ...(events && { events, repeats }) };
}

/** `standing` is the treatment's by the rule of automatic decisions, whose proof and whose alarm these are. */
export function guardrailResult(
  frame: Frame,
  measured: Measured,
  pair: Pair,
  standing: TreatmentStanding,
): GuardrailResult {
  const { arms, difference } = pair.compared;
  const isUp = measured.metric.direction === "INCREASE";
  const baseline = Math.abs(arms?.control.estimate ?? 0);
  const shares = sharesOf(measured, pair);
  const told = (harm: number) => (baseline > 0 ? finite(harm) : null);
  const events = eventsOf(measured, pair);
  return {
    state: stateOf(frame, measured, pair, standing),
    margin: measured.margin ?? 0,
    harm: told((isUp ? -difference : difference) / baseline),
    leastHarm: told(shares.harmAbove(ALARM_ALPHA)),
    mostHarm: told(shares.harmBelow(frame.experiment.alpha / frame.treatments.length)),
    logEvidence: events && finite(productOf(events.map(oneSidedHarm(isUp))).logE),
  };
}

/** At its date a fixed horizon proves by its own test what holds at any look may not prove yet. */
function stateOf(
  { horizon, experiment, treatments }: Frame,
  measured: Measured,
  { compared }: Pair,
  { unproven, breached }: TreatmentStanding,
): GuardrailState {
  const { key, direction } = measured.metric;
  if (breached.includes(key)) return "BREACHED";
  if (!unproven.includes(key)) return "PROVEN";
  if (horizon.judgedBy !== "FIXED_HORIZON" || !horizon.isJudged || compared.arms === null) return "NOT_YET";
  const { pValue } = nonInferiorityByShare({
    ...compared.arms,
    share: measured.margin ?? 0,
    direction: direction === "INCREASE" ? "increase" : "decrease",
  });
  return compared.decision.ready && pValue < experiment.alpha / treatments.length ? "PROVEN" : "NOT_YET";
}

/** The harm as a share of the control's value; each end holds alone, at whatever look. */
function sharesOf(measured: Measured, pair: Pair) {
  const { epochs, direction, ...tuning } = evidenceOf(measured, pair);
  const { share } = pair.plan;
  const [gains, harms] = direction === "increase" ? [epochs, mirrored(epochs)] : [mirrored(epochs), epochs];
  return {
    harmAbove: (alpha: number) => leastShare(harms, { ...tuning, share, alpha }),
    harmBelow: (alpha: number) => -leastShare(gains, { ...tuning, share, alpha }),
  };
}

/**
 * Units that did, epoch by epoch: what one unit does twice counts once. null for means and ratios. Of them the treatment's share is that of the units
 * as it was planned; where shares moved, as it came to be.
 */
function eventsOf({ metric }: Measured, { strata, plan }: Pair): EventSplit[] | null {
  if (metric.type !== "CONVERSION" && metric.type !== "COUNT") return null;
  return strata.events.map(({ control, treatment }) => ({
    controlEvents: control.nonzero,
    treatmentEvents: treatment.nonzero,
    share: plan.optimises ? treatment.n / (control.n + treatment.n) : plan.share,
    concentration: CONCENTRATION,
  }));
}

function oneSidedHarm(isUp: boolean) {
  return (split: EventSplit) => oneSidedSplitEvidence(isUp ? swapped(split) : split);
}

/** Where more is better the harm is that events are missing. */
function swapped({ controlEvents, treatmentEvents, share, concentration }: EventSplit): EventSplit {
  return { controlEvents: treatmentEvents, treatmentEvents: controlEvents, share: 1 - share, concentration };
}
