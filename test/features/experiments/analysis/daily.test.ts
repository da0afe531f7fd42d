import { expect, it } from "vitest";
import { analyse } from "../../../../src/features/experiments/analysis/analyse.js";
import type { ExperimentResults } from "../../../../src/features/experiments/analysis/results.js";
import { manyDays, until } from "./many-days.js";

/** What an analysis says that knows of nothing later, as points of its last day. */
function latest({ metrics }: ExperimentResults, day: string | undefined) {
  return metrics.map(({ arms, comparisons }) =>
    comparisons.map(({ variant, difference, lift, anytime }) => ({
      day,
      units: arms
        .filter((arm) => arm === arms[0] || arm.variant === variant)
        .reduce((sum, { units }) => sum + units, 0),
      ...{ difference, lift, differenceRange: anytime.difference, liftRange: anytime.lift },
    })),
  );
}

const points = ({ metrics }: ExperimentResults, day: number) =>
  metrics.map(({ comparisons }) => comparisons.map(({ daily }) => daily[day - 1]));

it.each([
  ["one epoch", 1, {}],
  ["several epochs", 5, {}],
  ["shares that move", 4, { optimises: true }],
  ["a date", 2, { mode: "GROUP_SEQUENTIAL" }],
] as const)("each day says to the last digit what was known by then: %s", (_name, epochs, more) => {
  const days = 14;
  const input = manyDays(epochs, { metrics: 6, treatments: 2, days, epochs }, more);
  const whole = analyse(input);
  for (let day = 1; day <= days; day += 1) {
    const series = points(whole, day);
    expect(series).toEqual(latest(analyse(until(day, input)), series[0]?.[0]?.day));
  }
  expect(points(whole, days)).toEqual(latest(whole, "2026-11-14"));
});
