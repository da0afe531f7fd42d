/** After a bandit, batched least squares keep their level, and a pooled z-test does not: its weights follow the outcomes. */
import { batchedLeastSquares, nextWeights } from "../../../src/statistics/bandit.js";
import { compareProportions } from "../../../src/statistics/fixed/proportions.js";
import type { Arms, Proportion } from "../../../src/statistics/samples.js";
import { atLeast, atMost, type Simulation, tally } from "./claim.js";
import { binomial } from "./draws.js";
import { alpha } from "./methods.js";
import type { Random } from "./random.js";

const rate = 0.3;
const batches = 10;
const unitsPerBatch = 500;

const nobody: Proportion = { kind: "proportion", n: 0, sum: 0 };

export const bandit: Simulation = (tests, random) => {
  const figures = tally(tests, () => {
    const { seen, all } = run(random);
    return {
      batched: batchedLeastSquares(seen).pValue < alpha,
      pooled: compareProportions({ strata: [all], alpha }).pValue < alpha,
    };
  });
  const measured = "two alike arms, ten batches of 500 units, rate 0.3";
  return [
    {
      claim: "After a bandit, batched least squares keep their level",
      measured,
      bound: atMost(0.06),
      ...figures.batched,
    },
    { claim: "After a bandit, a pooled z-test misleads", measured, bound: atLeast(0.065), ...figures.pooled },
  ];
};

function run(random: Random): { readonly seen: readonly Arms<Proportion>[]; readonly all: Arms<Proportion> } {
  let weights: readonly number[] = [0.5, 0.5];
  let all: Arms<Proportion> = { control: nobody, treatment: nobody };
  const seen: Arms<Proportion>[] = [];
  for (let batch = 0; batch < batches; batch += 1) {
    const treated = binomial(random, unitsPerBatch, weights[1] ?? 0);
    const arms = { control: drawn(random, unitsPerBatch - treated), treatment: drawn(random, treated) };
    seen.push(arms);
    all = { control: added(all.control, arms.control), treatment: added(all.treatment, arms.treatment) };
    ({ weights } = nextWeights([all.control, all.treatment], weights));
  }
  return { seen, all };
}

function drawn(random: Random, n: number): Proportion {
  return { kind: "proportion", n, sum: binomial(random, n, rate) };
}

function added(one: Proportion, other: Proportion): Proportion {
  return { kind: "proportion", n: one.n + other.n, sum: one.sum + other.sum };
}
