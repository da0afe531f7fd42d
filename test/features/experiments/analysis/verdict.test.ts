import { describe, expect, it } from "vitest";
import { analyse } from "../../../../src/features/experiments/analysis/analyse.js";
import type { AnalysisInput } from "../../../../src/features/experiments/analysis/frame.js";
import {
  conversions,
  type Count,
  epochsOf,
  experimentOf,
  inputOf,
  metricOf,
  now,
  purchases,
  sumsOf,
  together,
  type Unit,
} from "./analysis-fixture.js";

const errors = metricOf("errors", { direction: "DECREASE" });
const primary = { metric: "purchases", role: "PRIMARY", margin: null } as const;
const guarded = [primary, { metric: "errors", role: "GUARDRAIL", margin: 0.2 } as const];

const dayMs = 86_400_000;
const tomorrow = new Date(now.getTime() + dayMs);
const yesterday = new Date(now.getTime() - dayMs);

const said = (input: AnalysisInput) => analyse(input).verdict;

const green: Count = { variant: "green", n: 20_000, did: 2_000 };
const withErrors = (did: readonly [number, number], more: Partial<AnalysisInput> = {}) =>
  inputOf([2_000, 20_000], [2_400, 20_000], {
    experiment: experimentOf({ metrics: guarded }),
    metrics: [purchases, errors],
    sums: together(
      conversions(purchases, [green, { variant: "blue", n: 20_000, did: 2_400 }]),
      conversions(errors, [
        { variant: "green", n: 20_000, did: did[0] },
        { variant: "blue", n: 20_000, did: did[1] },
      ]),
    ),
    plannedVariances: new Map([
      ["purchases", 0.09],
      ["errors", 0.0475],
    ]),
    ...more,
  });

describe("before there is anything to say", () => {
  it("it has not started, or starts on a day", () => {
    const experiment = experimentOf({ startedAt: null, status: "DRAFT", epoch: 0 });
    expect(said(inputOf([0, 0], [0, 0], { experiment, epochs: [] }))).toEqual({
      state: "NOT_STARTED",
      variant: null,
      sentence: "It has not started yet.",
    });
    const begin = (more: Partial<typeof experiment>) =>
      said(inputOf([0, 0], [0, 0], { experiment: { ...experiment, ...more }, epochs: [] })).sentence;
    const startsAt = new Date("2027-01-03T09:00:00Z");
    expect(begin({ startsAt, status: "SCHEDULED" })).toBe("It starts on 3 January 2027.");
    expect(begin({ startsAt })).toBe("It is a draft: once it is scheduled, it starts on 3 January 2027.");
    expect(begin({ startsAt: yesterday })).toBe("It has not started yet.");
  });

  it("nobody was shown it", () => {
    expect(said(inputOf([0, 0], [0, 0]))).toMatchObject({
      state: "NO_UNITS",
      sentence: "Nobody has been shown it yet.",
    });
    const sentences = analyse(inputOf([0, 0], [0, 0])).checks.map(({ name, sentence }) => [name, sentence]);
    expect(sentences).toEqual(
      expect.arrayContaining([
        ["SAMPLE_RATIO", "Nobody has been shown it yet."],
        ["EMPTY_ARMS", "Nobody has been shown it yet."],
      ]),
    );
    const experiment = experimentOf({ status: "STOPPED", stoppedAt: yesterday });
    expect(said(inputOf([0, 0], [0, 0], { experiment })).sentence).toBe("It ended, and nobody was shown it.");
  });
});

describe("results that are not to be trusted say nothing else", () => {
  it("because the units were not shared out by the weights", () => {
    const { state, sentence } = said(inputOf([821, 8_215], [1_500, 9_000]));
    expect(state).toBe("UNTRUSTWORTHY");
    expect(sentence).toBe(
      "Do not trust these results: units were not shared out as the weights say: 8,215 `green` and 9,000 `blue` were counted where 8,608 and 8,608 were to be expected (p below 0.0001). Some are lost or counted twice in one variant, so no comparison means anything.",
    );
  });

  it("because units were seen in two variants", () => {
    const sums = conversions(purchases, [green, { variant: "blue", n: 20_000, did: 2_600, conflicted: 800 }]);
    expect(said(inputOf([0, 0], [0, 0], { sums }))).toMatchObject({
      state: "UNTRUSTWORTHY",
      sentence:
        "Do not trust these results: 800 units of 40,000 (2 %) were also seen in a variant that is not theirs: the assignment is broken.",
    });
  });

  it("because a variant was shown to nobody", () => {
    expect(said(inputOf([100, 1_000], [0, 0]))).toMatchObject({
      state: "UNTRUSTWORTHY",
      sentence:
        "Do not trust these results: nobody was shown `blue`: look whether it is served and its exposures are recorded.",
    });
  });
});

describe("at any look", () => {
  it("it is too early with few outcomes, however large the difference", () => {
    expect(said(inputOf([29, 300], [150, 300]))).toMatchObject({
      state: "TOO_EARLY",
      sentence: "Too early to tell: some variant has fewer than 30 outcomes by purchases.",
    });
  });

  it("it is open while the interval holds 0, and how long it may last is said", () => {
    const experiment = experimentOf({ minimumEffect: 0.05 });
    const { state, sentence } = said(inputOf([200, 2_000], [210, 2_000], { experiment }));
    expect(state).toBe("UNDECIDED");
    expect(sentence).toMatch(
      /^Nothing is certain yet: the effect of `blue` on purchases is between −\d+ % and \d+ % \(95 %\)\.$/,
    );
    const late = new Date("2026-11-03T00:00:00Z");
    expect(said(inputOf([200, 2_000], [210, 2_000], { experiment, now: late })).sentence).toMatch(
      /\(95 %\); at today's traffic about \d+ days are still needed\.$/,
    );
    const short = { ...experiment, endsAt: new Date("2026-11-04T00:00:00Z") };
    expect(said(inputOf([200, 2_000], [210, 2_000], { experiment: short, now: late })).sentence).toMatch(
      /days are still needed, but it ends on 4 November\.$/,
    );
  });

  it("the better treatment can be promoted, once the least runtime is over", () => {
    expect(said(inputOf([2_000, 20_000], [2_400, 20_000]))).toMatchObject({
      state: "BETTER",
      variant: "blue",
    });
    expect(said(inputOf([2_000, 20_000], [2_400, 20_000])).sentence).toBe(
      "Treatment `blue` raises purchases by 20 % (95 %: 9.5 % to 32 %); it can be promoted.",
    );
    const experiment = experimentOf({ minimumRuntimeDays: 28 });
    expect(said(inputOf([2_000, 20_000], [2_400, 20_000], { experiment })).sentence).toMatch(
      /; it can be promoted from 29 November\.$/,
    );
  });

  it("where less is better, what lowers is better", () => {
    const metrics = [metricOf("purchases", { name: "Time to load", direction: "DECREASE" })];
    expect(said(inputOf([2_400, 20_000], [2_000, 20_000], { metrics }))).toMatchObject({
      state: "BETTER",
      sentence: expect.stringMatching(
        /^Treatment `blue` lowers Time to load by 17 % \(95 %: \d+(\.\d)? % to \d+ %\); it can be promoted\.$/,
      ) as string,
    });
  });

  it("a better treatment waits for the size that is worth a change", () => {
    const experiment = experimentOf({ minimumEffect: 0.19 });
    expect(said(inputOf([2_000, 20_000], [2_400, 20_000], { experiment })).sentence).toMatch(
      /, but it is not certain that it does by the 19 % that are worth a change\.$/,
    );
  });

  it("a better treatment waits for the proof of its guardrails", () => {
    expect(said(withErrors([40, 41])).sentence).toMatch(
      /, but it cannot be ruled out yet that errors gets worse by 20 % or more\.$/,
    );
    const stopped = experimentOf({ metrics: guarded, status: "STOPPED", stoppedAt: now });
    expect(said(withErrors([40, 41], { experiment: stopped })).sentence).toMatch(
      /, but it cannot be ruled out that/,
    );
    expect(said(withErrors([2_000, 2_000])).sentence).toMatch(/; it can be promoted\.$/);
  });

  it("harm to a guardrail comes before any gain", () => {
    const { state, variant, sentence } = said(withErrors([1_000, 1_400]));
    expect([state, variant]).toEqual(["HARMFUL", "blue"]);
    expect(sentence).toMatch(
      /^Treatment `blue` makes errors worse by 40 % \(99 %: at least \d+ %\): it should be rolled back\.$/,
    );
  });

  it("harm that is over is told as what became of it", () => {
    const ended = { status: "CONCLUDED", stoppedAt: now } as const;
    const chosen = (variant: string | null) => ({
      ...{ variant, text: "Decided.", automatic: true },
      at: now.toISOString(),
    });
    const after = (conclusion: ReturnType<typeof chosen> | null) => {
      const experiment = experimentOf({ ...ended, metrics: guarded, conclusion });
      return said(withErrors([1_000, 1_400], { experiment })).sentence.split("): ")[1];
    };
    expect(after(null)).toBe("it should not be chosen.");
    expect(after(chosen(null))).toBe("it was not chosen.");
    expect(after(chosen("blue"))).toBe("it was chosen all the same.");
  });

  it("a worse treatment is not worth keeping", () => {
    expect(said(inputOf([2_400, 20_000], [2_000, 20_000]))).toMatchObject({
      state: "WORSE",
      variant: "blue",
      sentence: expect.stringMatching(
        /^Treatment `blue` lowers purchases by 17 % \(95 %: .* to .*\): keep the control\.$/,
      ) as string,
    });
  });
});

describe("several primary metrics", () => {
  const revenue = metricOf("revenue");
  const both = (didRevenue: number) =>
    inputOf([0, 0], [0, 0], {
      experiment: experimentOf({ metrics: [primary, { ...primary, metric: "revenue" }] }),
      metrics: [revenue, purchases],
      sums: together(
        conversions(purchases, [green, { variant: "blue", n: 20_000, did: 2_400 }]),
        conversions(revenue, [green, { variant: "blue", n: 20_000, did: didRevenue }]),
      ),
    });

  it("may speak against each other", () => {
    expect(said(both(1_600))).toMatchObject({
      state: "MIXED",
      sentence: expect.stringMatching(
        /^Treatment `blue` raises purchases by 20 % \(.*\), but it lowers revenue by 20 % \(.*\): weigh one against the other\.$/,
      ) as string,
    });
  });

  it("may be open in part", () => {
    expect(said(both(2_010)).sentence).toMatch(/, but of revenue nothing is certain yet\.$/);
  });

  it("may agree", () => {
    expect(said(both(2_500)).sentence).toMatch(
      /raises purchases by .* and raises revenue by .*; it can be promoted\.$/,
    );
  });
});

describe("several treatments", () => {
  const arms = ["green", "blue", "red"].map((variant, index) => ({
    variant,
    weight: index === 0 ? 33_334 : 33_333,
  }));
  const epochs = epochsOf(arms.map(({ variant, weight }) => [variant, weight] as const));
  const three = (blue: number, red: number) =>
    inputOf([0, 0], [0, 0], {
      experiment: experimentOf({ arms }),
      epochs,
      sums: conversions(purchases, [
        green,
        { variant: "blue", n: 20_000, did: blue },
        { variant: "red", n: 20_000, did: red },
      ]),
    });

  it("the one that surely gains the most is named", () => {
    expect(said(three(2_400, 2_600))).toMatchObject({ state: "BETTER", variant: "red" });
  });

  it("one that is worse is named beside the one that is better", () => {
    expect(said(three(1_600, 2_600))).toMatchObject({
      state: "BETTER",
      variant: "red",
      sentence: expect.stringMatching(
        /^Treatment `red` raises purchases by 30 % \(.*\); it can be promoted\. Treatment `blue` lowers purchases by 20 % \(95 %: .*\)\.$/,
      ) as string,
    });
  });

  it("one that is worse does not settle the others", () => {
    expect(said(three(1_600, 2_010))).toMatchObject({
      state: "WORSE",
      variant: "blue",
      sentence: expect.stringMatching(/of the others nothing is certain\.$/) as string,
    });
  });
});

describe("a fixed horizon", () => {
  const fixed = { mode: "FIXED_HORIZON", endsAt: tomorrow } as const;

  it("claims nothing before its date, whatever the numbers are", () => {
    expect(
      said(inputOf([2_000, 20_000], [2_600, 20_000], { experiment: experimentOf(fixed) })),
    ).toMatchObject({
      state: "UNDECIDED",
      sentence: "Nothing is decided before 21 November: until then the numbers go up and down by chance.",
    });
    const experiment = experimentOf({ mode: "FIXED_HORIZON", plannedUnits: 50_000 });
    expect(said(inputOf([2_000, 20_000], [2_600, 20_000], { experiment })).sentence).toBe(
      "Nothing is decided before 50,000 units have come, and 40,000 have: until then the numbers go up and down by chance.",
    );
  });

  it("is judged by its own interval at its date", () => {
    const experiment = experimentOf({ ...fixed, endsAt: yesterday });
    expect(said(inputOf([2_000, 20_000], [2_150, 20_000], { experiment }))).toMatchObject({
      state: "BETTER",
      sentence: "Treatment `blue` raises purchases by 7.5 % (95 %: 1.3 % to 14 %); it can be promoted.",
    });
    expect(said(inputOf([2_000, 20_000], [2_150, 20_000]))).toMatchObject({ state: "UNDECIDED" });
  });

  it("proves guardrails by its own test", () => {
    const experiment = experimentOf({ ...fixed, endsAt: yesterday, metrics: guarded });
    expect(said(withErrors([1_000, 1_000], { experiment })).sentence).toMatch(/it can be promoted\.$/);
    expect(said(withErrors([60, 60], { experiment })).sentence).toMatch(
      /cannot be ruled out yet that errors/,
    );
  });

  it("may end without a difference, which may be small for certain", () => {
    const experiment = experimentOf({ ...fixed, endsAt: yesterday, minimumEffect: 0.1 });
    expect(said(inputOf([2_000, 20_000], [2_010, 20_000], { experiment }))).toMatchObject({
      state: "NO_DIFFERENCE",
      sentence:
        "It ended without a proven difference: the effect of `blue` on purchases is between −5.4 % and 6.4 % (95 %), less than the 10 % that are worth a change.",
    });
  });

  it("may end too early to tell", () => {
    const experiment = experimentOf({ ...fixed, endsAt: yesterday });
    expect(said(inputOf([10, 100], [12, 100], { experiment })).sentence).toBe(
      "It ended too early to tell: some variant has fewer than 30 outcomes by purchases.",
    );
  });
});

it("shares that move are judged when they have come to rest", () => {
  const experiment = experimentOf({ optimises: true, endsAt: tomorrow });
  expect(said(inputOf([2_000, 20_000], [2_600, 20_000], { experiment })).sentence).toBe(
    "Nothing is decided before 21 November: shares still move to what does better.",
  );
});

it("a group sequential test may say it early, by its own boundary", () => {
  const experiment = experimentOf({ mode: "GROUP_SEQUENTIAL", endsAt: tomorrow, plannedUnits: 80_000 });
  expect(said(inputOf([2_000, 20_000], [2_400, 20_000], { experiment }))).toMatchObject({ state: "BETTER" });
  expect(said(inputOf([2_000, 20_000], [2_140, 20_000], { experiment }))).toMatchObject({
    state: "UNDECIDED",
  });
});

it("a gain is said in the metric's unit where the control's value is too near 0 for a share", () => {
  const profit = metricOf("purchases", { name: "Profit", type: "SUM", unit: "EUR", decimals: 2 });
  const all = Array.from({ length: 2_000 }, (_, index): Unit => {
    const isBlue = index % 2 === 1;
    return { variant: isBlue ? "blue" : "green", y: ((index % 14) - 6.5 + (isBlue ? 20 : 0.5)) * 100e6 };
  });
  const input = inputOf([0, 0], [0, 0], {
    metrics: [profit],
    sums: sumsOf(profit, all),
    plannedVariances: new Map(),
  });
  expect(said(input)).toMatchObject({
    state: "BETTER",
    sentence: expect.stringMatching(
      /^Treatment `blue` raises Profit by [\d.]+ EUR \(95 %: [\d.]+ EUR to [\d.]+ EUR\)/,
    ) as string,
  });
});

it("of what is concluded nothing is recommended", () => {
  const conclusion = { variant: "blue", text: "It won.", automatic: false, at: now.toISOString() };
  const experiment = experimentOf({ status: "CONCLUDED", stoppedAt: now, conclusion });
  expect(said(inputOf([2_000, 20_000], [2_400, 20_000], { experiment })).sentence).toMatch(/%\)\.$/);
});
