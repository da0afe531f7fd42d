/** The same comparisons in parts of the units. Whoever looks into many parts finds something in one of them, so nothing is decided here. */
import { benjaminiHochberg } from "../../../statistics/index.js";
import type { SlicedSums } from "../../tracking/index.js";
import { armResults, comparisonOf } from "./analyse.js";
import { type AnalysisInput, type Frame, frameOf, measuringAll } from "./frame.js";
import { type Judged, judging } from "./judged.js";
import { judgementBy } from "./multiplicity.js";
import type { ArmResult, ComparisonResult } from "./results.js";
import type { Steps } from "./steps.js";

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

/** `sums` of the look is of all units: the horizon is the experiment's, not the slice's. Throws as `measuring` does. */
export function* analysingSlices(
  look: AnalysisInput,
  { attribute, slices }: { readonly attribute: string; readonly slices: readonly SlicedSums[] },
): Steps<SliceResults> {
  const frame = frameOf(look);
  const judged: Judged[][] = [];
  for (const slice of slices) judged.push(yield* judging(frame, yield* measuringAll(frame, slice)));
  const corrected = benjaminiHochberg(
    judged
      .flat()
      .flatMap((one) => one.pairs.map(({ compared }) => judgementBy(frame.horizon, compared).pValue)),
  );
  const results: SliceResult[] = [];
  let next = 0;
  for (const [index, { slice, exposures }] of slices.entries()) {
    const metrics: SliceMetric[] = [];
    for (const one of judged[index] ?? []) {
      metrics.push(sliceMetric(frame, one, corrected.slice(next, (next += one.pairs.length))));
      yield;
    }
    results.push({ slice, units: exposures.reduce((sum, { n }) => sum + n, 0), metrics });
  }
  return { attribute, slices: results, caution: cautionOf(corrected.length) };
}

function sliceMetric(frame: Frame, judged: Judged, corrected: readonly number[]): SliceMetric {
  return {
    metric: judged.metric.key,
    arms: armResults(frame, judged),
    comparisons: judged.pairs.map((pair, index) => {
      const { effect, ...comparison } = comparisonOf(frame, judged, pair, corrected[index] ?? 1);
      return { ...comparison, isNoteworthy: effect !== "UNCLEAR" };
    }),
  };
}

function cautionOf(comparisons: number): string {
  return `Exploratory: ${comparisons} comparisons were made, p is corrected for all of them, and nothing is decided by them. What is noteworthy here deserves an experiment of its own.`;
}
