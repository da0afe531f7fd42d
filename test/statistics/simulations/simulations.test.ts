/** The simulations in small: the same claims by fewer tests, so bounds are widened by four standard errors. */
import { describe, expect, it } from "vitest";
import { atMost, isKept, type Row } from "./claim.js";
import { type SimulationName, simulations } from "./claims.js";
import { Random } from "./random.js";

const seed = 1;

/** So many that all of them together take a few seconds. */
const tests: Readonly<Record<SimulationName, number>> = {
  "peeking-anytime": 30,
  "peeking-naive": 100,
  guard: 40,
  coverage: 30,
  "anytime-power": 100,
  "group-sequential": 300,
  promotion: 16,
  margins: 10,
  epochs: 60,
  leaving: 500,
  bandit: 100,
  "sample-ratio": 50,
  anomalies: 100,
};

const rowsOf = (name: SimulationName): readonly Row[] =>
  simulations[name](tests[name], new Random(seed, name));

describe("in a few tests no bound is broken by more than four standard errors", () => {
  it.each(Object.keys(simulations) as SimulationName[])("%s", (name) => {
    const rows = rowsOf(name);
    expect(rows.length).toBeGreaterThan(0);
    expect(rows.filter((row) => !isKept(row, 4))).toEqual([]);
  });
});

it("the looks are many enough to see a method that does not allow them", () => {
  for (const row of rowsOf("peeking-naive")) expect(isKept({ ...row, bound: atMost(0.05) }, 4)).toBe(false);
});

it("the same seed gives the same figures, another gives others", () => {
  const figures = (from: number): readonly number[] =>
    simulations.leaving(100, new Random(from, "leaving")).map(({ figure }) => figure);
  expect(figures(1)).toEqual(figures(1));
  expect(figures(1)).not.toEqual(figures(2));
});
