/** Why decisions wait for 30 outcomes and take the larger of two errors: what happens at 90/10 if they do not, and what it costs. */
import { atLeast, atMost, meanOf, type Row, type Simulation, tally, worstOf } from "./claim.js";
import { converting, looksAt, peeking } from "./looks.js";
import { twoSidedInterval, unguardedInterval } from "./methods.js";
import type { Random } from "./random.js";

const share = 0.1;

export const guard: Simulation = (tests, random) => [withoutIt(tests, random), costOfIt(tests, random)];

function withoutIt(tests: number, random: Random): Row {
  const byRate = [0.002, 0.01].map((rate) => {
    const behaviour = converting(rate);
    const plan = { share, plannedVariance: behaviour.variance };
    const { wrong } = tally(tests, () => ({
      wrong: unguardedInterval(
        looksAt(random, { control: behaviour, treatment: behaviour, share, ...peeking }),
        plan,
      ),
    }));
    return [`rate ${rate}`, wrong] as const;
  });
  const { all, ...worst } = worstOf(byRate);
  return {
    claim: "Without the guard of decisions, 90/10 misleads",
    measured: `A/A tests, worst of ${all}`,
    bound: atLeast(0.1),
    ...worst,
  };
}

function costOfIt(tests: number, random: Random): Row {
  const [control, treatment] = [converting(0.1), converting(0.13)];
  const plan = { share, plannedVariance: control.variance };
  const lost = Array.from({ length: tests }, () => {
    const looks = looksAt(random, { control, treatment, share, ...peeking });
    return Number(unguardedInterval(looks, plan)) - Number(twoSidedInterval(looks, plan));
  });
  return {
    claim: "The guard of decisions costs no power",
    measured: "power without it less power with it, 90/10, 0.1 against 0.13",
    bound: atMost(0.05),
    ...meanOf(lost),
  };
}
