import { describe, expect, it } from "vitest";
import { judge, type Look } from "../../../src/features/rollouts/judge-rollout.js";
import { nextMove, waitsFor } from "../../../src/features/rollouts/next-move.js";
import type { GuardedRollout, Guardrail } from "../../../src/features/rollouts/rollout.js";
import type { ExposureSum, Metric, MetricSum, TrialSums } from "../../../src/features/tracking/index.js";

const start = new Date("2026-03-10T12:00:00Z");
const later = new Date("2026-03-12T12:00:00Z");
const errors: Guardrail = { metric: "errors", margin: null, plannedVariance: null };
const rollout: GuardedRollout = {
  ...{ id: "00000000-0000-4000-8000-000000000009", project: "default", environment: "staging", flag: "till" },
  ...{ key: "till-2", variant: "on", baseline: "off", attribute: "targetingKey", audience: null },
  steps: [
    { percent: 10, hold: { hours: 24, units: null, approval: false } },
    { percent: 50, hold: { hours: 24, units: null, approval: false } },
    { percent: 100, hold: null },
  ],
  ...{ guardrails: [errors], status: "RUNNING", step: 1, stepStartedAt: start, approvedStep: null },
  ...{ offSince: null, reason: null, startedBy: { kind: "USER", id: "alice" }, version: 1 },
  ...{ createdAt: start, updatedAt: start, endedAt: null },
};
const metric: Metric = {
  ...{ id: "metric-1", project: "default", key: "errors", name: "Errors", description: null },
  ...{ type: "CONVERSION", direction: "DECREASE", windowHours: null, cap: null, unit: null, decimals: 0 },
  ...{ numerator: null, denominator: null, archived: false, version: 1, createdAt: start, updatedAt: start },
};

/** Of one arm in one epoch: units, those of them that did, and how often all of them did. */
type Arm = readonly [variant: "on" | "off", epoch: number, n: number, did: number, times?: number];

function sumsOf(arms: readonly Arm[]): TrialSums {
  const exposures = arms.map(([variant, epoch, n]): ExposureSum => ({
    ...{ variant, epoch, n, day: "2026-03-10", conflicted: 0, sumX: "0", sumXx: "0" },
  }));
  const metrics = arms.map(([variant, epoch, , nonzero, times = nonzero]): MetricSum => {
    const squares = nonzero === 0 ? 0 : (times / nonzero) ** 2 * nonzero;
    return {
      ...{ metric: "metric-1", variant, epoch, day: "2026-03-10", nonzero, sumY: String(times) },
      ...{ sumYy: squares.toFixed(6), sumD: "0", sumDd: "0", sumYd: "0", sumXy: "0" },
    };
  });
  return { exposures, metrics };
}

const lookAt = (
  arms: readonly Arm[],
  changes: Partial<GuardedRollout> = {},
  of: Partial<Metric> = {},
): Look => judge({ ...rollout, ...changes }, [{ ...metric, ...of }], sumsOf(arms));
const breachedBy = (arms: readonly Arm[], changes?: Partial<GuardedRollout>, of?: Partial<Metric>) =>
  lookAt(arms, changes, of).guardrails[0]?.breached;

describe("a guardrail of events", () => {
  it("knows nothing without any", () => {
    expect(lookAt([])).toEqual({
      units: { variant: 0, baseline: 0 },
      unitsInStep: 0,
      sampleRatio: { pValue: 1, alarm: false },
      guardrails: [
        {
          ...{ metric: "errors", baselineValue: null, variantValue: null, harm: null, logEvidence: 0 },
          ...{ leastHarm: null, mostHarm: null, breached: false, proven: null, plannedVariance: null },
        },
      ],
    });
  });

  it("is breached by more than the variant's share of them, of few as of many", () => {
    expect(
      breachedBy([
        ["on", 1, 100, 12],
        ["off", 1, 900, 8],
      ]),
    ).toBe(true);
    expect(
      breachedBy([
        ["on", 1, 1_000, 20],
        ["off", 1, 9_000, 180],
      ]),
    ).toBe(false);
    expect(
      breachedBy([
        ["on", 1, 1_000, 60],
        ["off", 1, 9_000, 180],
      ]),
    ).toBe(true);
    expect(
      breachedBy([
        ["on", 1, 1_000, 1],
        ["off", 1, 9_000, 180],
      ]),
    ).toBe(false);
  });

  it("is breached by fewer, where more is better", () => {
    const more = { direction: "INCREASE" } as const;
    expect(
      breachedBy(
        [
          ["on", 1, 1_000, 1],
          ["off", 1, 9_000, 900],
        ],
        {},
        more,
      ),
    ).toBe(true);
    expect(
      breachedBy(
        [
          ["on", 1, 1_000, 300],
          ["off", 1, 9_000, 900],
        ],
        {},
        more,
      ),
    ).toBe(false);
  });

  it("takes the share of what still counts: the baseline that the variant grew into has left", () => {
    const arms: Arm[] = [
      ["on", 1, 1_000, 60],
      ["off", 1, 5_000, 300],
      ["on", 2, 2_000, 120],
      ["off", 2, 2_000, 120],
    ];
    const look = lookAt(arms, { step: 2 });
    expect(look).toMatchObject({ units: { variant: 3_000, baseline: 7_000 }, unitsInStep: 2_000 });
    expect(look.sampleRatio.alarm).toBe(false);
    expect(look.guardrails[0]).toMatchObject({ breached: false });
    expect(look.guardrails[0]?.logEvidence).toBeLessThan(1);
    expect(
      lookAt(
        [
          ["on", 1, 1_000, 60],
          ["off", 1, 9_000, 540],
        ],
        { step: 2 },
      ).sampleRatio.alarm,
    ).toBe(true);
  });

  it("is told at the end as it was known before the last step", () => {
    const arms: Arm[] = [
      ["on", 1, 1_000, 60],
      ["off", 1, 5_000, 300],
      ["on", 2, 2_000, 120],
      ["off", 2, 2_000, 120],
    ];
    const before = lookAt(arms, { step: 2 });
    expect(lookAt(arms, { step: 3, status: "COMPLETED" })).toEqual({ ...before, unitsInStep: 0 });
  });

  it("puts the evidence of all steps together", () => {
    const first: Arm[] = [
      ["on", 1, 1_000, 22],
      ["off", 1, 5_000, 55],
    ];
    const second: Arm[] = [
      ["on", 2, 2_000, 44],
      ["off", 2, 2_000, 20],
    ];
    expect(breachedBy(first, { step: 2 })).toBe(false);
    expect(breachedBy([...first, ...second], { step: 2 })).toBe(true);
  });
});

describe("a guardrail of values", () => {
  it("is breached by counts that rise although no more people have any", () => {
    const arms: Arm[] = [
      ["on", 1, 1_000, 500, 1_500],
      ["off", 1, 9_000, 4_500, 4_500],
    ];
    expect(breachedBy(arms, {}, { type: "COUNT" })).toBe(true);
    expect(breachedBy(arms, {}, { type: "SUM" })).toBe(true);
    expect(breachedBy(arms, {}, { type: "SUM", direction: "INCREASE" })).toBe(false);
    expect(breachedBy(arms)).toBe(false);
  });

  it("decides nothing of few, and is tuned once there are enough", () => {
    const few = lookAt(
      [
        ["on", 1, 100, 20, 200],
        ["off", 1, 900, 200, 200],
      ],
      {},
      { type: "SUM" },
    );
    expect(few.guardrails[0]).toMatchObject({ breached: false, plannedVariance: null, leastHarm: null });
    const arms: Arm[] = [
      ["on", 1, 1_000, 200, 200],
      ["off", 1, 9_000, 1_800, 1_800],
    ];
    const [tuned] = lookAt(arms, {}, { type: "SUM" }).guardrails;
    expect(tuned?.plannedVariance).toBeCloseTo(0.16, 2);
    const kept = { guardrails: [{ ...errors, plannedVariance: 7 }] };
    expect(lookAt(arms, kept, { type: "SUM" }).guardrails[0]?.plannedVariance).toBe(7);
  });

  it("proves by the margin that there is no more harm", () => {
    const arms: Arm[] = [
      ["on", 1, 1_000, 200],
      ["off", 1, 9_000, 1_800],
    ];
    const withMargin = (margin: number) => ({ guardrails: [{ ...errors, margin }] });
    expect(lookAt(arms, withMargin(0.9)).guardrails[0]?.proven).toBe(true);
    expect(lookAt(arms, withMargin(0.01)).guardrails[0]?.proven).toBe(false);
    const most = lookAt(arms).guardrails[0]?.mostHarm ?? 0;
    expect(lookAt(arms, withMargin(most - 1e-9)).guardrails[0]?.proven).toBe(false);
    expect(lookAt(arms, withMargin(most + 1e-9)).guardrails[0]?.proven).toBe(true);
  });
});

describe("the next move", () => {
  const fine = lookAt([
    ["on", 1, 100, 2],
    ["off", 1, 900, 18],
  ]);
  const harmful = lookAt([
    ["on", 1, 100, 50],
    ["off", 1, 900, 18],
  ]);
  const skewed = lookAt([
    ["on", 1, 900, 9],
    ["off", 1, 900, 9],
  ]);
  const at = (changes: Partial<GuardedRollout>) => ({ ...rollout, ...changes });
  const approval = {
    steps: [
      { percent: 10, hold: { hours: 24, units: 200, approval: true } },
      { percent: 100, hold: null },
    ],
  };

  it.each([
    ["waits for the hours", rollout, fine, start, "STAY"],
    ["advances after them", rollout, fine, later, "ADVANCE"],
    ["completes with the last", at({ step: 2 }), fine, later, "COMPLETE"],
    ["stays while it is paused", at({ status: "PAUSED" }), fine, later, "STAY"],
    ["stays while the flag is off", at({ offSince: start }), fine, later, "STAY"],
    ["stays while nobody was shown either", rollout, lookAt([["on", 1, 5, 0]]), later, "STAY"],
    ["rolls back for harm", rollout, harmful, start, "ROLL_BACK"],
    [
      "rolls back also while it is paused",
      at({ status: "PAUSED", offSince: start }),
      harmful,
      start,
      "ROLL_BACK",
    ],
    ["rolls back for a skewed sample", rollout, skewed, start, "ROLL_BACK"],
    ["waits for units", at(approval), fine, later, "STAY"],
  ] as const)("%s", (_title, one, look, now, move) => {
    expect(nextMove(one, look, now)).toBe(move);
  });

  it("asks for an approval once, when all else is met", () => {
    const look = { ...fine, unitsInStep: 200 };
    expect(nextMove(at(approval), look, later)).toBe("ASK_FOR_APPROVAL");
    expect(nextMove(at({ ...approval, status: "WAITING" }), look, later)).toBe("STAY");
    expect(nextMove(at({ ...approval, approvedStep: 1 }), look, later)).toBe("COMPLETE");
    expect(nextMove(at({ ...approval, approvedStep: 1 }), fine, later)).toBe("STAY");
  });

  it("says all that it waits for", () => {
    expect(waitsFor(at({ ...approval, status: "PAUSED" }), fine, start)).toEqual([
      "It is paused: resume it.",
      "The step lasts until 2026-03-11T12:00:00.000Z at least.",
      "100 of 200 were shown the variant in this step for the first time.",
      "Somebody must approve the step.",
    ]);
    expect(waitsFor(rollout, fine, later)).toEqual([]);
    const off = 'Flag "till" is off in staging: once it is on, ';
    const people = { hours: null, units: 100, approval: false };
    const steps = [{ percent: 10, hold: people }, ...rollout.steps.slice(1)];
    expect(waitsFor(at({ offSince: start }), fine, later)).toEqual([`${off}the hours of this step begin.`]);
    expect(waitsFor(at({ offSince: start, steps }), fine, later)).toEqual([`${off}it goes on.`]);
  });
});
