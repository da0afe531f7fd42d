/** The rule of automatic decisions, looked at all the time: how often it promotes what it should not, and finds what it should. */
import {
  type AutomaticDecision,
  decidePromotion,
  type TreatmentEvidence,
} from "../../../src/statistics/sequential/promotion.js";
import type { Proportion } from "../../../src/statistics/samples.js";
import { atLeast, atMost, type Figure, type Row, type Simulation, tally } from "./claim.js";
import { binomial, multinomial } from "./draws.js";
import { armsOf, peeking } from "./looks.js";
import { alpha, splitOf } from "./methods.js";
import type { Random } from "./random.js";

/** What the units of one arm do. */
interface Truth {
  readonly converts: number;
  readonly errs: number;
}

interface Scenario {
  readonly control: Truth;
  readonly treatment: Truth;
  readonly treatments: number;
  readonly minEffect: number;
  /** Errors, once by how the events fell and once by the mean; or none. */
  readonly guarded: boolean;
}

const usual: Truth = { converts: 0.1, errs: 0.05 };
const margin = 0.02;
const share = 0.5;

const nothing: Scenario = {
  control: usual,
  treatment: usual,
  treatments: 1,
  minEffect: 0,
  guarded: false,
};
const minimum: Scenario = { ...nothing, treatment: { ...usual, converts: 0.12 }, minEffect: 0.02 };
const harmAtMargin: Scenario = {
  ...nothing,
  treatment: { converts: 0.2, errs: usual.errs + margin },
  guarded: true,
};
const alike: Scenario = { ...nothing, guarded: true };
const better: Scenario = { ...alike, treatment: { ...usual, converts: 0.13 } };
const harmful: Scenario = { ...alike, treatment: { ...usual, errs: 0.1 } };

export const promotion: Simulation = (tests, random) => [
  ...wrongly(tests, random),
  ...alarms(tests, random),
  ...rightly(Math.ceil(tests / 10), random),
];

function wrongly(tests: number, random: Random): Row[] {
  const scenarios: readonly (readonly [string, Scenario])[] = [
    ["nothing differs, no guardrail", nothing],
    ["nothing differs, three treatments, no guardrail", { ...nothing, treatments: 3 }],
    ["the gain is the minimum effect", minimum],
    ["conversion doubles, errors rise by the margin, three treatments", { ...harmAtMargin, treatments: 3 }],
  ];
  const claim = "The promotion rule promotes no treatment that it should not";
  const measured = "conversion doubles, errors rise by the margin";
  const atMargin = everHappens(tests, random, harmAtMargin, { promotes, isUnalarmed });
  return [
    ...scenarios.map(([differs, scenario]) => ({
      claim,
      measured: differs,
      bound: atMost(alpha),
      ...everHappens(tests, random, scenario, { promotes }).promotes,
    })),
    { claim, measured, bound: atMost(alpha), ...atMargin.promotes },
    {
      claim: "“No alarm yet” in place of proof promotes harm",
      measured,
      bound: atLeast(0.8),
      ...atMargin.isUnalarmed,
    },
  ];
}

function alarms(tests: number, random: Random): Row[] {
  const claim = "A guardrail rolls back a harmless treatment at most once in a hundred tests";
  const figures = everHappens(tests, random, alike, { byEvents, byMean });
  return [
    { claim, measured: "e-value of events, errors alike", bound: atMost(0.01), ...figures.byEvents },
    { claim, measured: "lower bound of harm, errors alike", bound: atMost(0.01), ...figures.byMean },
  ];
}

function rightly(tests: number, random: Random): Row[] {
  const doubled = everHappens(tests, random, harmful, { byEvents, byMean });
  const claim = "A guardrail rolls back a treatment that doubles the errors";
  return [
    {
      claim: "The promotion rule promotes what is better and does no harm",
      measured: "0.1 against 0.13, errors alike",
      bound: atLeast(0.8),
      ...everHappens(tests, random, better, { promotes }).promotes,
    },
    { claim, measured: "e-value of events, 0.05 against 0.1", bound: atLeast(0.95), ...doubled.byEvents },
    { claim, measured: "lower bound of harm, 0.05 against 0.1", bound: atLeast(0.95), ...doubled.byMean },
  ];
}

type Event = (decision: AutomaticDecision) => boolean;

const promotes: Event = ({ decided }) => decided.action === "promote";
const isUnalarmed: Event = ({ standings }) =>
  standings.some(({ beatsMinimum, alarms: raised }) => beatsMinimum && raised.length === 0);
const byEvents: Event = ({ standings }) => standings.some(({ alarms: raised }) => raised.includes(0));
const byMean: Event = ({ standings }) => standings.some(({ alarms: raised }) => raised.includes(1));

/**
 * How often each of some things ever happens in 200 looks. The rule may decide from the first look on, and an alarm ends
 * nothing, which makes it hardest for the rule.
 */
function everHappens<Name extends string>(
  tests: number,
  random: Random,
  scenario: Scenario,
  events: Readonly<Record<Name, Event>>,
): Readonly<Record<Name, Figure>> {
  const watched = Object.entries(events) as [Name, Event][];
  return tally(tests, () => {
    const happened = Object.fromEntries(watched.map(([name]) => [name, false])) as Record<Name, boolean>;
    for (const decision of decisions(random, scenario)) {
      for (const [name, event] of watched) happened[name] ||= event(decision);
      if (watched.every(([name]) => happened[name])) break;
    }
    return happened;
  });
}

/** One after each look. */
function* decisions(random: Random, scenario: Scenario): Generator<AutomaticDecision> {
  const arms = [scenario.control, ...Array.from({ length: scenario.treatments }, () => scenario.treatment)];
  const weights = arms.map(() => 1 / arms.length);
  let counts: readonly Counts[] = arms.map(() => ({ n: 0, conversions: 0, errors: 0 }));
  for (let look = 0; look < peeking.looks; look += 1) {
    const units = multinomial(random, peeking.unitsPerLook, weights);
    counts = counts.map((count, arm) => more(random, count, units[arm] ?? 0, arms[arm] ?? usual));
    yield decisionAt(counts, weights, scenario);
  }
}

interface Counts {
  readonly n: number;
  readonly conversions: number;
  readonly errors: number;
}

function more(random: Random, { n, conversions, errors }: Counts, units: number, truth: Truth): Counts {
  return {
    n: n + units,
    conversions: conversions + binomial(random, units, truth.converts),
    errors: errors + binomial(random, units, truth.errs),
  };
}

function decisionAt(
  [control, ...treatments]: readonly Counts[],
  weights: readonly number[],
  scenario: Scenario,
): AutomaticDecision {
  if (control === undefined) throw new Error("There is no control.");
  return decidePromotion({
    treatments: treatments.map((treatment) => evidenceOf(control, treatment, scenario)),
    alpha,
    minEffect: scenario.minEffect,
    assignment: [{ counts: [control, ...treatments].map(({ n }) => n), weights }],
    conflictedUnits: 0,
    days: 0,
    minimumWeeks: 0,
    ended: false,
  });
}

function evidenceOf(control: Counts, treatment: Counts, { guarded }: Scenario): TreatmentEvidence {
  const errors = { control: rateOf(control, "errors"), treatment: rateOf(treatment, "errors") };
  const conversions = {
    control: rateOf(control, "conversions"),
    treatment: rateOf(treatment, "conversions"),
  };
  const guardrail = {
    epochs: [armsOf(errors)],
    direction: "decrease",
    plannedVariance: usual.errs * (1 - usual.errs),
    margin,
  } as const;
  return {
    share,
    primary: {
      epochs: [armsOf(conversions)],
      direction: "increase",
      plannedVariance: usual.converts * (1 - usual.converts),
    },
    guardrails: guarded ? [{ ...guardrail, events: [splitOf(errors, share)] }, guardrail] : [],
  };
}

function rateOf(counts: Counts, what: "conversions" | "errors"): Proportion {
  return { kind: "proportion", n: counts.n, sum: counts[what] };
}
