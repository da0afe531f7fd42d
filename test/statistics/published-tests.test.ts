/** What was published of well-known tests comes out again. */
import { describe, expect, it } from "vitest";
import { analyseAssignment, analyseOutcome, publishedTests } from "../../examples/published-tests/analyse.js";

const outcomes = publishedTests.flatMap(({ name, outcomes: all }) =>
  all.map((outcome) => [`${name}: ${outcome.name}`, outcome] as const),
);

const tested = outcomes.filter(([, { published }]) => published.pValue !== undefined);

describe("what was published", () => {
  it.each(outcomes)("of %s is the difference", (_name, outcome) => {
    const { published } = outcome;
    const { rates, difference, wald, lift } = analyseOutcome(outcome);
    if (published.difference !== undefined) expect(difference).toBeCloseTo(published.difference, 5);
    if (published.relativeRisk !== undefined) expect(1 + lift.lift).toBeCloseTo(published.relativeRisk, 2);
    if (published.per100000 !== undefined)
      expect([rates.control, rates.treatment].map((rate) => Math.round(rate * 100_000))).toEqual(
        published.per100000,
      );
    if (published.interval !== undefined) {
      expect(wald.lower).toBeCloseTo(published.interval[0], 4);
      expect(wald.upper).toBeCloseTo(published.interval[1], 4);
    }
  });

  it.each(tested)("of %s is its significance", (_name, outcome) => {
    const { published } = outcome;
    const { z, pValue } = analyseOutcome(outcome);
    if (published.z !== undefined) expect(z).toBeCloseTo(published.z, 10);
    expect(pValue).toBeCloseTo(published.pValue ?? Number.NaN, 4);
  });
});

describe("the split of the units", () => {
  it("is no mismatch in the game, though one look in a hundred is as uneven", () => {
    const [cookieCats] = publishedTests;
    if (cookieCats === undefined) throw new Error("There are no published tests.");
    const { atOneLook, atAnyTime } = analyseAssignment(cookieCats);
    expect(atOneLook).toBeCloseTo(0.0086, 4);
    expect(atAnyTime).toBeGreaterThan(0.001);
  });

  it("is a mismatch where it was published as one", () => {
    const mismatch = publishedTests.find(({ published }) => published !== undefined);
    if (mismatch === undefined) throw new Error("There is no published mismatch.");
    const { atOneLook, atAnyTime } = analyseAssignment(mismatch);
    expect(atOneLook).toBeCloseTo(mismatch.published?.sampleRatioP ?? Number.NaN, 6);
    expect(atAnyTime).toBeLessThan(0.001);
  });
});
