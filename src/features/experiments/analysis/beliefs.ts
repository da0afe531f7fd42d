/** What may be believed of variants, for show: nothing is decided by it, since whoever peeks at it is misled. */
import {
  betaPosterior,
  chancesOfMeans,
  chancesOfRates,
  compareRates,
  judgeEffect,
  normalPosterior,
} from "../../../statistics/index.js";
import type { Metric } from "../../tracking/index.js";
import { type Cells, cellAt } from "./cells.js";
import type { ComparedAtAnyTime } from "./compare.js";
import { finite } from "./results.js";
import { type MeasureArm, proportionOf, type Strata } from "./strata.js";

export interface Belief {
  readonly chanceToWin: number | null;
  /** In the metric's unit, by choosing the treatment. */
  readonly expectedLoss: number | null;
}

/** Of rates in one epoch by their beta posteriors, of everything else by a normal one of the difference. */
export function beliefOf(
  { direction }: Metric,
  { proportions }: Strata,
  compared: ComparedAtAnyTime,
): Belief {
  if (compared.arms === null) return { chanceToWin: null, expectedLoss: null };
  const isUp = direction === "INCREASE";
  const only = proportions?.length === 1 ? proportions[0] : undefined;
  if (only !== undefined) {
    const rates = compareRates(betaPosterior(only.control), betaPosterior(only.treatment));
    return {
      chanceToWin: isUp ? rates.chanceToWin : 1 - rates.chanceToWin,
      expectedLoss: isUp ? rates.lossOfTreatment : rates.lossOfControl,
    };
  }
  const { difference, se } = compared;
  if (!(se > 0)) return { chanceToWin: null, expectedLoss: null };
  const gain = normalPosterior({ estimate: isUp ? difference : -difference, standardError: se });
  const { chanceToWin, lossOfTreatment } = judgeEffect(gain, 0.5);
  return { chanceToWin, expectedLoss: finite(lossOfTreatment) };
}

/** What variants are told apart by. */
interface Counted {
  readonly metric: Metric;
  readonly cells: Cells;
  readonly measureArm: MeasureArm;
}

/** The chance of each variant to be the best of all, in their order; null where one of them is unknown. */
export function chancesToBeBest(counted: Counted, variants: readonly string[]): readonly (number | null)[] {
  const { metric, cells, measureArm } = counted;
  const told = [...cells.keys()]
    .toSorted((one, other) => one - other)
    .filter((epoch) =>
      variants.every((variant) => measureArm(cellAt(cells, epoch, variant)).variance < Infinity),
    );
  const [only] = told;
  if (only === undefined) return variants.map(() => null);
  const isUp = metric.direction === "INCREASE";
  if (metric.type === "CONVERSION" && told.length === 1) {
    const posteriors = variants.map((variant) => betaPosterior(proportionOf(cellAt(cells, only, variant))));
    return chancesOfRates(isUp ? posteriors : posteriors.map(({ a, b }) => ({ a: b, b: a })));
  }
  const posteriors = variants.map((variant) => overEpochs(counted, told, variants, variant));
  if (posteriors.some(({ sd }) => !(sd > 0))) return variants.map(() => null);
  return chancesOfMeans(isUp ? posteriors : posteriors.map(({ mean, sd }) => ({ mean: -mean, sd })));
}

/** Each epoch counts by its units of all variants, so that one that some variant missed does not favour the others. */
function overEpochs(
  { cells, measureArm }: Counted,
  epochs: readonly number[],
  variants: readonly string[],
  variant: string,
) {
  const weights = epochs.map((epoch) => variants.reduce((sum, one) => sum + cellAt(cells, epoch, one).n, 0));
  const whole = weights.reduce((sum, weight) => sum + weight, 0);
  const parts = epochs.map((epoch, index) => ({
    ...measureArm(cellAt(cells, epoch, variant)),
    weight: (weights[index] ?? 0) / whole,
  }));
  const variance = parts.reduce((sum, part) => sum + part.weight ** 2 * part.variance, 0);
  return {
    mean: parts.reduce((sum, { weight, estimate }) => sum + weight * estimate, 0),
    sd: Math.sqrt(variance),
  };
}
