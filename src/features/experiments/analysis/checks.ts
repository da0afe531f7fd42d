/** Whether the results can be trusted at all: what breaks an experiment shows in its units before it shows in its metrics. */
import { testSampleRatio, watchSampleRatio } from "../../../statistics/index.js";
import { inNumbers, plural } from "../numbers.js";
import type { Frame, Measured } from "./frame.js";
import { type Check, type CheckName, type CheckState, finite, type SampleRatio } from "./results.js";
import { assignmentsOf, expectedUnits } from "./shares.js";
import { inList, inPercent, named, toProbability } from "./wording.js";

/** From this share of conflicted units on the assignment is broken. */
const CONFLICTS_ALLOWED = 0.01;
/** Below this p the units were not shared out by their weights. */
const LEAST_P = 0.001;
/** An arm without anybody is odd once this many of its units were to be expected. */
const EXPECTED_OF_EMPTY = 10;

/** χ² over all epochs together, as if it were looked at once; and the alarm that may be watched. */
export function sampleRatioOf({ experiment, epochs, sums }: Frame): SampleRatio {
  const arms = expectedUnits(experiment, epochs, sums);
  const assignments = assignmentsOf(experiment, epochs, sums);
  const told = arms.filter(({ expected }) => expected > 0);
  const { chiSquared, degreesOfFreedom, pValue } =
    told.length < 2
      ? { chiSquared: 0, degreesOfFreedom: 0, pValue: 1 }
      : testSampleRatio({
          counts: told.map(({ units }) => units),
          weights: told.map(({ expected }) => expected),
        });
  return {
    arms,
    chiSquared: finite(chiSquared),
    degreesOfFreedom,
    pValue,
    anytimePValue: watchSampleRatio(assignments).pValue,
  };
}

export function checksOf(frame: Frame, measured: readonly Measured[], ratio: SampleRatio): Check[] {
  return [checkRatio(ratio), checkConflicts(frame), checkArms(ratio), checkUnits(measured)];
}

function checkRatio({ arms, pValue, anytimePValue }: SampleRatio): Check {
  const seen = inList(arms.map(({ variant, units }) => `${inNumbers(units)} ${named(variant)}`));
  const wanted = inList(arms.map(({ expected }) => inNumbers(Math.round(expected))));
  if (anytimePValue < LEAST_P) {
    return check(
      "SAMPLE_RATIO",
      "FAILED",
      `Units were not shared out as the weights say: ${seen} were counted where ${wanted} were to be expected (${toProbability(anytimePValue)}). Some are lost or counted twice in one variant, so no comparison means anything.`,
    );
  }
  if (pValue < LEAST_P) {
    return check(
      "SAMPLE_RATIO",
      "WARNING",
      `The shares look odd: ${seen} were counted where ${wanted} were to be expected. At a single look that would be suspicious (${toProbability(pValue)}); after many looks it may be chance.`,
    );
  }
  return check("SAMPLE_RATIO", "PASSED", of(arms, "Units were shared out as the weights say."));
}

function checkConflicts({ sums }: Frame): Check {
  const units = sums.exposures.reduce((sum, { n }) => sum + n, 0);
  const conflicted = sums.exposures.reduce((sum, one) => sum + one.conflicted, 0);
  if (conflicted === 0) return check("CONFLICTS", "PASSED", "Nobody was seen in two variants.");
  const share = conflicted / Math.max(units, conflicted);
  const what = `${plural(conflicted, "unit")} of ${inNumbers(units)} (${inPercent(share)})`;
  const seen = `${what} ${conflicted === 1 ? "was" : "were"} also seen in a variant that is not theirs`;
  return share < CONFLICTS_ALLOWED
    ? check("CONFLICTS", "WARNING", `${seen}; there should be none.`)
    : check("CONFLICTS", "FAILED", `${seen}: the assignment is broken.`);
}

function checkArms({ arms }: SampleRatio): Check {
  const empty = arms.filter(({ units, expected }) => units === 0 && expected >= EXPECTED_OF_EMPTY);
  if (empty.length === 0)
    return check("EMPTY_ARMS", "PASSED", of(arms, "Every variant was shown that should have been."));
  const which = inList(empty.map(({ variant }) => named(variant)));
  return check(
    "EMPTY_ARMS",
    "FAILED",
    `Nobody was shown ${which}: look whether it is served and its exposures are recorded.`,
  );
}

/** The sentence, where there is anybody whom it could be about. */
function of(arms: SampleRatio["arms"], sentence: string): string {
  return arms.some(({ units }) => units > 0) ? sentence : "Nobody has been shown it yet.";
}

function checkUnits(measured: readonly Measured[]): Check {
  const waiting = measured
    .filter(({ role, pairs }) => role === "PRIMARY" && pairs.some(({ compared }) => !compared.decision.ready))
    .map(({ metric }) => metric.name);
  return waiting.length === 0
    ? check("FEW_UNITS", "PASSED", "There are enough outcomes in every variant.")
    : check(
        "FEW_UNITS",
        "WARNING",
        `There are fewer than 30 outcomes in a variant by ${inList(waiting)}: nothing is decided by that yet.`,
      );
}

function check(name: CheckName, state: CheckState, sentence: string): Check {
  return { name, state, sentence };
}
