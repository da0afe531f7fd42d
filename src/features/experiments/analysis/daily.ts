/** How an effect came about, day by day: the units that were first exposed until then, with all that they did up to now. */
import { cellsByDay } from "./cells.js";
import { compareAtAnyTime } from "./compare.js";
import type { Frame, Measured, Pair } from "./frame.js";
import { type DailyPoint, finite } from "./results.js";
import { strataOf } from "./strata.js";

/** For each treatment, in their order. */
export function dailyPoints({ experiment, sums }: Frame, measured: Measured): DailyPoint[][] {
  const days = cellsByDay(sums, measured.metric.id);
  const point = ({ variant, plan }: Pair, { day, cells }: (typeof days)[number]): DailyPoint => {
    const strata = strataOf(measured, cells, { control: experiment.control, treatment: variant });
    const { arms, difference, anytime } = compareAtAnyTime(strata, plan);
    const baseline = Math.abs(arms?.control.estimate ?? 0);
    return {
      day,
      units: (arms?.control.n ?? 0) + (arms?.treatment.n ?? 0),
      difference: arms && difference,
      lift: baseline > 0 ? finite(difference / baseline) : null,
      differenceRange: anytime.difference,
      liftRange: anytime.lift,
    };
  };
  return measured.pairs.map((pair) => days.map((day) => point(pair, day)));
}
