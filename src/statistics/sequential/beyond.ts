/** How much better one arm is at least, where "how much" may be a share of the control's value, which is itself an estimate. */
import { findRoot } from "../distributions/roots.js";
import { weighStrata } from "../fixed/strata.js";
import { between } from "../ranges.js";
import type { Arms } from "../samples.js";
import { decide, type DecisionArm, type DecisionPlan } from "./decision.js";

/** In the metric's unit, or as a share of how far the control's value truly is from 0. */
export type Size = number | { readonly share: number };

type Epochs = readonly Arms<DecisionArm>[];

/**
 * The one-sided lower bound, at any look, of how far treatment − control is above `size`: proven where it is above 0.
 * A share r of the control's value is judged by treatment − (1 ± r)·control, whose variance is that of the treatment and
 * (1 ± r)² that of the control: a limit that was estimated is no fixed one. The sign is the one that the control's
 * estimate has; where r is above 0 both must hold, so that an unknown sign proves nothing.
 * Source: Fieller, "Some problems in interval estimation", Journal of the Royal Statistical Society B 16 (1954).
 */
export function boundBeyond(epochs: Epochs, size: Size, plan: Omit<DecisionPlan, "times">): number {
  const lowerOf = (times: number) => decide(epochs, { ...plan, times }).oneSided.lower;
  if (typeof size === "number") return lowerOf(1) - size;
  const { share } = size;
  between("share", share, -Infinity, Infinity);
  return share > 0
    ? Math.min(lowerOf(1 + share), lowerOf(1 - share))
    : lowerOf(1 + share * Math.sign(controlOf(epochs)));
}

/** No share is looked for beyond: a thousand times the control's value. */
const FURTHEST = 1_024;

/**
 * By which share of the control's value the treatment is at least above it, at any look: the largest one that `boundBeyond`
 * proves. −Infinity: nothing tells.
 */
export function leastShare(epochs: Epochs, plan: Omit<DecisionPlan, "times">): number {
  const boundAt = (share: number) => boundBeyond(epochs, { share }, plan);
  const atNothing = boundAt(0);
  if (atNothing === -Infinity) return -Infinity;
  const way = atNothing > 0 ? 1 : -1;
  for (let far = 1, near = 0; far <= FURTHEST; near = far, far *= 2)
    if (boundAt(way * far) > 0 !== way > 0) return findRoot(boundAt, way * near, way * far);
  return way > 0 ? FURTHEST : -Infinity;
}

/** The same epochs of a metric that ought to go the other way. */
export function mirrored<Arm extends DecisionArm>(epochs: readonly Arms<Arm>[]): Arms<Arm>[] {
  const turn = (arm: Arm): Arm => ({ ...arm, estimate: -arm.estimate });
  return epochs.map(({ control, treatment }) => ({ control: turn(control), treatment: turn(treatment) }));
}

/** Over all epochs that are compared, weighed as they are there. */
function controlOf(epochs: Epochs): number {
  const told = epochs.filter(({ control, treatment }) => control.variance + treatment.variance < Infinity);
  return weighStrata(told).reduce((sum, { weight, control }) => sum + weight * control.estimate, 0);
}
