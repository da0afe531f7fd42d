import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { analyse } from "../../../../src/features/experiments/analysis/analyse.js";
import type { AnalysisInput } from "../../../../src/features/experiments/analysis/frame.js";
import type { ExperimentResults } from "../../../../src/features/experiments/analysis/results.js";
import {
  betaPosterior,
  chancesOfRates,
  compareRates,
  decide,
  decisionArm,
  holm,
  sampleSizeForMeans,
  sampleSizeForRates,
} from "../../../../src/statistics/index.js";
import {
  conversions,
  epochsOf,
  experimentOf,
  halves,
  inputOf,
  metricOf,
  now,
  purchases,
  sumsOf,
  together,
  type Unit,
} from "./analysis-fixture.js";

const only = ({ metrics }: ExperimentResults, index = 0) => {
  const metric = metrics[index];
  const comparison = metric?.comparisons[0];
  if (metric === undefined || comparison === undefined) throw new Error("There is no comparison.");
  return { metric, comparison };
};

describe("the variants themselves", () => {
  it("have their units, their rate and Wilson's interval", () => {
    const { metric } = only(analyse(inputOf([10, 100], [20, 100])));
    expect(metric.arms[0]).toMatchObject({ variant: "green", units: 100, nonzero: 10, value: 0.1 });
    expect(metric.arms[0]?.range.lower).toBeCloseTo(0.05523, 5); // published for 10 of 100
    expect(metric.arms[0]?.range.upper).toBeCloseTo(0.17437, 5);
  });

  it("of values have Student's interval", () => {
    const metrics = [metricOf("purchases", { type: "SUM" })];
    const units = [1, 2, 3, 4, 5].map((value): Unit => ({ variant: "green", y: value * 1e6 }));
    const sums = sumsOf(purchases, units);
    const { metric } = only(analyse(inputOf([0, 0], [0, 0], { metrics, sums })));
    expect(metric.arms[0]?.value).toBe(3);
    expect(metric.arms[0]?.range.lower).toBeCloseTo(3 - 2.7764451052 * Math.sqrt(0.5), 8);
    expect(metric.arms[1]).toEqual({
      ...{ variant: "blue", units: 0, nonzero: 0, value: null, chanceToBeBest: null },
      range: { lower: null, upper: null },
    });
  });
});

describe("what is believed", () => {
  it("of rates is by their posteriors, whichever way is better", () => {
    const rates = compareRates(
      betaPosterior({ kind: "proportion", n: 1_000, sum: 100 }),
      betaPosterior({ kind: "proportion", n: 1_000, sum: 120 }),
    );
    const up = only(analyse(inputOf([100, 1_000], [120, 1_000])));
    expect(up.comparison.chanceToWin).toBeCloseTo(rates.chanceToWin, 12);
    expect(up.comparison.expectedLoss).toBeCloseTo(rates.lossOfTreatment, 12);
    expect(up.metric.arms[1]?.chanceToBeBest).toBeCloseTo(rates.chanceToWin, 12);
    const metrics = [metricOf("purchases", { direction: "DECREASE" })];
    const down = only(analyse(inputOf([100, 1_000], [120, 1_000], { metrics })));
    expect(down.comparison.chanceToWin).toBeCloseTo(1 - rates.chanceToWin, 12);
    expect(down.comparison.expectedLoss).toBeCloseTo(rates.lossOfControl, 12);
    expect(down.comparison.difference).toBeCloseTo(0.02, 12);
  });

  it("of three arms is whose rate is the best", () => {
    const arms = ["green", "blue", "red"].map((variant) => ({ variant, weight: 33_333 }));
    const did = [100, 120, 110];
    const sums = conversions(
      purchases,
      arms.map(({ variant }, index) => ({ variant, n: 1_000, did: did[index] ?? 0 })),
    );
    const epochs = epochsOf(arms.map(({ variant, weight }) => [variant, weight] as const));
    const results = analyse(inputOf([0, 0], [0, 0], { experiment: experimentOf({ arms }), epochs, sums }));
    const expected = chancesOfRates(did.map((sum) => betaPosterior({ kind: "proportion", n: 1_000, sum })));
    expect(results.metrics[0]?.arms.map(({ chanceToBeBest }) => chanceToBeBest)).toEqual(expected);
  });
});

describe("several metrics and treatments", () => {
  const arms = ["green", "blue", "red"].map((variant) => ({ variant, weight: 33_333 }));
  const epochs = epochsOf(arms.map(({ variant, weight }) => [variant, weight] as const));
  const keys = ["one", "two", "three", "errors"];
  const roles = ["PRIMARY", "PRIMARY", "SECONDARY", "GUARDRAIL"] as const;
  const metrics = keys.map((key) => metricOf(key));
  const experiment = experimentOf({
    arms,
    metrics: keys.map((metric, index) => {
      const role = roles[index] ?? "PRIMARY";
      return { metric, role, margin: role === "GUARDRAIL" ? 0.1 : null };
    }),
  });
  const did = [
    [2_000, 2_300, 2_300],
    [2_000, 2_250, 2_050],
    [2_000, 2_200, 2_300],
    [2_000, 2_000, 2_000],
  ];
  const sums = metrics.map((metric, index) =>
    conversions(
      metric,
      arms.map(({ variant }, arm) => ({ variant, n: 20_000, did: did[index]?.[arm] ?? 0 })),
    ),
  );
  const [first, ...more] = sums;
  const input: AnalysisInput = {
    ...{ experiment, metrics, epochs, now, plannedVariances: new Map<string, number>() },
    sums: together(first ?? { exposures: [], metrics: [] }, ...more),
  };

  it("are corrected by Holm over primary metrics times treatments, by Benjamini and Hochberg over secondary ones", () => {
    const results = analyse(input);
    const p = results.metrics.map(({ comparisons }) => comparisons.map(({ anytime }) => anytime.pValue));
    const adjusted = results.metrics.map(({ comparisons }) =>
      comparisons.map(({ adjustedPValue }) => adjustedPValue),
    );
    expect(adjusted.slice(0, 2).flat()).toEqual(holm(p.slice(0, 2).flat()));
    const [a = 1, b = 1] = p[2] ?? [];
    expect(adjusted[2]).toEqual(a < b ? [Math.min(2 * a, b), b] : [a, Math.min(2 * b, a)]);
    expect(adjusted[3]).toEqual(p[3]);
  });

  it("come in the experiment's order, whatever order they are given in", () => {
    expect(analyse({ ...input, metrics: metrics.toReversed() })).toEqual(analyse(input));
    expect(() => analyse({ ...input, metrics: [] })).toThrow("The analysis lacks the metric one.");
  });

  it("are automatically decided where all primary metrics gain", () => {
    const { automatic } = analyse(input);
    expect(automatic.standings.map(({ beatsMinimum }) => beatsMinimum)).toEqual([true, false]);
    expect(automatic).toMatchObject({ promote: "blue", rollBack: [], obstacles: [] });
    const young = { ...experiment, minimumRuntimeDays: 28 };
    expect(analyse({ ...input, experiment: young }).automatic).toMatchObject({
      promote: null,
      obstacles: ["RUNTIME"],
    });
  });
});

describe("a guardrail", () => {
  const errors = metricOf("errors", { direction: "DECREASE" });
  const sales = metricOf("errors", { direction: "INCREASE" });
  const guardrailOf = (treated: number, n = 20_000, metric = errors) => {
    const input = inputOf([0, 0], [0, 0], {
      experiment: experimentOf({
        metrics: [
          { metric: "purchases", role: "PRIMARY", margin: null },
          { metric: "errors", role: "GUARDRAIL", margin: 0.2 },
        ],
      }),
      metrics: [purchases, metric],
      sums: together(
        conversions(purchases, [
          { variant: "green", n, did: n / 10 },
          { variant: "blue", n, did: n / 10 },
        ]),
        conversions(metric, [
          { variant: "green", n, did: n / 20 },
          { variant: "blue", n, did: treated },
        ]),
      ),
      plannedVariances: new Map([["errors", 0.0475]]),
    });
    return only(analyse(input), 1).comparison.guardrail;
  };

  it("is proven where the harm is surely below the margin", () => {
    const got = guardrailOf(1_010);
    expect(got).toMatchObject({ state: "PROVEN", margin: 0.2 });
    expect(got?.harm).toBeCloseTo(0.01, 12);
    const arm = (sum: number) => decisionArm({ kind: "proportion", n: 20_000, sum });
    const plan = { share: 0.5, plannedVariance: 0.0475, plannedUnits: 5_000 };
    const arms = [{ control: arm(1_000), treatment: arm(1_010) }];
    const boundsAt = (harm: number, alpha: number) =>
      decide(arms, { ...plan, alpha, times: 1 + harm }).oneSided;
    expect(got?.mostHarm).toBeGreaterThan(0.01);
    expect(boundsAt(got?.mostHarm ?? 0, 0.05).upper).toBeCloseTo(0, 12);
    expect(got?.leastHarm).toBeLessThan(0.01);
    expect(boundsAt(got?.leastHarm ?? 0, 0.01).lower).toBeCloseTo(0, 12);
  });

  it("where more is better loses by what is missing", () => {
    const got = guardrailOf(700, 20_000, sales);
    expect(got).toMatchObject({ state: "BREACHED" });
    expect(got?.harm).toBeCloseTo(0.3, 12);
    expect(got?.leastHarm).toBeGreaterThan(0);
    expect(got?.mostHarm).toBeGreaterThan(0.3);
    expect(got?.logEvidence).toBeGreaterThan(Math.log(100));
    expect(guardrailOf(1_300, 20_000, sales)?.logEvidence).toBeLessThan(0);
  });

  it("is open while it is not, and without units", () => {
    expect(guardrailOf(50, 1_000)?.state).toBe("NOT_YET");
    expect(guardrailOf(0, 0)).toMatchObject({ state: "NOT_YET", harm: null, mostHarm: null });
  });

  it("is breached from an e-value of 100 on", () => {
    const harmed = [...Array(60).keys()].map((step) => guardrailOf(1_000 + 5 * step));
    const flipped = harmed.findIndex((guardrail) => guardrail?.state === "BREACHED");
    expect(flipped).toBeGreaterThan(0);
    expect(harmed[flipped]?.logEvidence).toBeGreaterThanOrEqual(Math.log(100));
    expect(harmed[flipped - 1]?.logEvidence).toBeLessThan(Math.log(100));
  });
});

it("before the date of a fixed horizon nothing is proven", () => {
  const at = (endsAt: Date) => {
    const experiment = experimentOf({ mode: "FIXED_HORIZON", endsAt });
    return only(analyse(inputOf([2_000, 20_000], [2_600, 20_000], { experiment }))).comparison.effect;
  };
  expect([at(new Date(now.getTime() + 1)), at(now)]).toEqual(["UNCLEAR", "BETTER"]);
});

describe("the power", () => {
  it("is told by what is worth a change, in the units it takes", () => {
    const experiment = experimentOf({ minimumEffect: 0.1, mode: "FIXED_HORIZON" });
    const { power } = analyse(inputOf([500, 5_000], [520, 5_000], { experiment }));
    const perArm = sampleSizeForRates({ baseline: 0.1, target: 0.11 }, { alpha: 0.05, power: 0.8 }).pooled;
    expect(power).toMatchObject({ metric: "purchases", units: 10_000, unitsNeeded: Math.ceil(2 * perArm) });
    expect(power?.power).toBeGreaterThan(0.3);
    expect(power?.power).toBeLessThan(0.45);
    expect(power?.detectableLift).toBeGreaterThan(0.15);
    expect(power?.detectableLift).toBeLessThan(0.2);
  });

  it("of values is that of the normal formula", () => {
    const metrics = [metricOf("purchases", { type: "COUNT" })];
    const experiment = experimentOf({ minimumEffect: 0.1, mode: "FIXED_HORIZON" });
    const results = analyse(inputOf([500, 5_000], [500, 5_000], { experiment, metrics }));
    const sd = Math.sqrt(results.metrics[0]?.unitVariance ?? 0);
    const perArm = sampleSizeForMeans({ difference: 0.01, sd }, { alpha: 0.05, power: 0.8 }).normal;
    expect(results.power?.unitsNeeded).toBe(Math.ceil(2 * perArm));
  });

  it("of an effect that is hardly any takes as many units as it takes", () => {
    const metrics = [metricOf("purchases", { type: "COUNT" })];
    const experiment = experimentOf({ minimumEffect: 0.001 });
    const { power } = analyse(inputOf([1, 2_000], [1_000, 2_000], { experiment, metrics }));
    expect(power?.unitsNeeded).toBeGreaterThan(1e12);
  });

  it("counts the days by what came in the last whole ones", () => {
    const days = ["2026-11-13", "2026-11-15", "2026-11-19", "2026-11-20"];
    const sums = conversions(
      purchases,
      days.flatMap((day) => ["green", "blue"].map((variant) => ({ variant, day, n: 350, did: 35 }))),
    );
    const { power } = analyse(inputOf([0, 0], [0, 0], { sums }));
    expect(power).toMatchObject({
      units: 2_800,
      unitsNeeded: 5_000,
      unitsPerDay: 300,
      daysLeft: 8,
      power: null,
    });
  });

  it("is not told of an experiment that does not run", () => {
    const experiment = experimentOf({ status: "STOPPED", stoppedAt: now });
    expect(analyse(inputOf([10, 100], [10, 100], { experiment })).power?.daysLeft).toBeNull();
  });
});

describe("day by day", () => {
  it("units add up, and the last day is the result", () => {
    const sums = conversions(
      purchases,
      ["2026-11-02", "2026-11-01", "2026-11-03"].flatMap((day) => [
        { variant: "green", day, n: 1_000, did: 100 },
        { variant: "blue", day, n: 1_000, did: 130 },
      ]),
    );
    const { comparison } = only(analyse(inputOf([0, 0], [0, 0], { sums })));
    expect(comparison.daily.map(({ day, units }) => [day, units])).toEqual([
      ["2026-11-01", 2_000],
      ["2026-11-02", 4_000],
      ["2026-11-03", 6_000],
    ]);
    const last = comparison.daily.at(-1);
    expect(last?.differenceRange).toEqual(comparison.anytime.difference);
    expect(last?.lift).toBe(comparison.lift);
    const widths = comparison.daily.map(({ liftRange }) => (liftRange.upper ?? 0) - (liftRange.lower ?? 0));
    expect(widths).toEqual(widths.toSorted((one, other) => other - one));
  });
});

describe("the checks", () => {
  it("pass where all is well", () => {
    const { checks } = analyse(inputOf([100, 1_000], [100, 1_000]));
    expect(checks.map(({ state }) => state)).toEqual(["PASSED", "PASSED", "PASSED", "PASSED"]);
  });

  it("warn of a few conflicts, and of shares that look odd at one look", () => {
    const sums = conversions(purchases, [
      { variant: "green", n: 10_000, did: 1_000, conflicted: 1 },
      { variant: "blue", n: 10_500, did: 1_000 },
    ]);
    const { checks, sampleRatio } = analyse(inputOf([0, 0], [0, 0], { sums }));
    expect(checks[0]).toMatchObject({ name: "SAMPLE_RATIO", state: "WARNING" });
    expect(sampleRatio.chiSquared).toBeCloseTo(500 ** 2 / 20_500, 9);
    expect(checks[1]?.sentence).toBe(
      "1 unit of 20,500 (0.0049 %) was also seen in a variant that is not theirs; there should be none.",
    );
  });
});

describe("what the past explains", () => {
  it("narrows the first primary metric of one number for each unit, and no other", () => {
    const units = Array.from({ length: 400 }, (_, index): Unit => {
      const x = index % 10;
      return { variant: index % 2 === 0 ? "green" : "blue", x: x * 1e6, y: (x + (index % 3)) * 1e6, d: 1e6 };
    });
    const metrics = [
      metricOf("price", { type: "RATIO" }),
      metricOf("purchases", { type: "COUNT" }),
      metricOf("visits", { type: "COUNT" }),
    ];
    const experiment = experimentOf({
      adjustsForPast: true,
      metrics: metrics.map(({ key }) => ({ metric: key, role: "PRIMARY", margin: null })),
    });
    const [price, ...others] = metrics.map((metric) => sumsOf(metric, units));
    const sums = together(price ?? { exposures: [], metrics: [] }, ...others);
    const results = analyse(inputOf([0, 0], [0, 0], { experiment, metrics, sums }));
    const reductions = results.metrics.map(({ comparisons }) => comparisons[0]?.varianceReduction ?? null);
    expect(reductions).toEqual([null, expect.any(Number), null]);
    expect(reductions[1]).toBeGreaterThan(0.8);
  });
});

it("whatever comes, every number is one, and nothing is thrown", () => {
  const count = fc.integer({ min: 0, max: 2_000 });
  const arm = fc.record({ n: count, share: fc.constantFrom(0, 0.001, 0.1, 0.5, 0.99, 1) });
  const type = fc.constantFrom("CONVERSION", "COUNT", "SUM", "MEAN", "RATIO");
  const more = fc.record({
    mode: fc.constantFrom("ANYTIME", "GROUP_SEQUENTIAL", "FIXED_HORIZON"),
    optimises: fc.boolean(),
    adjustsForPast: fc.boolean(),
    minimumEffect: fc.constantFrom(0, 0.05),
    endsAt: fc.constantFrom(null, now),
  });
  fc.assert(
    fc.property(fc.array(arm, { minLength: 4, maxLength: 4 }), type, more, (given, kind, settings) => {
      const metric = metricOf("purchases", { type: kind as "SUM" });
      const sums = conversions(
        metric,
        given.map(({ n, share }, index) => ({
          ...{ variant: index % 2 === 0 ? "green" : "blue", epoch: index < 2 ? 1 : 2 },
          ...{ n, did: Math.floor(n * share), conflicted: Math.min(n, index) },
        })),
      );
      const experiment = experimentOf({
        ...(settings as object),
        metrics: [
          { metric: "purchases", role: "PRIMARY", margin: null },
          { metric: "purchases", role: "GUARDRAIL", margin: 0.1 },
        ],
      });
      const epochs = [...halves, ...halves.map((epoch) => ({ ...epoch, epoch: 2 }))];
      const results = analyse(inputOf([0, 0], [0, 0], { experiment, metrics: [metric], epochs, sums }));
      for (const value of numbersIn(results)) expect(Number.isFinite(value)).toBe(true);
      expect(results.verdict.sentence).toMatch(/^[A-Z].*\.$/);
      expect(results.verdict.sentence).not.toMatch(/NaN|Infinity|null|undefined/);
    }),
    { numRuns: 200 },
  );
});

function numbersIn(value: unknown): number[] {
  if (typeof value === "number") return [value];
  if (typeof value !== "object" || value === null) return [];
  return Object.values(value).flatMap(numbersIn);
}
