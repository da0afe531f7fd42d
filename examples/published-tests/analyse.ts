/** What Halyard's statistics say of tests whose results were published. */
import { readFileSync } from "node:fs";
import {
  compareProportions,
  estimateMean,
  lift,
  type Proportion,
  testSampleRatio,
  watchSampleRatio,
} from "../../src/statistics/index.js";

/** Those who did, and how many they are of. */
type Count = readonly [did: number, of: number];

export interface Outcome {
  readonly name: string;
  readonly control: Count;
  readonly treatment: Count;
  /** What the source says, as far as it does. */
  readonly published: {
    readonly difference?: number;
    readonly z?: number;
    readonly pValue?: number;
    readonly interval?: readonly [lower: number, upper: number];
    readonly relativeRisk?: number;
    readonly per100000?: readonly [control: number, treatment: number];
  };
}

export interface PublishedTest {
  readonly name: string;
  readonly source: string;
  /** Units; they were to be half and half. */
  readonly control: number;
  readonly treatment: number;
  readonly outcomes: readonly Outcome[];
  readonly published?: { readonly sampleRatioP: number };
}

export const publishedTests = JSON.parse(
  readFileSync(new URL("published.json", import.meta.url), "utf8"),
) as readonly PublishedTest[];

const alpha = 0.05;
const z = 1.959963984540054; // of alpha, two-sided
const evenly = [0.5, 0.5];

/** One outcome, by the methods that a result shows; `wald` is the interval that textbooks print. */
export function analyseOutcome({ control: [didA, ofA], treatment: [didB, ofB] }: Outcome) {
  const control: Proportion = { kind: "proportion", n: ofA, sum: didA };
  const treatment: Proportion = { kind: "proportion", n: ofB, sum: didB };
  const test = compareProportions({ strata: [{ control, treatment }], alpha });
  const { difference, unpooledSe } = test;
  return {
    ...test,
    rates: { control: didA / ofA, treatment: didB / ofB },
    wald: { lower: difference - z * unpooledSe, upper: difference + z * unpooledSe },
    lift: lift({ control: estimateMean(control), treatment: estimateMean(treatment), alpha }),
  };
}

/** p of the units' split, which was to be half and half: for a single look, and for as many looks as one likes. */
export function analyseAssignment({ control, treatment }: PublishedTest) {
  const assignment = { counts: [control, treatment], weights: evenly };
  return {
    atOneLook: testSampleRatio(assignment).pValue,
    atAnyTime: watchSampleRatio([assignment]).pValue,
  };
}
