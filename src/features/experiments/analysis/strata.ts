/** Two arms of one metric, epoch by epoch, as the statistics take them. */
import {
  type ArmEstimate,
  type Arms,
  cuped,
  type DecisionArm,
  estimateMean,
  type Proportion,
} from "../../../statistics/index.js";
import type { Metric } from "../../tracking/index.js";
import { type Cells, cellAt } from "./cells.js";
import {
  added,
  centredSums,
  centreOf,
  centreValue,
  type ExactSums,
  meanMoments,
  ratioMoments,
} from "./exact.js";

export interface MeasuredArm extends ArmEstimate, DecisionArm {}

/** What is compared: only epochs that tell of both arms. */
export interface Strata {
  readonly epochs: readonly Arms<MeasuredArm>[];
  /** The same units as those that did and those that did not; null where values are compared. */
  readonly proportions: readonly Arms<Proportion>[] | null;
  /** Units, and those whose outcome is not 0, of all epochs with units in both arms. */
  readonly events: readonly Arms<Pick<ExactSums, "n" | "nonzero">>[];
  /** The share by which the past of units narrowed the variance; null where it was not taken out. */
  readonly varianceReduction: number | null;
}

export interface Measure {
  readonly metric: Metric;
  /** Whether what units did before is taken out of the variance. */
  readonly adjusted: boolean;
  /** `measure` by the metric, which may remember what it measured. */
  readonly measureArm?: MeasureArm;
}

export type MeasureArm = (sums: ExactSums) => MeasuredArm;

/** Of one arm in one epoch, or in all. Outcomes that are the same for nearly all units are as few as the units that differ. */
export function measure({ type }: Metric, sums: ExactSums): MeasuredArm {
  const { n, nonzero } = sums;
  switch (type) {
    case "CONVERSION":
      return { ...estimateMean(proportionOf(sums)), nonzero };
    case "COUNT":
    case "SUM":
      return { ...meanMoments(sums), n, df: Math.max(0, n - 1), nonzero };
    case "MEAN":
    case "RATIO":
      return { ...ratioMoments(sums), n, df: Math.max(0, n - 1), nonzero };
  }
}

export function proportionOf({ n, nonzero }: ExactSums): Proportion {
  return { kind: "proportion", n, sum: nonzero };
}

/** `measure` of one metric, each sums once. */
export function measuringOnce(metric: Metric): MeasureArm {
  const known = new Map<ExactSums, MeasuredArm>();
  return (sums) => {
    const arm = known.get(sums) ?? measure(metric, sums);
    known.set(sums, arm);
    return arm;
  };
}

/** Epochs in which an arm's variance is unknown are left out, by every method alike. */
export function strataOf(
  { metric, adjusted, measureArm = measuringOnce(metric) }: Measure,
  cells: Cells,
  arms: Arms<string>,
): Strata {
  const events = [...cells.keys()]
    .toSorted((one, other) => one - other)
    .map((epoch) => eachArm(arms, (variant) => cellAt(cells, epoch, variant)))
    .filter(({ control, treatment }) => control.n > 0 && treatment.n > 0);
  const sums = events.filter(
    ({ control, treatment }) =>
      measureArm(control).variance < Infinity && measureArm(treatment).variance < Infinity,
  );
  const isConversion = metric.type === "CONVERSION";
  const past = adjusted && sums.some(hasPast) ? withoutPast(sums) : null;
  const epochs = past?.epochs ?? sums.map((pair) => eachArm(pair, measureArm));
  return {
    epochs: isConversion ? countingFewer(epochs) : epochs,
    proportions: isConversion && past === null ? sums.map((pair) => eachArm(pair, proportionOf)) : null,
    events,
    varianceReduction: past?.varianceReduction ?? null,
  };
}

/** Whether anybody did anything before. */
function hasPast({ control, treatment }: Arms<ExactSums>): boolean {
  return control.xx + treatment.xx > 0n;
}

/** By CUPED. The sums are centred first, epoch by epoch, which changes neither differences nor variances. */
function withoutPast(sums: readonly Arms<ExactSums>[]) {
  const centres = sums.map(({ control, treatment }) => centreOf(added(control, treatment)));
  const centred = sums.map((pair, index) =>
    eachArm(pair, (arm) => centredSums(arm, centres[index] ?? { y: 0n, x: 0n })),
  );
  const { strata, varianceReduction } = cuped(centred);
  const epochs = strata.map((pair, index) => {
    const centre = centres[index];
    const shift = centre === undefined ? 0 : centreValue(centre);
    return {
      control: shifted(pair.control, shift, sums[index]?.control),
      treatment: shifted(pair.treatment, shift, sums[index]?.treatment),
    };
  });
  return { epochs, varianceReduction };
}

function shifted(arm: ArmEstimate, shift: number, sums: ExactSums | undefined): MeasuredArm {
  return { ...arm, estimate: arm.estimate + shift, nonzero: sums?.nonzero ?? 0 };
}

/** Of rates near 1 those that did not are the few: whichever is rarer in an arm over all epochs is counted. */
function countingFewer(epochs: readonly Arms<MeasuredArm>[]): Arms<MeasuredArm>[] {
  const flips = (side: keyof Arms<MeasuredArm>) =>
    epochs.reduce((sum, pair) => sum + pair[side].n - 2 * pair[side].nonzero, 0) < 0;
  const flip = { control: flips("control"), treatment: flips("treatment") };
  const counted = (arm: MeasuredArm, isFlipped: boolean): MeasuredArm =>
    isFlipped ? { ...arm, nonzero: arm.n - arm.nonzero } : arm;
  return epochs.map(({ control, treatment }) => ({
    control: counted(control, flip.control),
    treatment: counted(treatment, flip.treatment),
  }));
}

function eachArm<From, To>({ control, treatment }: Arms<From>, change: (arm: From) => To): Arms<To> {
  return { control: change(control), treatment: change(treatment) };
}

/** The variance of one unit, over all epochs and both arms; Infinity where nothing tells of it. */
export function unitVarianceOf(epochs: readonly Arms<MeasuredArm>[]): number {
  const arms = epochs.flatMap(({ control, treatment }) => [control, treatment]);
  const units = arms.reduce((sum, { n }) => sum + n, 0);
  return units === 0 ? Infinity : arms.reduce((sum, { n, variance }) => sum + n * n * variance, 0) / units;
}

/** What intervals that hold at any look are worked out from; nothing while nothing varies. */
export function tuned(
  epochs: readonly Arms<MeasuredArm>[],
  plannedVariance = unitVarianceOf(epochs),
): { readonly epochs: readonly Arms<MeasuredArm>[]; readonly plannedVariance: number } {
  const isTuned = plannedVariance > 0 && plannedVariance < Infinity;
  return isTuned ? { epochs, plannedVariance } : { epochs: [], plannedVariance: 1 };
}
