/** How the vectors of posteriors are put to the functions. */
import { chancesOfMeans, chancesOfRates, compareRates } from "../../../src/statistics/bayesian/best.js";
import { betaInterval, betaPosterior } from "../../../src/statistics/bayesian/beta-posterior.js";
import { judgeEffect, normalPosterior } from "../../../src/statistics/bayesian/normal-posterior.js";
import type { Proportion } from "../../../src/statistics/samples.js";
import type { Method } from "../vectors.js";

interface Rates {
  readonly xA: number;
  readonly nA: number;
  readonly xB: number;
  readonly nB: number;
  readonly priorA: number;
  readonly priorB: number;
}

interface Effect {
  readonly est: number;
  readonly se: number;
  readonly priorMean: number;
  readonly priorSd: number | null;
  readonly alpha: number;
}

function proportion(n: number, sum: number): Proportion {
  return { kind: "proportion", n, sum };
}

export const bayesian: Readonly<Record<string, Method>> = {
  beta_chance_to_win: ({ xA, nA, xB, nB, priorA, priorB }: Rates) => {
    const prior = { a: priorA, b: priorB };
    const [control, treatment] = [
      betaPosterior(proportion(nA, xA), prior),
      betaPosterior(proportion(nB, xB), prior),
    ];
    const { chanceToWin, lossOfTreatment, lossOfControl } = compareRates(control, treatment);
    const { lower, upper } = betaInterval(treatment, 0.05);
    return {
      chanceToWin,
      expectedLossChooseB: lossOfTreatment,
      expectedLossChooseA: lossOfControl,
      ciB: [lower, upper],
    };
  },
  beta_prob_best: ({ x, n }: { x: readonly number[]; n: readonly number[] }) => ({
    probBest: chancesOfRates(x.map((sum, arm) => betaPosterior(proportion(n[arm] ?? 0, sum)))),
  }),
  normal_prob_best: ({ mean, sd }: { mean: readonly number[]; sd: readonly number[] }) => ({
    probBest: chancesOfMeans(mean.map((value, arm) => ({ mean: value, sd: sd[arm] ?? 0 }))),
  }),
  normal_posterior: ({ est, se, priorMean, priorSd, alpha }: Effect) => {
    const posterior = normalPosterior({
      estimate: est,
      standardError: se,
      prior: { mean: priorMean, sd: priorSd ?? Infinity },
    });
    const { chanceToWin, interval, lossOfTreatment, lossOfControl } = judgeEffect(posterior, alpha);
    return {
      ...posterior,
      chanceToWin,
      ciLower: interval.lower,
      ciUpper: interval.upper,
      riskChooseControl: lossOfControl,
      riskChooseTreatment: lossOfTreatment,
    };
  },
};
