/** What a look asks for, and that its inputs ask for the same. */
import { describe, expect, it } from "vitest";
import { type AnalysisInput, measuring } from "../../../../src/features/experiments/analysis/frame.js";
import { atOnce } from "../../../../src/features/experiments/analysis/steps.js";
import { actOf, decisionsAt } from "../../../../src/features/experiments/unattended/decide.js";
import {
  replayDecision,
  writeInputs,
} from "../../../../src/features/experiments/unattended/decide-inputs.js";
import type { Experiment } from "../../../../src/features/experiments/experiment.js";
import { Random } from "../../../statistics/simulations/random.js";
import {
  conversions,
  type Count,
  epochsOf,
  experimentOf,
  metricOf,
  now,
  purchases,
  together,
} from "../analysis/analysis-fixture.js";

const errors = metricOf("errors", { type: "COUNT", direction: "DECREASE" });
const guarded: Partial<Experiment> = {
  metrics: [
    { metric: "purchases", role: "PRIMARY", margin: null },
    { metric: "errors", role: "GUARDRAIL", margin: 0.5 },
  ],
};
const variants = ["green", "blue", "red"] as const;
const thirds = epochsOf([
  ["green", 33_334],
  ["blue", 33_333],
  ["red", 33_333],
]);

/** How many of a thousand bought, and how many had errors; green is the control. */
type Thousands = Readonly<Record<(typeof variants)[number], readonly [bought: number, failed: number]>>;

function lookAt(counts: Thousands, more: Partial<Experiment>, conflicted = 0): AnalysisInput {
  const of = (place: 0 | 1): Count[] =>
    variants.map((variant) => ({ variant, n: 1_000, did: counts[variant][place], conflicted }));
  const arms = variants.map((variant, index) => ({ variant, weight: index === 0 ? 33_334 : 33_333 }));
  return {
    experiment: experimentOf({ ...guarded, arms, ...more }),
    ...{ metrics: [purchases, errors], epochs: thirds, now },
    sums: together(conversions(purchases, of(0)), conversions(errors, of(1))),
    plannedVariances: new Map([
      ["purchases", 0.1],
      ["errors", 0.25],
    ]),
  };
}

const actAt = (look: AnalysisInput) => actOf(atOnce(measuring(look)));

const fine: Thousands = { green: [100, 400], blue: [220, 400], red: [300, 400] };
const harmful: Thousands = { ...fine, red: [300, 700] };
const everything = { promotesAutomatically: true, rollsBackAutomatically: true };
const over = { endsAt: new Date(now.getTime() - 1) };

describe("a look", () => {
  it("promotes the treatment whose gain is largest for certain", () => {
    expect(decisionsAt(lookAt(fine, everything))).toEqual([{ action: "PROMOTED", variant: "red" }]);
  });

  it("promotes the next one where that does harm, and rolls back where none is left", () => {
    expect(actAt(lookAt(harmful, everything))).toEqual({ action: "PROMOTED", variant: "blue" });
    const more = { ...everything, promotesAutomatically: false };
    expect(actAt(lookAt(harmful, more))).toEqual({ action: "ROLLED_BACK", variants: ["red"] });
    const both: Thousands = { ...harmful, blue: [220, 800] };
    expect(actAt(lookAt(both, everything))).toEqual({ action: "ROLLED_BACK", variants: ["blue", "red"] });
  });

  it("only tells of harm where nothing is rolled back by itself", () => {
    expect(decisionsAt(lookAt(harmful, {}))).toEqual([{ action: "ALARM", kind: "GUARDRAIL" }]);
    expect(decisionsAt(lookAt(fine, {}))).toEqual([]);
  });

  it("promotes nothing once one unit of a hundred was seen in another variant than its own", () => {
    expect(decisionsAt(lookAt(fine, everything, 9))).toHaveLength(1);
    expect(decisionsAt(lookAt(fine, everything, 10))).toEqual([{ action: "ALARM", kind: "CONFLICTS" }]);
  });

  it("is inconclusive at the end, unless there is harm; and only where it might have promoted", () => {
    expect(actAt(lookAt(fine, { ...everything, ...over }))).toEqual({ action: "INCONCLUSIVE" });
    expect(actAt(lookAt(harmful, { ...everything, ...over }))).toMatchObject({ action: "ROLLED_BACK" });
    expect(actAt(lookAt(fine, { ...over, rollsBackAutomatically: true }))).toBeNull();
  });

  it("moves shares where those move, and promotes nothing there", () => {
    const optimises = { ...everything, optimises: true };
    expect(actAt(lookAt(fine, optimises))).toMatchObject({
      ...{ action: "OPTIMISED", after: [{ weight: 2_000 }, { weight: 2_002 }, { weight: 95_998 }] },
    });
    expect(actAt(lookAt(fine, optimises, 10))).toBeNull();
    expect(actAt(lookAt(fine, { ...optimises, status: "PAUSED" }))).toBeNull();
    expect(actAt(lookAt(fine, { ...optimises, ...over }))).toEqual({ action: "INCONCLUSIVE" });
  });
});

describe("a replay", () => {
  it("comes to what was decided, whatever that was", () => {
    const random = new Random(3);
    const count = () => Math.floor(random.uniform() * 500);
    const actions = new Set<string>();
    for (let round = 0; round < 60; round += 1) {
      const counts: Thousands = { green: [100, 200], blue: [count(), count()], red: [count(), count()] };
      const flips = { ...everything, optimises: round % 3 === 0, ...(round % 5 === 0 ? over : {}) };
      const look = lookAt(counts, flips, round % 7 === 0 ? 20 : 0);
      for (const decided of decisionsAt(look)) {
        const kept: unknown = JSON.parse(JSON.stringify(writeInputs(look, decided)));
        expect(replayDecision(kept)).toEqual(decisionsAt(look));
        actions.add(decided.action);
      }
    }
    expect([...actions].toSorted()).toEqual([
      "ALARM",
      "INCONCLUSIVE",
      "OPTIMISED",
      "PROMOTED",
      "ROLLED_BACK",
    ]);
  });
});
