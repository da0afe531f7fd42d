import { expect, it } from "vitest";
import { analyse } from "../../../../src/features/experiments/analysis/analyse.js";
import { analysingSlices } from "../../../../src/features/experiments/analysis/slices.js";
import { atOnce } from "../../../../src/features/experiments/analysis/steps.js";
import { benjaminiHochberg } from "../../../../src/statistics/index.js";
import { conversions, inputOf, purchases, together } from "./analysis-fixture.js";

const slice = (name: string | null, green: number, blue: number) => ({
  slice: name,
  ...conversions(purchases, [
    { variant: "green", n: 4_000, did: green },
    { variant: "blue", n: 4_000, did: blue },
  ]),
});
const slices = [slice("de", 400, 560), slice("fr", 400, 410), slice(null, 400, 400)];
const all = together(slices[0] ?? { exposures: [], metrics: [] });
const input = inputOf([0, 0], [0, 0], { sums: all });
const results = atOnce(analysingSlices(input, { attribute: "country", slices }));

it("each slice is compared as if it were alone", () => {
  const [alone] = analyse(input).metrics;
  const [first] = results.slices[0]?.metrics ?? [];
  expect(first?.arms).toEqual(alone?.arms);
  expect(first?.comparisons[0]?.anytime).toEqual(alone?.comparisons[0]?.anytime);
  expect(results.slices.map(({ slice: name, units }) => [name, units])).toEqual([
    ["de", 8_000],
    ["fr", 8_000],
    [null, 8_000],
  ]);
});

it("p is corrected for all that was looked at, and nothing is decided", () => {
  const comparisons = results.slices.flatMap(({ metrics }) =>
    metrics.flatMap((metric) => metric.comparisons),
  );
  const corrected = benjaminiHochberg(comparisons.map(({ anytime }) => anytime.pValue));
  expect(comparisons.map(({ adjustedPValue }) => adjustedPValue)).toEqual(corrected);
  expect(comparisons.map(({ isNoteworthy }) => isNoteworthy)).toEqual([true, false, false]);
  expect(comparisons.every((comparison) => !("effect" in comparison))).toBe(true);
  expect(results.caution).toMatch(/^Exploratory: 3 comparisons were made/);
});

it("without slices there is nothing to say", () => {
  expect(atOnce(analysingSlices(input, { attribute: "country", slices: [] })).slices).toEqual([]);
});
