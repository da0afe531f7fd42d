/** What is out of the ordinary is told, and what merely varies is not. */
import { describe, expect, it } from "vitest";
import {
  type Anomaly,
  describeAnomaly,
  findAnomaly,
  firstHourNeeded,
  headlineOf,
  lastFullHour,
  measureOf,
} from "../../../src/features/analytics/anomaly.js";
import { testStart } from "../../support/tools.js";
import { day, hour } from "./analytics-fixture.js";
import { dailyPattern, gammaPoisson, seeded } from "./simulated-hours.js";

const spot = { project: "default", environment: "staging", flag: "a", metric: null };
const week = 168;

/** Judges each of the last `hours` hours of counts by hour, the latest last; gives what was found, latest last. */
function judgeLast(counts: readonly number[], hours: number): Anomaly[] {
  return Array.from({ length: hours }, (_none, index) => {
    const at = counts.length - hours + index;
    const ago = new Map(counts.slice(0, at + 1).map((count, place) => [at - place, count] as const));
    return findAnomaly({ ...spot, counts: ago }, testStart + at * hour);
  }).filter((found) => found !== null);
}

describe("over a week that is like the four before it", () => {
  it.each([
    ["a flag that is hardly ever asked for", 0.02, 0],
    ["a quiet flag", 0.7, 0],
    ["a quiet flag that comes in bursts", 2, 0.5],
    ["a daily pattern", 300, 0],
    ["a daily pattern that varies from week to week", 2_000, 0.01],
    ["a daily pattern that varies much", 50_000, 0.1],
  ])("nothing is found: %s", (_title, mean, dispersion) => {
    for (let seed = 1; seed <= 10; seed += 1) {
      const random = seeded(seed);
      const counts = Array.from({ length: 5 * week + 48 }, (_none, at) =>
        gammaPoisson(random, mean * dailyPattern(at), dispersion),
      );
      expect(judgeLast(counts, week), `seed ${seed}`).toEqual([]);
    }
  });
});

describe("an hour out of the ordinary", () => {
  const random = seeded(42);
  const usual = Array.from({ length: 4 * week + 48 }, (_none, at) =>
    gammaPoisson(random, 1_000 * dailyPattern(at), 0.005),
  );
  const then = (...last: readonly number[]) => judgeLast([...usual.slice(0, -last.length), ...last], 1);
  const [before, latest] = [2, 1].map((ago) => 1_000 * dailyPattern(usual.length - ago)) as [number, number];

  it("is told at once where it is beyond all chance", () => {
    expect(then(0)).toMatchObject([{ ...spot, direction: "LOW", observed: 0 }]);
    expect(then(99_999)).toMatchObject([{ direction: "HIGH", observed: 99_999 }]);
    const [found] = then(0);
    expect(found?.hour).toEqual(new Date(testStart + (usual.length - 1) * hour));
    expect(found?.pValue).toBeLessThan(1e-8);
    expect(Math.abs((found?.expected ?? 0) / latest - 1)).toBeLessThan(0.2);
  });

  it("is told where it is the second in a row on the same side, and not before", () => {
    const [little, much] = [0.66, 1.5];
    expect(then(Math.round(latest * little))).toEqual([]);
    expect(then(Math.round(before * little), Math.round(latest * little))).toMatchObject([
      { direction: "LOW" },
    ]);
    expect(then(Math.round(before * much), Math.round(latest * much))).toMatchObject([{ direction: "HIGH" }]);
    expect(then(Math.round(before * much), Math.round(latest * little))).toEqual([]);
  });

  it("is the latest alone: one that is over is not told", () => {
    expect(then(0, Math.round(latest))).toEqual([]);
  });

  it("is nothing where much varies anyway", () => {
    const wild = Array.from({ length: 4 * week + 48 }, () => gammaPoisson(random, 100, 3));
    expect(judgeLast([...wild, 0], 1)).toEqual([]);
  });
});

it("looks at an hour five minutes after it ended, when its counts are written", () => {
  const noon = testStart + 12 * hour;
  expect(lastFullHour(noon + 4 * 60_000)).toBe(noon - 2 * hour);
  expect(lastFullHour(noon + 5 * 60_000)).toBe(noon - hour);
  expect(firstHourNeeded(noon)).toBe(noon - 28 * day - 23 * hour);
});

it("says what happened", () => {
  const anomaly: Anomaly = {
    ...{ ...spot, hour: new Date(testStart), direction: "LOW", expected: 1_234.4, observed: 1, pValue: 0 },
  };
  expect(describeAnomaly(anomaly)).toBe(
    "It was evaluated only 1 time in this hour, where about 1,234 are usual at this time of the week.",
  );
  expect(describeAnomaly({ ...anomaly, direction: "HIGH", expected: 0.25, observed: 9_876 })).toBe(
    "It was evaluated 9,876 times in this hour, where about 0.25 are usual at this time of the week.",
  );
});

it("says it of metrics, too, and of rates", () => {
  const events: Anomaly = {
    ...{ ...spot, flag: null, metric: "bought", hour: new Date(testStart), direction: "LOW" },
    ...{ expected: 12.5, observed: 0, pValue: 0 },
  };
  const rate: Anomaly = { ...events, flag: "a", direction: "HIGH", expected: 0.0412, observed: 0.1 };
  expect([events, rate, { ...events, flag: "a", metric: null }].map(measureOf)).toEqual([
    ...["EVENTS", "RATE", "EVALUATIONS"],
  ]);
  expect([headlineOf(events), describeAnomaly(events)]).toEqual([
    "Events of a metric come in far less often than usual.",
    "It came in only 0 times in this hour, where about 13 are usual at this time of the week.",
  ]);
  expect([headlineOf(rate), describeAnomaly(rate)]).toEqual([
    "The rate of a metric among those who get a flag's variants has risen.",
    "Of the units that were first exposed in the hours up to this one, 10 % did it within an hour, where about 4.12 % are usual.",
  ]);
});
