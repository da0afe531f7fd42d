/** By which share the treatment is above the control: 0.1 is ten per cent more. */
import { atLeast } from "../ranges.js";
import type { Comparison, Interval } from "../samples.js";
import { type ArmEstimate, satterthwaite, studentTest } from "./means.js";
import { criticalZ } from "./z-test.js";

/** Above this g the control's mean is too uncertain for the delta method. */
const LARGEST_G_FOR_DELTA = 0.05;

export interface DeltaLift {
  /** (treatment − control) / |control|: above 0 if the treatment's estimate is the larger one. */
  readonly lift: number;
  readonly se: number;
  readonly df: number;
  /** Two-sided. */
  readonly pValue: number;
  readonly interval: Interval;
}

export interface FiellerLift {
  readonly lift: number;
  /** z²·Var(control)/control²: the control's own doubt, infinite where it is 0 or unknown. */
  readonly g: number;
  /** False where g ≥ 1, and no lift whatever can be excluded on at least one side. */
  readonly bounded: boolean;
  readonly interval: Interval;
}

export interface Lift {
  readonly method: "delta" | "fieller";
  readonly lift: number;
  readonly interval: Interval;
}

/** The lift and its interval at 1 − alpha: by the delta method while g ≤ 0.05, by Fieller's theorem beyond. */
export function lift(comparison: Comparison<ArmEstimate>): Lift {
  const fieller = fiellerLift(comparison);
  if (fieller.g > LARGEST_G_FOR_DELTA)
    return { method: "fieller", lift: fieller.lift, interval: fieller.interval };
  const delta = deltaLift(comparison);
  return { method: "delta", lift: delta.lift, interval: delta.interval };
}

/**
 * By the delta method with Welch's degrees of freedom; nothing is told about a control of 0.
 * Casella & Berger 2002, "Statistical inference", 5.5.4.
 */
export function deltaLift({ control, treatment, alpha }: Comparison<ArmEstimate>): DeltaLift {
  const estimate = liftOf(control, treatment);
  const ratio = treatment.estimate / control.estimate;
  const variance =
    control.estimate === 0 || control.variance === Infinity
      ? Infinity
      : (treatment.variance + ratio ** 2 * control.variance) / control.estimate ** 2;
  const df = satterthwaite([control, treatment]);
  const { se, pValue, interval } = studentTest({ estimate, variance, df, alpha });
  return { lift: estimate, se, df, pValue, interval };
}

/**
 * The lifts that z does not reject at alpha, without end on both sides where those are not one interval.
 * Fieller 1954, "Some problems in interval estimation".
 */
export function fiellerLift({ control, treatment, alpha }: Comparison<ArmEstimate>): FiellerLift {
  const critical = criticalZ(alpha);
  const estimate = liftOf(control, treatment);
  const g = control.estimate === 0 ? Infinity : critical ** 2 * (control.variance / control.estimate ** 2);
  atLeast("g", g === Infinity ? 0 : g, 0);
  if (g >= 1 || control.variance + treatment.variance === 0) {
    return { lift: estimate, g, bounded: false, interval: { lower: -Infinity, upper: Infinity } };
  }
  const ratio = treatment.estimate / control.estimate;
  const spread = Math.sqrt(treatment.variance * (1 - g) + ratio ** 2 * control.variance);
  const half = (critical * spread) / Math.abs(control.estimate) / (1 - g);
  const centre = (ratio / (1 - g) - 1) * Math.sign(control.estimate);
  return { lift: estimate, g, bounded: true, interval: { lower: centre - half, upper: centre + half } };
}

/** Of a control of 0 none is known. */
function liftOf(control: ArmEstimate, treatment: ArmEstimate): number {
  if (control.estimate === 0) return 0;
  return (treatment.estimate - control.estimate) / Math.abs(control.estimate);
}
