/** How an effect came about, day by day: the units that were first exposed until then, with all that they did up to now. */
import { cellsByDay } from "./cells.js";
import { type Frame, type Measured, pairsOf } from "./frame.js";
import { type DailyPoint, finite } from "./results.js";

/** For each treatment, in their order. */
export function dailyPoints(frame: Frame, measured: Measured): DailyPoint[][] {
  const days = cellsByDay(frame.sums, measured.metric.id).map(({ day, cells }) => ({
    day,
    pairs: pairsOf(frame, measured, cells),
  }));
  return frame.treatments.map((_, index) =>
    days.flatMap(({ day, pairs }) => {
      const compared = pairs[index]?.compared;
      if (compared === undefined) return [];
      const { arms, difference, anytime } = compared;
      const baseline = Math.abs(arms?.control.estimate ?? 0);
      return {
        day,
        units: (arms?.control.n ?? 0) + (arms?.treatment.n ?? 0),
        difference: arms && difference,
        lift: baseline > 0 ? finite(difference / baseline) : null,
        differenceRange: anytime.difference,
        liftRange: anytime.lift,
      };
    }),
  );
}
