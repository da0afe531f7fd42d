/** A ramp while everything drifts: compared epoch by epoch nothing is found where nothing differs, and pooled much is. */
import { compareProportions } from "../../../src/statistics/fixed/proportions.js";
import type { Arms, Proportion } from "../../../src/statistics/samples.js";
import { decide } from "../../../src/statistics/sequential/decision.js";
import { atLeast, atMost, type Simulation, tally } from "./claim.js";
import { armsOf, converting, looksAt } from "./looks.js";
import { alpha } from "./methods.js";

const unitsPerLook = 100;
const looks = 100;

/** The share of the treatment, and the rate that both arms have. */
const ramp = [
  { share: 0.1, behaviour: converting(0.1) },
  { share: 0.5, behaviour: converting(0.12) },
] as const;

export const epochs: Simulation = (tests, random) => {
  const measured = "10 % then 50 % treated, 10 000 units each, the rate of both arms drifts from 0.1 to 0.12";
  const figures = tally(tests, () => {
    const [first = [], second = []] = ramp.map(({ share, behaviour }) =>
      looksAt(random, { control: behaviour, treatment: behaviour, share, looks, unitsPerLook }),
    );
    const before = first.slice(-1);
    const seen = [...first.map((look) => [look]), ...second.map((look) => [...before, look])];
    const end = seen.at(-1) ?? [];
    return {
      stratified: compareProportions({ strata: end, alpha }).pValue < alpha,
      pooled: compareProportions({ strata: [pooled(end)], alpha }).pValue < alpha,
      peeked: seen.some((strata) => isFound(strata)),
    };
  });
  return [
    {
      claim: "Epoch by epoch, a ramp misleads nobody: one look",
      measured,
      bound: atMost(0.055),
      ...figures.stratified,
    },
    {
      claim: "Epoch by epoch, a ramp misleads nobody: peeked at",
      measured: `${measured}; a look every 100`,
      bound: atMost(0.05),
      ...figures.peeked,
    },
    { claim: "Pooled over epochs, a ramp misleads", measured, bound: atLeast(0.35), ...figures.pooled },
  ];
};

function isFound(strata: readonly Arms<Proportion>[]): boolean {
  const plan = { alpha, share: 0.5, plannedVariance: ramp[0].behaviour.variance };
  return decide(strata.map(armsOf), plan).twoSided.pValue < alpha;
}

function pooled(strata: readonly Arms<Proportion>[]): Arms<Proportion> {
  const together = (arms: readonly Proportion[]): Proportion => ({
    kind: "proportion",
    n: arms.reduce((sum, { n }) => sum + n, 0),
    sum: arms.reduce((all, { sum }) => all + sum, 0),
  });
  return {
    control: together(strata.map(({ control }) => control)),
    treatment: together(strata.map(({ treatment }) => treatment)),
  };
}
