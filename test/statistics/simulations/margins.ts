/** Demands that are a share of the control's value: what happens if that value, which is an estimate, is taken for a fixed number. */
import { nonInferiority, nonInferiorityByShare } from "../../../src/statistics/fixed/non-inferiority.js";
import type { Arms } from "../../../src/statistics/samples.js";
import { boundBeyond, mirrored } from "../../../src/statistics/sequential/beyond.js";
import type { DecisionArm } from "../../../src/statistics/sequential/decision.js";
import { atLeast, atMost, type Row, type Simulation, tally, worstOf } from "./claim.js";
import { armsOf, type Behaviour, converting, looksAt, type Outcomes, paying, peeking } from "./looks.js";
import { alpha } from "./methods.js";
import type { Random } from "./random.js";

const half = 0.5;

/** A treatment that is exactly where it must not be: worse by its margin, or better by no more than the minimum effect. */
interface Scenario {
  readonly control: Behaviour<Outcomes>;
  readonly treatment: Behaviour<Outcomes>;
  readonly direction: "increase" | "decrease";
  /** Of the control's value: what the gain must be above. */
  readonly demand: number;
}

type Behaving = (rate: number) => Behaviour<Outcomes>;

const errorsRise = (of: Behaving, rate: number): Scenario => ({
  ...{ control: of(rate), treatment: of(rate * (1 + half)), direction: "decrease", demand: -half },
});
const salesFall = (of: Behaving, rate: number): Scenario => ({
  ...{ control: of(rate), treatment: of(rate * (1 - half)), direction: "increase", demand: -half },
});
const salesRise = (of: Behaving, rate: number): Scenario => ({
  ...{ control: of(rate), treatment: of(rate * (1 + half)), direction: "increase", demand: half },
});

const rates: Behaving = (rate) => converting(rate) as Behaviour<Outcomes>;
const money: Behaving = (rate) => paying(rate) as Behaviour<Outcomes>;

const scenarios: readonly (readonly [measured: string, scenario: Scenario])[] = [
  ["errors of 0.05 rise by half, the margin", errorsRise(rates, 0.05)],
  ["a rate of 0.2 falls by half, the margin", salesFall(rates, 0.2)],
  ["a rate of 0.1 rises by half, the minimum effect", salesRise(rates, 0.1)],
  ["money of one in ten rises by half, the margin", errorsRise(money, 0.1)],
];

export const margins: Simulation = (tests, random) => [
  ...scenarios.map(([measured, scenario]) => byShare(tests, random, measured, scenario)),
  ...asFixedNumber(tests, random),
];

function byShare(tests: number, random: Random, measured: string, scenario: Scenario): Row {
  const byTreated = [0.1, 0.5, 0.9].map((share) => {
    const { proven } = everProven(tests, random, scenario, share);
    return [`${100 * share} % treated`, proven] as const;
  });
  const { all, ...worst } = worstOf(byTreated);
  return {
    claim: "What is not above a share of the control's value is not proven to be",
    measured: `${measured}; peeked at, worst of ${all}`,
    bound: atMost(alpha),
    ...worst,
  };
}

function asFixedNumber(tests: number, random: Random): Row[] {
  const scenario = errorsRise(rates, 0.05);
  const figures = everProven(tests, random, scenario, 0.5);
  const measured = "errors of 0.05 rise by half, the margin; 50 % treated";
  const misled = "That share of the control's estimate, taken for a fixed number, misleads";
  return [
    {
      claim: "What is not above a share of the control's value is not proven to be",
      measured: `${measured}, one look`,
      bound: atMost(0.055),
      ...figures.provenOnce,
    },
    { claim: misled, measured: `${measured}, one look`, bound: atLeast(0.07), ...figures.misledOnce },
    { claim: misled, measured: `${measured}, peeked at`, bound: atLeast(0.06), ...figures.misled },
  ];
}

/** How often at any of 200 looks, and how often at the last. */
function everProven(tests: number, random: Random, scenario: Scenario, share: number) {
  const { control, treatment } = scenario;
  return tally(tests, () => {
    const looks = looksAt(random, { control, treatment, share, ...peeking }).map(armsOf);
    const last = looks.slice(-1);
    return {
      proven: looks.some((look) => isProven(look, scenario, share)),
      misled: looks.some((look) => isProvenOfFixed(look, scenario, share)),
      provenOnce: last.some((look) => nonInferiorityByShare({ ...look, ...once(scenario) }).pValue < alpha),
      misledOnce: last.some((look) => pValueOfFixed(look, scenario) < alpha),
    };
  });
}

function once({ direction, demand }: Scenario) {
  return { direction, share: Math.max(0, -demand) };
}

function isProven(look: Arms<DecisionArm>, scenario: Scenario, share: number): boolean {
  return boundBeyond(turned(look, scenario), { share: scenario.demand }, planOf(scenario, share)) > 0;
}

function isProvenOfFixed(look: Arms<DecisionArm>, scenario: Scenario, share: number): boolean {
  const size = scenario.demand * look.control.estimate;
  return boundBeyond(turned(look, scenario), size, planOf(scenario, share)) > 0;
}

function pValueOfFixed({ control, treatment }: Arms<DecisionArm>, scenario: Scenario): number {
  const difference = treatment.estimate - control.estimate;
  const se = Math.sqrt(control.variance + treatment.variance);
  const { direction, share } = once(scenario);
  return nonInferiority({ difference, se, margin: share * control.estimate, direction }).pValue;
}

function turned(look: Arms<DecisionArm>, { direction }: Scenario): readonly Arms<DecisionArm>[] {
  return direction === "increase" ? [look] : mirrored([look]);
}

function planOf({ control }: Scenario, share: number) {
  return { alpha, share, plannedVariance: control.variance };
}
