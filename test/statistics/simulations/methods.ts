/** Ways to say "there is a difference" while looking all the time: those that allow it, and those that do not. */
import { judgeEffect, normalPosterior } from "../../../src/statistics/bayesian/normal-posterior.js";
import { estimateMean } from "../../../src/statistics/fixed/means.js";
import { compareProportions } from "../../../src/statistics/fixed/proportions.js";
import type { Arms, Proportion } from "../../../src/statistics/samples.js";
import { informationSequence } from "../../../src/statistics/sequential/confidence-sequence.js";
import { decide, type DecisionPlan } from "../../../src/statistics/sequential/decision.js";
import {
  blockEvidence,
  oneSidedSplitEvidence,
  splitEvidence,
} from "../../../src/statistics/sequential/e-values.js";
import { armsOf, type Outcomes, since } from "./looks.js";

export const alpha = 0.05;

export type Plan = Omit<DecisionPlan, "alpha">;

/** Whether a difference was announced at any look. */
export type Method<Arm extends Outcomes = Proportion> = (looks: readonly Arms<Arm>[], plan: Plan) => boolean;

export const twoSidedInterval: Method<Outcomes> = (looks, plan) =>
  looks.some((look) => decide([armsOf(look)], { ...plan, alpha }).twoSided.pValue < alpha);

export const oneSidedDecision: Method<Outcomes> = (looks, plan) =>
  looks.some((look) => decide([armsOf(look)], { ...plan, alpha }).oneSided.pValue < alpha);

export const eventSplit: Method = (looks, plan) =>
  looks.some((look) => splitEvidence(splitOf(look, plan.share)).logE >= -Math.log(alpha));

export const oneSidedEventSplit: Method = (looks, plan) =>
  looks.some((look) => oneSidedSplitEvidence(splitOf(look, plan.share)).logE >= -Math.log(alpha));

export const blocks: Method = (looks) =>
  blockEvidence(looks.map((look, at) => since(looks[at - 1], look))).some((logE) => logE >= -Math.log(alpha));

/** The same two-sided interval by Welch's error alone, however few outcomes there are. */
export const unguardedInterval: Method = (looks, plan) =>
  looks.some(({ control, treatment }) => {
    if (control.n < 2 || treatment.n < 2) return false;
    const { difference, standardError } = welch({ control, treatment });
    const units = control.n + treatment.n;
    const { pValue } = informationSequence(
      { estimate: difference, se: standardError, units },
      { plannedUnits: 5_000, ...plan, alpha, sides: 2 },
    );
    return pValue < alpha;
  });

/** What most people do: the test for one look, at every look. */
export const fixedTest: Method = (looks) =>
  looks.some((look) => compareProportions({ strata: [look], alpha }).pValue < alpha);

/** Stopping as soon as the treatment is better with a probability of 95 %. */
export const chanceToWin: Method = (looks) =>
  looks.some((look) => {
    const { difference, standardError } = welch(look);
    const posterior = normalPosterior({ estimate: difference, standardError });
    return standardError > 0 && judgeEffect(posterior, alpha).chanceToWin >= 0.95;
  });

export function splitOf({ control, treatment }: Arms<Proportion>, share: number) {
  return { controlEvents: control.sum, treatmentEvents: treatment.sum, share, concentration: 50 };
}

function welch({ control, treatment }: Arms<Proportion>) {
  const [kept, tried] = [estimateMean(control), estimateMean(treatment)];
  return {
    difference: tried.estimate - kept.estimate,
    standardError: Math.sqrt(kept.variance + tried.variance),
  };
}
