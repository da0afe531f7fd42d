/** The same looks mislead methods that are made for one look: which proves that the looks are many enough. */
import { atLeast, type Simulation, tally } from "./claim.js";
import { converting, looksAt, peeking } from "./looks.js";
import { chanceToWin, fixedTest } from "./methods.js";

export const peekingNaive: Simulation = (tests, random) => {
  const behaviour = converting(0.1);
  const plan = { share: 0.5, plannedVariance: behaviour.variance };
  const figures = tally(tests, () => {
    const looks = looksAt(random, { control: behaviour, treatment: behaviour, share: 0.5, ...peeking });
    return { fixed: fixedTest(looks, plan), bayesian: chanceToWin(looks, plan) };
  });
  const measured = "A/A tests, 50/50, rate 0.1";
  return [
    { claim: "Peeking misleads a plain z-test", measured, bound: atLeast(0.25), ...figures.fixed },
    {
      claim: "Peeking misleads a 95 % chance to win",
      measured: `${measured}; a treatment is promoted`,
      bound: atLeast(0.25),
      ...figures.bayesian,
    },
  ];
};
