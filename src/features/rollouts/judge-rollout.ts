/** What the sums of a guarded rollout say: of each guardrail whether the variant does harm, and whether units came as they should. Pure. */
import {
  type Arms,
  boundBeyond,
  combineStrata,
  decide,
  type EventSplit,
  leastShare,
  mirrored,
  oneSidedSplitEvidence,
  productOf,
  watchSampleRatio,
} from "../../statistics/index.js";
import { GRID, percentToWeight } from "../../evaluation/index.js";
import { cellAt, type Cells, cellsOf, type MeasuredArm, strataOf, tuned } from "../experiments/index.js";
import type { Metric, TrialSums } from "../tracking/index.js";
import { type GuardedRollout, type Guardrail, percentIn } from "./rollout.js";

/** The chance that a guardrail ever rolls back a variant that does no harm. */
export const alarmAlpha = 0.01;
/** The chance that harm of the margin or more is ever taken for less. */
export const proofAlpha = 0.05;
/** How tightly the alternatives lie around the share that events fall by. */
const concentration = 50;

export interface GuardrailLook {
  /** Key of the metric. */
  readonly metric: string;
  /** As they are compared; null: nothing is known yet. */
  readonly baselineValue: number | null;
  readonly variantValue: number | null;
  /** By which share of the baseline's value the variant's is worse; below 0: it is better. */
  readonly harm: number | null;
  /** ln of the evidence that more units of the variant do what is bad, or fewer what is good; null for sums, means and ratios. */
  readonly logEvidence: number | null;
  /** The share of the baseline's value that it is worse by at least, at whatever look; null: nothing is certain. */
  readonly leastHarm: number | null;
  /** The share that it is worse by at most, at whatever look; null: nothing is certain. */
  readonly mostHarm: number | null;
  readonly breached: boolean;
  /** Whether the harm is proven to be below the margin; null: there is no margin. */
  readonly proven: boolean | null;
  /** What its intervals are tuned for from now on; null: too little was seen. */
  readonly plannedVariance: number | null;
}

export interface Look {
  /** Units that count, over all steps. */
  readonly units: { readonly variant: number; readonly baseline: number };
  /** Those that were shown the variant in this step for the first time. */
  readonly unitsInStep: number;
  readonly sampleRatio: { readonly pValue: number; readonly alarm: boolean };
  readonly guardrails: readonly GuardrailLook[];
}

/** `metrics` holds those of the guardrails. */
export function judge(rollout: GuardedRollout, metrics: readonly Metric[], sums: TrialSums): Look {
  const units = (variant: string, epoch?: number) =>
    sums.exposures
      .filter((sum) => sum.variant === variant && (epoch === undefined || sum.epoch === epoch))
      .reduce((all, { n }) => all + n, 0);
  const { variant, baseline, step } = rollout;
  const { pValue, alarm } = watchSampleRatio(
    epochsOf(rollout).map((epoch) => ({
      counts: [units(variant, epoch), units(baseline, epoch)],
      weights: [plannedShare(rollout, epoch), 1 - plannedShare(rollout, epoch)],
    })),
  );
  return {
    units: { variant: units(variant), baseline: units(baseline) },
    unitsInStep: units(variant, step),
    sampleRatio: { pValue, alarm },
    guardrails: rollout.guardrails.flatMap((guardrail) => {
      const metric = metrics.find(({ key }) => key === guardrail.metric);
      return metric === undefined ? [] : [lookOf(rollout, guardrail, metric, cellsOf(sums, metric.id))];
    }),
  };
}

/** Those that were measured: with the last step it is complete, and nothing is. */
function epochsOf({ step, steps }: GuardedRollout): number[] {
  return Array.from({ length: Math.min(step, steps.length - 1) }, (_none, index) => index + 1);
}

/**
 * The variant's share of the buckets of that epoch that still count: those of the baseline that the variant grew into since have left, and
 * with them their units.
 */
function plannedShare(rollout: GuardedRollout, epoch: number): number {
  const weight = percentToWeight(percentIn(rollout, epoch)) ?? 0;
  const rest = GRID - (percentToWeight(percentIn(rollout, epochsOf(rollout).length)) ?? 0);
  return weight / (weight + rest);
}

function lookOf(rollout: GuardedRollout, guardrail: Guardrail, metric: Metric, cells: Cells): GuardrailLook {
  const arms = { control: rollout.baseline, treatment: rollout.variant };
  const { epochs } = strataOf({ metric, adjusted: false }, cells, arms);
  const { plannedVariance, ...harm } = harmOf(rollout, guardrail, metric, epochs);
  const splits = splitsOf(rollout, metric, cells);
  const combined = epochs.length === 0 ? null : combineStrata(epochs);
  const baselineValue = combined?.control.estimate ?? null;
  const variantValue = combined?.treatment.estimate ?? null;
  const isCounted = metric.type === "CONVERSION" || metric.type === "COUNT";
  const tests = metric.type === "COUNT" ? 2 : 1; // how many do it, and how often they do
  const logEvidence = isCounted ? productOf(splits.map(oneSidedSplitEvidence)).logE : null;
  const worse = worseBy(metric, baselineValue, variantValue);
  const size = Math.abs(baselineValue ?? 0);
  const told = (share: number) => (size === 0 ? null : finite(share));
  return {
    metric: metric.key,
    ...{ baselineValue, variantValue, plannedVariance },
    harm: worse === null || size === 0 ? null : worse / size,
    logEvidence: logEvidence === null ? null : finite(logEvidence),
    ...{ leastHarm: told(harm.atLeast(alarmAlpha / tests)), mostHarm: told(harm.atMost(proofAlpha)) },
    breached:
      (logEvidence !== null && logEvidence >= -Math.log(alarmAlpha / tests)) ||
      (metric.type !== "CONVERSION" && harm.isCertain(alarmAlpha / tests)),
    proven: guardrail.margin === null ? null : harm.isBelow(guardrail.margin, proofAlpha),
  };
}

/** What is certain of the harm at 1 − alpha, as shares of the baseline's value: each holds alone and at whatever look. */
function harmOf(
  { steps }: Pick<GuardedRollout, "steps">,
  guardrail: Guardrail,
  { direction }: Metric,
  epochs: readonly Arms<MeasuredArm>[],
) {
  const { epochs: told, plannedVariance } = tuned(epochs, guardrail.plannedVariance ?? undefined);
  const [gains, harms] = direction === "INCREASE" ? [told, mirrored(told)] : [mirrored(told), told];
  const plan = { plannedVariance, share: percentIn({ steps }, 1) / 100 };
  const isKnown = guardrail.plannedVariance === null && decide(told, { ...plan, alpha: alarmAlpha }).ready;
  return {
    plannedVariance: isKnown ? plannedVariance : guardrail.plannedVariance,
    isCertain: (alpha: number) => boundBeyond(harms, 0, { ...plan, alpha }) > 0,
    isBelow: (margin: number, alpha: number) =>
      boundBeyond(gains, { share: -margin }, { ...plan, alpha }) > 0,
    atLeast: (alpha: number) => leastShare(harms, { ...plan, alpha }),
    atMost: (alpha: number) => -leastShare(gains, { ...plan, alpha }),
  };
}

/** How the units that did fell on both arms, turned so that more for the variant is harm. One unit counts once. */
function splitsOf(rollout: GuardedRollout, { direction }: Metric, cells: Cells): EventSplit[] {
  return epochsOf(rollout).map((epoch) => {
    const share = plannedShare(rollout, epoch);
    const variant = cellAt(cells, epoch, rollout.variant).nonzero;
    const baseline = cellAt(cells, epoch, rollout.baseline).nonzero;
    return direction === "DECREASE"
      ? { treatmentEvents: variant, controlEvents: baseline, share, concentration }
      : { treatmentEvents: baseline, controlEvents: variant, share: 1 - share, concentration };
  });
}

function worseBy({ direction }: Metric, baseline: number | null, variant: number | null): number | null {
  if (baseline === null || variant === null) return null;
  return direction === "DECREASE" ? variant - baseline : baseline - variant;
}

function finite(value: number): number | null {
  return Number.isFinite(value) ? value : null;
}
