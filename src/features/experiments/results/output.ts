/** Results as they are shown: with the metrics that they are about, and the epochs that they were put together from. Pure. */
import { weightToPercent } from "../../../evaluation/index.js";
import type { Metric } from "../../tracking/index.js";
import type { EpochSlots } from "../analysis/shares.js";
import type { SlicedResults } from "./desk.js";
import type { Analysed } from "./results.js";

/** `analysed` is for what is worked out only where it is asked for. */
export function showResults(analysed: Analysed) {
  const { input, results } = analysed;
  const { experiment, epochs } = input;
  const { power } = results;
  return {
    ...results,
    ...{ analysed, experiment },
    metrics: results.metrics.map((one) => ({ ...one, metric: metricOf(analysed, one.metric) })),
    power: power && { ...power, metric: metricOf(analysed, power.metric) },
    epochs: epochs.map((epoch) => showEpoch(analysed, epoch)),
  };
}

export type ShownResults = ReturnType<typeof showResults>;

export function showSlices(analysed: Analysed, { slices, ...sliced }: SlicedResults) {
  return {
    ...sliced,
    slices: slices.map(({ metrics, ...slice }) => ({
      ...slice,
      metrics: metrics.map((one) => ({ ...one, metric: metricOf(analysed, one.metric) })),
    })),
  };
}

function showEpoch({ input: { experiment, sums } }: Analysed, { epoch, slots, from }: EpochSlots) {
  const weightOf = (variant: string) =>
    slots.reduce((sum, slot) => sum + (slot.variant === variant ? slot.weight : 0), 0);
  const unitsOf = (variant: string) =>
    sums.exposures.reduce(
      (sum, one) => sum + (one.epoch === epoch && one.variant === variant ? one.n : 0),
      0,
    );
  const arms = experiment.arms.map(({ variant }) => ({ variant, weight: weightOf(variant) }));
  return {
    ...{ epoch, from },
    traffic: weightToPercent(arms.reduce((sum, { weight }) => sum + weight, 0)),
    arms: arms.map(({ variant, weight }) => ({
      ...{ variant, percent: weightToPercent(weight), units: unitsOf(variant) },
    })),
  };
}

function metricOf({ input }: Analysed, key: string): Metric {
  const metric = input.metrics.find((one) => one.key === key);
  if (metric === undefined) throw new Error(`The analysis lacks the metric ${key}.`);
  return metric;
}
