/** The lifts that go with an interval of differences, so that both leave out 0 or neither does. */
import type { ArmEstimate, Arms, Interval } from "../../../statistics/index.js";

const everyLift: Interval = { lower: -Infinity, upper: Infinity };

/**
 * Fieller's interval at the width of an interval of the difference, whatever method that one is by: those lifts L for
 * which treatment − (1 + L)·control is no further from 0, in its standard errors, than the interval reaches.
 * Fieller 1954, "Some problems in interval estimation".
 */
export function liftRange({ control, treatment }: Arms<ArmEstimate>, halfWidth: number): Interval {
  const size = Math.abs(control.estimate);
  if (size === 0 || !(halfWidth < Infinity)) return everyLift;
  const ratio = treatment.estimate / control.estimate;
  const variance = control.variance + treatment.variance;
  if (variance === 0) return around((ratio - 1) * Math.sign(control.estimate), halfWidth / size);
  const squaredWidth = halfWidth ** 2 / variance;
  const g = (squaredWidth * control.variance) / size ** 2;
  if (!(g < 1)) return everyLift;
  const spread = Math.sqrt(treatment.variance * (1 - g) + ratio ** 2 * control.variance);
  const centre = (ratio / (1 - g) - 1) * Math.sign(control.estimate);
  return around(centre, (Math.sqrt(squaredWidth) * spread) / size / (1 - g));
}

function around(centre: number, half: number): Interval {
  return { lower: centre - half, upper: centre + half };
}
