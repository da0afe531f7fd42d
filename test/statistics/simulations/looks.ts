/** A test as those see it who look all the time: the sums of both arms at every look. */
import type { Arms, Mean, Proportion } from "../../../src/statistics/samples.js";
import { type DecisionArm, decisionArm } from "../../../src/statistics/sequential/decision.js";
import { binomial } from "./draws.js";
import type { Random } from "./random.js";

export type Outcomes = Proportion | (Mean & { readonly nonzero: number });

/** What units do; `more` adds so many of them. */
export interface Behaviour<Arm extends Outcomes> {
  readonly variance: number;
  readonly nobody: Arm;
  readonly more: (random: Random, arm: Arm, units: number) => Arm;
}

export function converting(rate: number): Behaviour<Proportion> {
  return {
    variance: rate * (1 - rate),
    nobody: { kind: "proportion", n: 0, sum: 0 },
    more: (random, { n, sum }, units) => ({
      kind: "proportion",
      n: n + units,
      sum: sum + binomial(random, units, rate),
    }),
  };
}

/** A few buy something, and what they pay is log-normal, so that some pay many times as much as others. */
export function paying(rate: number): Behaviour<Mean & { readonly nonzero: number }> {
  const mean = rate * Math.exp(0.5);
  return {
    variance: rate * Math.exp(2) - mean ** 2,
    nobody: { kind: "mean", n: 0, sum: 0, sumSquares: 0, nonzero: 0 },
    more: (random, arm, units) => {
      const buyers = binomial(random, units, rate);
      let { sum, sumSquares } = arm;
      for (let buyer = 0; buyer < buyers; buyer += 1) {
        const paid = Math.exp(random.normal());
        sum += paid;
        sumSquares += paid ** 2;
      }
      return { kind: "mean", n: arm.n + units, sum, sumSquares, nonzero: arm.nonzero + buyers };
    },
  };
}

/** Both arms, the treatment's share of the units, and how often it is looked. */
export interface Course<Arm extends Outcomes> extends Arms<Behaviour<Arm>> {
  readonly share: number;
  readonly looks: number;
  readonly unitsPerLook: number;
}

/** Every 100 units up to 20 000. */
export const peeking = { looks: 200, unitsPerLook: 100 } as const;

/** Units are assigned by chance, as they are in truth. */
export function looksAt<Arm extends Outcomes>(random: Random, course: Course<Arm>): Arms<Arm>[] {
  let control: Arm = course.control.nobody;
  let treatment: Arm = course.treatment.nobody;
  return Array.from({ length: course.looks }, () => {
    const treated = binomial(random, course.unitsPerLook, course.share);
    control = course.control.more(random, control, course.unitsPerLook - treated);
    treatment = course.treatment.more(random, treatment, treated);
    return { control, treatment };
  });
}

/** The arms as decisions take them. */
export function armsOf({ control, treatment }: Arms<Outcomes>): Arms<DecisionArm> {
  return { control: decisionArm(control), treatment: decisionArm(treatment) };
}

/** The same units less those of an earlier look. */
export function since(earlier: Arms<Proportion> | undefined, later: Arms<Proportion>): Arms<Proportion> {
  if (earlier === undefined) return later;
  return {
    control: without(later.control, earlier.control),
    treatment: without(later.treatment, earlier.treatment),
  };
}

function without(later: Proportion, earlier: Proportion): Proportion {
  return { kind: "proportion", n: later.n - earlier.n, sum: later.sum - earlier.sum };
}
