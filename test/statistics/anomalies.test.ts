/** Ordinary hours pass, hours out of the ordinary are told, and only some of them raise the alarm. */
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import {
  correlationOf,
  type CountJudgement,
  dispersionOf,
  isAlarm,
  judgeCount,
  watchRate,
} from "../../src/statistics/anomalies.js";

const history = fc.array(fc.nat({ max: 100_000 }), { minLength: 1, maxLength: 4 });
const dispersion = fc.constantFrom(0, 0.01, 0.2);

describe("an hour's count", () => {
  it("has tails that overlap in the count alone", () => {
    fc.assert(
      fc.property(history, dispersion, fc.nat({ max: 1000 }), (weeks, phi, count) => {
        const { pLow, pHigh } = judgeCount({ history: weeks, dispersion: phi, count });
        const { pHigh: beyond } = judgeCount({ history: weeks, dispersion: phi, count: count + 1 });
        expect(pLow + beyond).toBeCloseTo(1, 9);
        expect(pHigh).toBeGreaterThanOrEqual(beyond);
      }),
    );
  });

  it("is the more surprising the further it is from the forecast", () => {
    const surprise = (count: number): number =>
      judgeCount({ history: [510, 480, 530, 495], dispersion: 0.01, count }).pValue;
    expect(surprise(500)).toBeGreaterThan(0.9);
    expect([400, 330, 200].map(surprise)).toEqual([400, 330, 200].map(surprise).sort((a, b) => b - a));
    expect(surprise(0)).toBeLessThan(1e-8);
    expect(surprise(1500)).toBeLessThan(1e-8);
  });

  it("is forecast with less certainty from fewer weeks and from hours that vary more", () => {
    const judged = (weeks: number[], phi: number): number =>
      judgeCount({ history: weeks, dispersion: phi, count: 120 }).pValue;
    expect(judged([100], 0.01)).toBeGreaterThan(judged([100, 100, 100, 100], 0.01));
    expect(judged([100, 100], 0.1)).toBeGreaterThan(judged([100, 100], 0.01));
  });

  it("without history is ordinary, and after nothing but silence still has a forecast", () => {
    expect(judgeCount({ history: [], dispersion: 0.1, count: 9 }).pValue).toBe(1);
    const silence = { history: [0, 0, 0, 0], dispersion: 0.1 };
    expect(judgeCount({ ...silence, count: 0 })).toMatchObject({ mean: 0.25, pValue: 1 });
    expect(judgeCount({ ...silence, count: 1 }).pValue).toBeGreaterThan(0.1);
    expect(judgeCount({ ...silence, count: 50 }).pValue).toBeLessThan(1e-8);
  });

  it("may be huge", () => {
    const { pValue } = judgeCount({ history: [1e9, 1e9, 1e9], dispersion: 0.0001, count: 1.01e9 });
    expect(pValue).toBeGreaterThan(0.3);
    expect(pValue).toBeLessThan(0.5);
  });

  it.each([
    ["count", { history: [1], dispersion: 0, count: -1 }],
    ["dispersion", { history: [1], dispersion: -0.1, count: 1 }],
    ["history\\[1\\]", { history: [1, NaN], dispersion: 0, count: 1 }],
  ])("refuses an impossible %s", (name, observation) => {
    expect(() => judgeCount(observation)).toThrow(new RegExp(`^${name} must be`, "u"));
  });
});

describe("the dispersion of many hours", () => {
  it("is what the variance has beyond the mean, in squares of the mean", () => {
    expect(dispersionOf([[80, 120]])).toBeCloseTo((800 - 100) / (10_000 - 400), 12);
    expect(dispersionOf([[80, 120], [80, 120], [7]])).toBeCloseTo(700 / 9600, 12);
  });

  it("is 0 where counts vary like chance or less, and where there is nothing to learn from", () => {
    expect(dispersionOf([[100, 100, 100]])).toBe(0);
    expect(dispersionOf([])).toBe(0);
    expect(dispersionOf([[5], [0, 0]])).toBe(0);
  });
});

function judged(pValue: number, side: "high" | "low" = "low"): CountJudgement {
  const [pLow, pHigh] = side === "low" ? [pValue / 2, 1] : [1, pValue / 2];
  return { mean: 1, size: 1, pLow, pHigh, pValue };
}

describe("the alarm", () => {
  it("waits for a second unusual hour on the same side", () => {
    expect(isAlarm([judged(1e-5)])).toBe(false);
    expect(isAlarm([judged(1e-5), judged(1e-4)])).toBe(true);
    expect(isAlarm([judged(1e-5), judged(1e-4, "high")])).toBe(false);
    expect(isAlarm([judged(1e-5), judged(0.5), judged(1e-5)])).toBe(false);
    expect(isAlarm([judged(1e-5), judged(1e-5), judged(0.001)])).toBe(false);
  });

  it("does not wait where one hour is unheard of", () => {
    expect(isAlarm([judged(9e-9)])).toBe(true);
    expect(isAlarm([judged(1), judged(9e-9, "high")])).toBe(true);
    expect(isAlarm([judged(9e-9), judged(1)])).toBe(false);
    expect(isAlarm([])).toBe(false);
  });
});

const watch = { expected: 0.05, noticed: 0.04, hoursBetweenFalseAlarms: 2000 };

describe("an hourly rate", () => {
  it("at what is expected gathers nothing, and below it soon enough", () => {
    const hours = (sum: number): { n: number; sum: number }[] =>
      Array.from({ length: 40 }, () => ({ n: 500, sum }));
    expect(watchRate({ ...watch, hours: hours(25) }).firstAlarm).toBe(null);
    const { firstAlarm } = watchRate({ ...watch, hours: hours(18) });
    expect(firstAlarm).toBeGreaterThan(1);
    expect(firstAlarm).toBeLessThan(10);
  });

  it("is watched the other way round by the mirrored rates", () => {
    const counts = fc.array(
      fc.nat({ max: 500 }).chain((n) => fc.record({ n: fc.constant(n), sum: fc.nat({ max: n }) })),
      { maxLength: 12 },
    );
    fc.assert(
      fc.property(counts, (hours) => {
        const mirrored = watchRate({
          expected: 0.95,
          noticed: 0.96,
          hoursBetweenFalseAlarms: 2000,
          hours: hours.map(({ n, sum }) => ({ n, sum: n - sum })),
        });
        const { scores } = watchRate({ ...watch, hours });
        mirrored.scores.forEach((score, hour) => expect(score).toBeCloseTo(scores[hour] ?? NaN, 8));
      }),
    );
  });

  it("is held against the hour's own rates where it has some", () => {
    const busy = { n: 500, sum: 60, expected: 0.12, noticed: 0.09 };
    const hours = Array.from({ length: 40 }, (_none, at) => (at % 2 === 0 ? busy : { n: 500, sum: 25 }));
    expect(watchRate({ ...watch, hours }).firstAlarm).toBe(null);
    const { scores } = watchRate({ ...watch, hours: [{ n: 500, sum: 20 }, busy] });
    const [first = NaN] = watchRate({ ...watch, hours: [{ n: 500, sum: 20 }] }).scores;
    const [second = NaN] = watchRate({ ...watch, ...busy, hours: [busy] }).scores;
    expect(scores[1]).toBeCloseTo(Math.max(first, 0) + second, 10);
  });

  it("of units that are alike counts as that of fewer", () => {
    const hours = [{ n: 101, sum: 1 }];
    const [alone = NaN] = watchRate({ ...watch, hours }).scores;
    expect(watchRate({ ...watch, correlation: 0.01, hours }).scores[0]).toBeCloseTo(alone / 2, 10);
  });

  it("tells how much alike the units of an hour are", () => {
    const hours = (...sums: readonly number[]) => sums.map((sum) => ({ n: 100, sum, expected: 0.5 }));
    expect(correlationOf(hours(50, 55, 45))).toBe(0);
    expect(correlationOf(hours(0, 100))).toBe(1);
    expect(correlationOf(hours(40, 60))).toBeCloseTo((100 - 25) / (99 * 25), 10);
    expect(correlationOf([{ n: 1, sum: 1, expected: 0.1 }])).toBe(0);
    expect(correlationOf([])).toBe(0);
  });

  it("gathers nothing from hours without units", () => {
    expect(watchRate({ ...watch, hours: [{ n: 0, sum: 0 }] })).toEqual({ scores: [0], firstAlarm: null });
    expect(watchRate({ ...watch, hours: [] })).toEqual({ scores: [], firstAlarm: null });
  });

  it.each([
    ["expected", { ...watch, expected: 0, hours: [] }],
    ["noticed", { ...watch, noticed: 1, hours: [] }],
    ["correlation", { ...watch, correlation: -1, hours: [] }],
    ["hoursBetweenFalseAlarms", { ...watch, hoursBetweenFalseAlarms: 0, hours: [] }],
    ["hours\\[0\\].expected", { ...watch, hours: [{ n: 1, sum: 0, expected: 1 }] }],
    ["hours\\[0\\].n", { ...watch, hours: [{ n: -1, sum: 0 }] }],
    [
      "hours\\[1\\].sum",
      {
        ...watch,
        hours: [
          { n: 1, sum: 0 },
          { n: 1, sum: 2 },
        ],
      },
    ],
  ])("refuses an impossible %s", (name, call) => {
    expect(() => watchRate(call)).toThrow(new RegExp(`^${name} must be`, "u"));
  });
});
