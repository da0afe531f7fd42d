/** The same comparisons in parts of the units. Whoever looks into many parts finds something in one of them, so nothing is decided here. */
import { benjaminiHochberg } from "../../../statistics/index.js";
import type { SlicedSums } from "../../tracking/index.js";
import { armResults, comparisonOf } from "./analyse.js";
import { type AnalysisInput, type Frame, frameOf, type Measured, measureAll } from "./frame.js";
import { judgementBy } from "./multiplicity.js";
import type { ArmResult, ComparisonResult } from "./results.js";

/** What a slice says of a treatment. The corrected p is over all slices, metrics and treatments together. */
export type SliceComparison = Omit<ComparisonResult, "guardrail" | "daily" | "effect"> & {
  /** Whether it would be a finding, had it been looked for alone: at most worth an experiment of its own. */
  readonly isNoteworthy: boolean;
};

export interface SliceMetric {
  /** Its key. */
  readonly metric: string;
  readonly arms: readonly ArmResult[];
  readonly comparisons: readonly SliceComparison[];
}

export interface SliceResult {
  /** null: units without the attribute. */
  readonly slice: string | null;
  readonly units: number;
  readonly metrics: readonly SliceMetric[];
}

export interface SliceResults {
  /** Path of the attribute. */
  readonly attribute: string;
  readonly slices: readonly SliceResult[];
  /** What has to be said with them. */
  readonly caution: string;
}

/** `sums` of the input is of all units: the horizon is the experiment's, not the slice's. */
export function analyseSlices(
  input: AnalysisInput,
  { attribute, slices }: { readonly attribute: string; readonly slices: readonly SlicedSums[] },
): SliceResults {
  const frame = frameOf(input);
  const measured = slices.map((slice) => measureAll(frame, slice));
  const corrected = benjaminiHochberg(
    measured
      .flat()
      .flatMap((one) => one.pairs.map(({ compared }) => judgementBy(frame.horizon, compared).pValue)),
  );
  let next = 0;
  const results = slices.map((slice, index) => ({
    slice: slice.slice,
    units: slice.exposures.reduce((sum, { n }) => sum + n, 0),
    metrics: (measured[index] ?? []).map((one) =>
      sliceMetric(frame, one, corrected.slice(next, (next += one.pairs.length))),
    ),
  }));
  return { attribute, slices: results, caution: cautionOf(corrected.length) };
}

function sliceMetric(frame: Frame, measured: Measured, corrected: readonly number[]): SliceMetric {
  return {
    metric: measured.metric.key,
    arms: armResults(frame, measured),
    comparisons: measured.pairs.map((pair, index) => {
      const { effect, ...comparison } = comparisonOf(frame, measured, pair, corrected[index] ?? 1);
      return { ...comparison, isNoteworthy: effect !== "UNCLEAR" };
    }),
  };
}

function cautionOf(comparisons: number): string {
  return `Exploratory: ${comparisons} comparisons were made, p is corrected for all of them, and nothing is decided by them. What is noteworthy here deserves an experiment of its own.`;
}
