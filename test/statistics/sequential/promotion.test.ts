import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { Arms } from "../../../src/statistics/samples.js";
import { decide, type DecisionArm, decisionArm } from "../../../src/statistics/sequential/decision.js";
import { boundBeyond, leastShare, mirrored } from "../../../src/statistics/sequential/beyond.js";
import { oneSidedSplitEvidence } from "../../../src/statistics/sequential/e-values.js";
import {
  decidePromotion,
  type GuardrailEvidence,
  type MetricEvidence,
  type PromotionLook,
  type TreatmentEvidence,
} from "../../../src/statistics/sequential/promotion.js";

const rates = (n: number, control: number, treatment: number): Arms<DecisionArm> => ({
  control: decisionArm({ kind: "proportion", n, sum: n * control }),
  treatment: decisionArm({ kind: "proportion", n, sum: n * treatment }),
});

const conversions = (control: number, treatment: number): MetricEvidence => ({
  epochs: [rates(10_000, control, treatment)],
  direction: "increase",
  plannedVariance: 0.09,
});

const errors = (control: number, treatment: number): GuardrailEvidence => ({
  epochs: [rates(10_000, control, treatment)],
  direction: "decrease",
  plannedVariance: 0.0475,
  margin: 0.02,
});

const counted = (control: number, treatment: number): GuardrailEvidence => ({
  ...errors(control, treatment),
  events: [
    {
      controlEvents: 10_000 * control,
      treatmentEvents: 10_000 * treatment,
      share: 0.5,
      concentration: 50,
    },
  ],
});

const treatmentOf = (
  primary: MetricEvidence,
  ...guardrails: readonly GuardrailEvidence[]
): TreatmentEvidence => ({
  share: 0.5,
  primary,
  guardrails,
});

const better = treatmentOf(conversions(0.1, 0.13), counted(0.05, 0.05));
const same = treatmentOf(conversions(0.1, 0.1), counted(0.05, 0.05));
const harmful = treatmentOf(conversions(0.1, 0.13), counted(0.05, 0.08));

const look = (
  treatments: readonly TreatmentEvidence[],
  more: Partial<PromotionLook> = {},
): PromotionLook => ({
  treatments,
  alpha: 0.05,
  minEffect: 0,
  assignment: [{ counts: [10_000, 10_000], weights: [0.5, 0.5] }],
  conflictedUnits: 0,
  days: 7,
  ended: false,
  ...more,
});

const decided = (treatments: readonly TreatmentEvidence[], more: Partial<PromotionLook> = {}) =>
  decidePromotion(look(treatments, more)).decided;

describe("a promotion", () => {
  it("is decided where all holds", () => {
    expect(decidePromotion(look([better]))).toEqual({
      decided: { action: "promote", treatment: 0 },
      standings: [{ lowerBound: expect.any(Number), beatsMinimum: true, unproven: [], alarms: [] }],
      obstacles: [],
    });
  });

  it("waits without a proof of gain", () => {
    expect(decided([same])).toEqual({ action: "wait" });
  });

  it.each([
    ["sample-ratio", { assignment: [{ counts: [10_000, 9_000], weights: [0.5, 0.5] }] }],
    ["conflicts", { conflictedUnits: 200 }],
    ["runtime", { days: 6.99 }],
    ["runtime", { days: 13.99, minimumWeeks: 2 }],
  ] as const)("waits for the obstacle %s: %j", (obstacle, more) => {
    const { decided: action, obstacles } = decidePromotion(look([better], more));
    expect(obstacles).toEqual([obstacle]);
    expect(action).toEqual({ action: "wait" });
  });

  it.each([
    { conflictedUnits: 199 },
    { days: 14, minimumWeeks: 2 },
    { days: 0, minimumWeeks: 0 },
    { assignment: [{ counts: [10_000, 9_900], weights: [0.5, 0.5] }] },
  ])("has no obstacle in %j", (more) => {
    expect(decided([better], more)).toEqual({ action: "promote", treatment: 0 });
  });

  it("multiplies what epochs say against the sample ratio", () => {
    const epoch = { counts: [10_000, 9_600], weights: [0.5, 0.5] };
    expect(decidePromotion(look([better], { assignment: [epoch] })).obstacles).toEqual([]);
    expect(decidePromotion(look([better], { assignment: [epoch, epoch, epoch] })).obstacles).toEqual([
      "sample-ratio",
    ]);
  });

  it("asks for more than the minimum effect", () => {
    const [standing] = decidePromotion(look([better])).standings;
    const lowerBound = standing?.lowerBound ?? 0;
    expect(lowerBound).toBeGreaterThan(0);
    expect(decided([better], { minEffect: lowerBound })).toEqual({ action: "wait" });
    expect(decided([better], { minEffect: lowerBound - 1e-9 })).toEqual({ action: "promote", treatment: 0 });
  });

  it("counts the doubt of the control's value where a share of it is asked for", () => {
    const proves = (share: number) => boundBeyond(better.primary.epochs, { share }, planned) > 0;
    const planned = { alpha: 0.05, share: 0.5, plannedVariance: 0.09 };
    const least = leastShare(better.primary.epochs, planned);
    for (const share of [least - 1e-9, least + 1e-9]) {
      const { standings } = decidePromotion(look([better], { minEffect: { share } }));
      expect(standings[0]?.beatsMinimum).toBe(proves(share));
    }
    const same = conversions(0.1, 0.1);
    const most = -leastShare(mirrored(errors(0.05, 0.05).epochs), { ...planned, plannedVariance: 0.0475 });
    const unproven = (share: number) =>
      decidePromotion(look([treatmentOf(same, { ...counted(0.05, 0.05), margin: { share } })])).standings[0]
        ?.unproven;
    expect(unproven(most - 1e-9)).toEqual([0]);
    expect(unproven(most + 1e-9)).toEqual([]);
  });

  it("asks every guardrail for proof, and is not content with the absence of an alarm", () => {
    const margins = [0.02, 0.001, 0.02];
    const guardrails = margins.map((margin) => ({ ...counted(0.05, 0.05), margin }));
    const { decided: action, standings } = decidePromotion(
      look([treatmentOf(conversions(0.1, 0.13), ...guardrails)]),
    );
    expect(standings[0]).toMatchObject({ beatsMinimum: true, unproven: [1], alarms: [] });
    expect(action).toEqual({ action: "wait" });
  });

  it("takes nothing for proven by fewer than 30 outcomes", () => {
    const rare = { ...errors(0.0029, 0.0029), margin: 1 };
    expect(decidePromotion(look([treatmentOf(conversions(0.1, 0.13), rare)])).standings[0]).toMatchObject({
      unproven: [0],
      alarms: [],
    });
  });

  it("goes to the treatment with the largest lower bound", () => {
    const best = treatmentOf(conversions(0.1, 0.15), counted(0.05, 0.05));
    expect(decided([better, best, same])).toEqual({ action: "promote", treatment: 1 });
    expect(decided([best, better, same])).toEqual({ action: "promote", treatment: 0 });
  });

  it("is by bounds at α/K, each as the decision gives it", () => {
    const { standings } = decidePromotion(look([better, same, same]));
    const { oneSided } = decide(better.primary.epochs, {
      alpha: 0.05 / 3,
      share: 0.5,
      plannedVariance: 0.09,
    });
    expect(standings[0]?.lowerBound).toBe(oneSided.lower);
  });

  it("proves harm to be small at α/K too", () => {
    const { oneSided } = decide(better.guardrails[0]?.epochs ?? [], {
      alpha: 0.05 / 3,
      share: 0.5,
      plannedVariance: 0.0475,
    });
    const withMargin = (margin: number) => [
      treatmentOf(conversions(0.1, 0.13), { ...errors(0.05, 0.05), margin }),
      same,
      same,
    ];
    const unproven = (margin: number) => decidePromotion(look(withMargin(margin))).standings[0]?.unproven;
    expect(unproven(oneSided.upper)).toEqual([0]);
    expect(unproven(oneSided.upper + 1e-9)).toEqual([]);
  });

  it("of a metric that ought to fall is the same with the signs turned", () => {
    fc.assert(
      fc.property(fc.double({ min: 0.02, max: 0.4, noNaN: true }), (rate) => {
        const rising = conversions(0.1, rate);
        const falling: MetricEvidence = {
          ...rising,
          direction: "decrease",
          epochs: rising.epochs.map(({ control, treatment }) => ({
            control: { ...control, estimate: -control.estimate },
            treatment: { ...treatment, estimate: -treatment.estimate },
          })),
        };
        expect(decidePromotion(look([treatmentOf(falling)]))).toEqual(
          decidePromotion(look([treatmentOf(rising)])),
        );
      }),
    );
  });

  it("never comes with an obstacle, an alarm or a guardrail unproven, and only for a gain", () => {
    const rate = fc.double({ min: 0.01, max: 0.3, noNaN: true });
    const treatments = fc
      .array(fc.tuple(rate, rate), { minLength: 1, maxLength: 3 })
      .map((all) => all.map(([gain, harm]) => treatmentOf(conversions(0.1, gain), counted(0.05, harm))));
    fc.assert(
      fc.property(treatments, fc.integer({ min: 5, max: 9 }), fc.boolean(), (all, days, ended) => {
        const { decided: action, standings, obstacles } = decidePromotion(look(all, { days, ended }));
        if (action.action !== "promote") return;
        expect(obstacles).toEqual([]);
        const bounds = standings
          .filter(
            ({ unproven, alarms, beatsMinimum }) => beatsMinimum && unproven.concat(alarms).length === 0,
          )
          .map(({ lowerBound }) => lowerBound);
        expect(standings[action.treatment]?.lowerBound).toBe(Math.max(...bounds));
      }),
    );
  });
});

describe("a rollback", () => {
  it("is decided by the e-value of events, however good the rest is", () => {
    expect(decided([harmful])).toEqual({ action: "roll-back", treatments: [0] });
  });

  it("is decided by the lower bound of harm where no events are counted", () => {
    expect(decided([treatmentOf(conversions(0.1, 0.13), errors(0.05, 0.08))])).toEqual({
      action: "roll-back",
      treatments: [0],
    });
  });

  it("is decided where what ought to rise falls", () => {
    const sales: GuardrailEvidence = { ...conversions(0.1, 0.05), margin: 0.02 };
    const events = [{ controlEvents: 1_000, treatmentEvents: 500, share: 0.5, concentration: 50 }];
    for (const guardrail of [sales, { ...sales, events }])
      expect(decided([treatmentOf(conversions(0.1, 0.13), guardrail)]).action).toBe("roll-back");
    const uneven = [{ controlEvents: 1_000, treatmentEvents: 250, share: 0.2, concentration: 50 }];
    const even: GuardrailEvidence = { ...conversions(0.1, 0.1), margin: 0.02, events: uneven };
    expect(decided([treatmentOf(conversions(0.1, 0.13), even)]).action).toBe("promote");
  });

  it("comes before a promotion even where the harm is proven to be below the margin", () => {
    const tolerated = treatmentOf(conversions(0.1, 0.13), { ...counted(0.05, 0.08), margin: 0.2 });
    const { decided: action, standings } = decidePromotion(look([tolerated]));
    expect(standings[0]).toMatchObject({ beatsMinimum: true, unproven: [], alarms: [0] });
    expect(action).toEqual({ action: "roll-back", treatments: [0] });
  });

  it("gathers evidence over epochs", () => {
    const split = { controlEvents: 40, treatmentEvents: 65, share: 0.5, concentration: 50 };
    const watched = (epochs: number): TreatmentEvidence =>
      treatmentOf(conversions(0.1, 0.1), {
        ...errors(0.05, 0.05),
        events: Array.from({ length: epochs }, () => split),
      });
    expect(decided([watched(1)])).toEqual({ action: "wait" });
    expect(decided([watched(3)]).action).toBe("roll-back");
  });

  it("of what one unit can do several times is decided by how often, too, each at half the chance", () => {
    const asMany = { ...counted(0.05, 0.05), epochs: [rates(10_000, 0.05, 0.08)] };
    const alarms = (guardrail: GuardrailEvidence) =>
      decidePromotion(look([treatmentOf(conversions(0.1, 0.1), guardrail)])).standings[0]?.alarms;
    expect(alarms(asMany)).toEqual([]);
    expect(alarms({ ...asMany, repeats: true })).toEqual([0]);
    const split = { controlEvents: 92, treatmentEvents: 148, share: 0.5, concentration: 50 };
    const { logE } = oneSidedSplitEvidence(split);
    expect(logE).toBeGreaterThan(Math.log(100));
    expect(logE).toBeLessThan(Math.log(200));
    const events = [split];
    expect(alarms({ ...errors(0.05, 0.05), events })).toEqual([0]);
    expect(alarms({ ...errors(0.05, 0.05), events, repeats: true })).toEqual([]);
  });

  it("waits for nothing: neither runtime nor a sound sample ratio nor the end", () => {
    const more = {
      days: 0,
      ended: true,
      conflictedUnits: 5_000,
      assignment: [{ counts: [10_000, 9_000], weights: [0.5, 0.5] }],
    };
    expect(decided([harmful], more)).toEqual({ action: "roll-back", treatments: [0] });
  });

  it("is of the treatments with an alarm alone, and leaves the others their promotion", () => {
    expect(decided([harmful, same, harmful])).toEqual({ action: "roll-back", treatments: [0, 2] });
    expect(decided([harmful, better])).toEqual({ action: "promote", treatment: 1 });
  });
});

describe("an end", () => {
  it("without a promotion is inconclusive, whatever is found then", () => {
    expect(decided([same], { ended: true })).toEqual({ action: "inconclusive" });
    expect(decided([better], { ended: true })).toEqual({ action: "inconclusive" });
  });
});

it("of no data waits", () => {
  const nothing = treatmentOf(
    { ...conversions(0.1, 0.1), epochs: [] },
    { ...errors(0.05, 0.05), epochs: [] },
    { ...errors(0.05, 0.05), epochs: [], events: [] },
  );
  expect(decidePromotion(look([nothing], { assignment: [], days: 0 }))).toEqual({
    decided: { action: "wait" },
    standings: [{ lowerBound: -Infinity, beatsMinimum: false, unproven: [0, 1], alarms: [] }],
    obstacles: ["runtime"],
  });
});

it.each([
  ["treatments.length", look([])],
  ["alpha", look([better], { alpha: 0.5 })],
  ["minEffect", look([better], { minEffect: Number.NaN })],
  ["days", look([better], { days: -1 })],
  ["minimumWeeks", look([better], { minimumWeeks: -1 })],
  ["conflictedUnits", look([better], { conflictedUnits: 20_001 })],
  ["guardrails[0].margin", look([treatmentOf(conversions(0.1, 0.1), { ...errors(0.1, 0.1), margin: -1 })])],
  ["share", look([{ ...better, share: 1 }])],
])("refuses a wrong %s", (name, wrong) => {
  expect(() => decidePromotion(wrong)).toThrow(RangeError);
  expect(() => decidePromotion(wrong)).toThrow(`${name} must be`);
});
