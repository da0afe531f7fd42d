/** A rate that changes is found, by how much evidence there is, and one that goes on as it did is not, over weeks. */
import { describe, expect, it } from "vitest";
import {
  findRateAnomaly,
  type RateHour,
  rateHoursNeeded,
} from "../../../src/features/tracking/rate-anomaly.js";
import { testStart } from "../../support/tools.js";
import { dailyPattern, gammaPoisson, seeded } from "../analytics/simulated-hours.js";

const watched = { project: "default", environment: "staging", flag: "checkout", metric: "bought" };
const hourMs = 3_600_000;
const day = 24;
const week = 7 * day;

interface Course {
  readonly hours: number;
  /** Units an hour, on average. */
  readonly units: number;
  readonly rateAt: (at: number) => number;
  /** How much the rate varies from hour to hour, as its variance by its square. */
  readonly dispersion?: number;
  readonly seed?: number;
}

/** Hours as they go by, from the first. */
function simulate({ hours, units, rateAt, dispersion = 0, seed = 1 }: Course): RateHour[] {
  const random = seeded(seed);
  return Array.from({ length: hours }, (_none, at) => {
    const exposed = gammaPoisson(random, units * dailyPattern(at), 0.05);
    const rate =
      dispersion === 0 ? rateAt(at) : (rateAt(at) * gammaPoisson(random, 1_000, dispersion)) / 1_000;
    const did = Array.from({ length: exposed }, random).filter((draw) => draw < rate).length;
    return { units: exposed, did };
  });
}

/** The hours, counted from the first, that are told, and in which way. */
function told(course: readonly RateHour[]): string[] {
  return course.flatMap((_none, at) => {
    const earliest = Math.max(0, at - rateHoursNeeded + 1);
    const hours = course.slice(earliest, at + 1).map((hour, index) => [at - earliest - index, hour] as const);
    const known = new Map(hours.filter(([, { units }]) => units > 0));
    const found = findRateAnomaly({ ...watched, hours: known }, testStart + at * hourMs);
    return found === null ? [] : [`${at} ${found.direction}`];
  });
}

describe("over eight weeks that are alike", () => {
  it.each([
    ["a rate of few units", 12, () => 0.2, 0],
    ["a rate of many units", 400, () => 0.04, 0],
    ["a rate of nearly everybody", 60, () => 0.9, 0],
    ["a rare one", 300, () => 0.01, 0],
    ["one that is lower by night", 150, (at: number) => 0.05 * (at % 24 < 12 ? 1.4 : 0.6), 0],
    ["one that varies from hour to hour", 400, () => 0.04, 0.02],
  ])("nothing is found: %s", { timeout: 60_000 }, (_title, units, rateAt, dispersion) => {
    for (const seed of [1, 2]) {
      const found = told(simulate({ hours: 8 * week, units, rateAt, dispersion, seed }));
      expect(found, `seed ${seed}`).toEqual([]);
    }
  });
});

describe("a rate that changes", () => {
  const change = 8 * day;
  const after = (factor: number, hours = 12) => ({
    ...{ hours: change + 2 * day, units: 100 },
    rateAt: (at: number) => (at >= change && at < change + hours ? 0.06 * factor : 0.06),
  });

  it("is found within hours where it doubles, and where next to nothing of it is left", () => {
    for (const [factor, direction] of [
      [2, "HIGH"],
      [0.1, "LOW"],
    ] as const) {
      const found = told(simulate(after(factor)));
      expect(found.length).toBeGreaterThan(0);
      expect(found.every((one) => one.endsWith(direction))).toBe(true);
      expect(Number.parseInt(found[0] ?? "", 10)).toBeLessThan(change + 8);
    }
  });

  it("is found no more soon after it is as it was", () => {
    const last = told(simulate(after(2)))
      .map((one) => Number.parseInt(one, 10))
      .at(-1);
    expect(last).toBeLessThan(change + 12 + 2);
  });

  it("is told with what is usual and what was seen since", () => {
    const course = [
      ...simulate({ ...after(1), hours: change }),
      ...Array.from({ length: 3 }, () => ({ units: 200, did: 60 })),
    ];
    const hours = new Map(course.map((hour: RateHour, index) => [course.length - 1 - index, hour]));
    hours.delete(2);
    const found = findRateAnomaly({ ...watched, hours }, testStart);
    expect(found).toMatchObject({ ...watched, hour: new Date(testStart), direction: "HIGH", pValue: null });
    expect(found?.observed).toBe(0.3);
    expect(found?.expected).toBeCloseTo(0.06, 1);
  });
});

describe("nobody can tell", () => {
  const doubled = (days: number, units: number) =>
    told(
      simulate({
        ...{ hours: (days + 1) * day, units },
        rateAt: (at) => (at >= days * day ? 0.3 : 0.1),
      }),
    );

  it("before there are two days to compare with", () => {
    expect(doubled(1, 400)).toEqual([]);
    expect(doubled(3, 400)).not.toEqual([]);
  });

  it("where too few did it, or too few did not", () => {
    expect(doubled(7, 5)).toEqual([]);
    const [few, many] = [0.001, 0.999].map((rate) =>
      told(simulate({ hours: 10 * day, units: 100, rateAt: (at) => (at >= 9 * day ? 0.5 : rate) })),
    );
    expect([few, many]).toEqual([[], []]);
  });

  it("of an hour in which nobody was exposed", () => {
    const course = simulate({ hours: 9 * day, units: 100, rateAt: (at) => (at >= 8 * day ? 0.3 : 0.1) });
    const hours = new Map(course.map((hour, index) => [course.length - index, hour]));
    expect(findRateAnomaly({ ...watched, hours }, testStart)).toBeNull();
  });
});
