/** How an effect came about, day by day: the units that were first exposed until then, with all that they did up to now. */
import type { CellsOfDay } from "./cells.js";
import { compareAtAnyTime } from "./compare.js";
import type { Frame, Measured, Pair } from "./frame.js";
import { type DailyPoint, finite } from "./results.js";
import type { Steps } from "./steps.js";
import { strataOf } from "./strata.js";

/** Of one of the metric's pairs. */
export function* dailyPoints(frame: Frame, measured: Measured, pair: Pair): Steps<DailyPoint[]> {
  const points: DailyPoint[] = [];
  for (const day of measured.days) {
    points.push(pointOf(frame, measured, pair, day));
    yield;
  }
  return points;
}

function pointOf(
  { experiment }: Frame,
  measured: Measured,
  { variant, plan }: Pair,
  { day, cells }: CellsOfDay,
): DailyPoint {
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
}
