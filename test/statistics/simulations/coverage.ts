/** Anytime intervals hold the true difference at every look at once, and so at whichever look somebody stops. */
import type { Arms } from "../../../src/statistics/samples.js";
import { decide } from "../../../src/statistics/sequential/decision.js";
import { atMost, type Row, type Simulation, tally } from "./claim.js";
import { armsOf, type Behaviour, converting, looksAt, type Outcomes, paying, peeking } from "./looks.js";
import { alpha } from "./methods.js";
import type { Random } from "./random.js";

/** What is true, and how it is shared out. */
interface Truth<Arm extends Outcomes> extends Arms<Behaviour<Arm>> {
  readonly measured: string;
  readonly difference: number;
  readonly share: number;
}

export const coverage: Simulation = (tests, random) => [
  missed(tests, random, {
    measured: "50/50, 0.1 against 0.12",
    control: converting(0.1),
    treatment: converting(0.12),
    difference: 0.02,
    share: 0.5,
  }),
  missed(tests, random, {
    measured: "90/10, 0.02 against 0.03",
    control: converting(0.02),
    treatment: converting(0.03),
    difference: 0.01,
    share: 0.1,
  }),
  missed(tests, random, {
    measured: "50/50, money of one in ten against one in eight",
    control: paying(0.1),
    treatment: paying(0.125),
    difference: 0.025 * Math.exp(0.5),
    share: 0.5,
  }),
];

function missed<Arm extends Outcomes>(tests: number, random: Random, truth: Truth<Arm>): Row {
  const { measured, difference, share, control } = truth;
  const plan = { alpha, share, plannedVariance: control.variance };
  const { ever } = tally(tests, () => ({
    ever: looksAt(random, { ...truth, ...peeking }).some((look) => {
      const { lower, upper } = decide([armsOf(look)], plan).twoSided;
      return difference < lower || difference > upper;
    }),
  }));
  return {
    claim: "Anytime intervals hold the truth at all looks at once",
    measured: `tests with a look at which they do not; ${measured}`,
    bound: atMost(alpha),
    ...ever,
  };
}
