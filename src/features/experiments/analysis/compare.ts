/** A treatment against the control by one metric: the difference, the lift, and what each method says of them. */
import {
  type ArmEstimate,
  type Arms,
  combineStrata,
  compareProportions,
  decide,
  type Decision,
  type Interval,
  lift,
  welchTest,
  zTest,
} from "../../../statistics/index.js";
import type { Boundary } from "./boundary.js";
import { liftRange } from "./lift-range.js";
import { finiteRange, type Judgement, nothingKnown } from "./results.js";
import type { PairPlan } from "./shares.js";
import { type MeasuredArm, type Strata, tuned } from "./strata.js";

export interface ComparePlan extends PairPlan {
  readonly alpha: number;
  /** σ² that was fixed when enough was seen; without it the variance so far, by which the clock counts units. */
  readonly plannedVariance: number | undefined;
  /** Whether shares moved by outcomes, so that epochs may be compared one by one only. */
  readonly optimises: boolean;
  readonly boundary: Boundary | null;
}

/** What holds at any look, which is what decisions rest on. */
export interface ComparedAtAnyTime {
  /** Over all epochs, each weighed by how much it tells; null where none does. */
  readonly arms: Arms<ArmEstimate> | null;
  readonly difference: number;
  readonly se: number;
  readonly decision: Decision;
  readonly anytime: Judgement;
}

export interface Compared extends ComparedAtAnyTime {
  readonly fixedHorizon: Judgement;
  readonly groupSequential: Judgement | null;
}

const nothingJudged: Judgement = { difference: nothingKnown, lift: nothingKnown, pValue: 1 };

export function compare(
  strata: Strata,
  plan: ComparePlan,
  compared: ComparedAtAnyTime = compareAtAnyTime(strata, plan),
): Compared {
  const { arms, decision } = compared;
  if (arms === null)
    return { ...compared, fixedHorizon: nothingJudged, groupSequential: plan.boundary && nothingJudged };
  return {
    ...compared,
    fixedHorizon: fixedHorizon(arms, strata, plan),
    groupSequential: plan.boundary && groupSequential(arms, decision, plan.boundary),
  };
}

export function compareAtAnyTime({ epochs }: Pick<Strata, "epochs">, plan: ComparePlan): ComparedAtAnyTime {
  const decision = decisionOf(epochs, plan);
  if (epochs.length === 0)
    return { arms: null, difference: 0, se: Infinity, decision, anytime: nothingJudged };
  const combined = combineStrata(epochs);
  const arms = plan.optimises ? byBatches(epochs) : combined;
  return {
    arms,
    difference: arms.treatment.estimate - arms.control.estimate,
    se: Math.sqrt(arms.control.variance + arms.treatment.variance),
    decision,
    anytime: judgementOf(combined, decision.twoSided, decision.twoSided.pValue),
  };
}

export function decisionOf(epochs: readonly Arms<MeasuredArm>[], plan: ComparePlan): Decision {
  const { epochs: told, plannedVariance } = tuned(epochs, plan.plannedVariance);
  return decide(told, { ...plan, plannedVariance });
}

function fixedHorizon(
  arms: Arms<ArmEstimate>,
  { proportions }: Strata,
  { alpha, optimises }: ComparePlan,
): Judgement {
  if (optimises) {
    const estimate = arms.treatment.estimate - arms.control.estimate;
    const se = Math.sqrt(arms.control.variance + arms.treatment.variance);
    const { interval, pValue } = zTest({ estimate, se, alpha });
    return judgementOf(arms, interval, pValue);
  }
  const { interval, pValue } =
    proportions === null ? welchTest({ ...arms, alpha }) : compareProportions({ strata: proportions, alpha });
  const lifts = arms.control.estimate === 0 ? nothingKnown : finiteRange(lift({ ...arms, alpha }).interval);
  return { difference: finiteRange(interval), lift: lifts, pValue };
}

function groupSequential(arms: Arms<ArmEstimate>, decision: Decision, boundary: Boundary): Judgement {
  const z = zOf(decision);
  if (z === null || boundary.z === Infinity) return nothingJudged;
  const { estimate, se } = decision;
  const half = boundary.z * se;
  const interval = { lower: estimate - half, upper: estimate + half };
  return judgementOf(arms, interval, boundary.pValueOf(z));
}

/** What a boundary is compared with; null: nothing yet. */
export function zOf({ ready, estimate, se }: Decision): number | null {
  return ready && se !== 0 ? estimate / se : null;
}

function judgementOf(arms: Arms<ArmEstimate>, interval: Interval, pValue: number): Judgement {
  const halfWidth = (interval.upper - interval.lower) / 2;
  return {
    difference: finiteRange(interval),
    lift: finiteRange(liftRange(arms, halfWidth)),
    pValue,
  };
}

/**
 * The arms by batched least squares: each epoch counts by its √u, u = nA·nB/(nA + nB), and with one variance for all
 * units, so that difference/se is the statistic whose distribution is normal although outcomes moved the shares.
 * Zhang, Janson & Murphy, Inference for Batched Bandits, NeurIPS 2020, arXiv 2002.03217.
 */
function byBatches(epochs: readonly Arms<MeasuredArm>[]): Arms<ArmEstimate> {
  const roots = epochs.map(({ control, treatment }) => Math.sqrt(1 / (1 / control.n + 1 / treatment.n)));
  const whole = roots.reduce((sum, root) => sum + root, 0);
  const perUnit = varianceWithin(epochs);
  const arm = (side: keyof Arms<MeasuredArm>): ArmEstimate => {
    const parts = epochs.map((pair, index) => ({ ...pair[side], weight: (roots[index] ?? 0) / whole }));
    return {
      n: sumOf(parts, ({ n }) => n),
      estimate: sumOf(parts, ({ weight, estimate }) => weight * estimate),
      variance: sumOf(parts, ({ weight, n }) => weight ** 2 * (perUnit / n)),
      df: sumOf(parts, ({ df }) => df),
    };
  };
  return { control: arm("control"), treatment: arm("treatment") };
}

/** Of one unit, around its own arm's mean in its own epoch. */
function varianceWithin(epochs: readonly Arms<MeasuredArm>[]): number {
  const arms = epochs.flatMap(({ control, treatment }) => [control, treatment]);
  return sumOf(arms, ({ n, df, variance }) => n * df * variance) / sumOf(arms, ({ df }) => df);
}

function sumOf<Part>(parts: readonly Part[], of: (part: Part) => number): number {
  return parts.reduce((sum, part) => sum + of(part), 0);
}
