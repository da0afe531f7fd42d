/** Whose share of events is too large: by the shares that were planned, since those who come are part of what may be broken; and who has too many of them. */
import { expect, it } from "vitest";
import { analyse } from "../../../../src/features/experiments/analysis/analyse.js";
import {
  conversions,
  experimentOf,
  inputOf,
  metricOf,
  purchases,
  sumsOf,
  together,
} from "./analysis-fixture.js";

const metrics = [
  { metric: "purchases", role: "PRIMARY", margin: null },
  { metric: "errors", role: "GUARDRAIL", margin: 0.1 },
] as const;
const errors = { ...purchases, key: "errors", direction: "DECREASE" } as const;

function evidence(optimises: boolean): number | null | undefined {
  const experiment = experimentOf({ metrics, optimises });
  const look = inputOf([100, 1_000], [200, 2_000], { experiment, metrics: [purchases, errors] });
  return analyse(look).metrics[1]?.comparisons[0]?.guardrail?.logEvidence;
}

it("takes the planned shares of units where those are fixed", () => {
  expect(evidence(false)).toBeGreaterThan(Math.log(100));
});

it("takes the shares that units had where those moved", () => {
  expect(evidence(true)).toBeLessThan(0);
});

it("is breached by counts that rise although no more people have any", () => {
  const crashes = metricOf("errors", { type: "COUNT", direction: "DECREASE" });
  const unitsOf = (variant: string, times: number) =>
    Array.from({ length: 1_000 }, (_, n) => ({
      variant,
      y: n % 10 === 0 ? times * (1 + (n % 3)) * 1_000_000 : 0,
    }));
  const sums = (times: number) => {
    const units = [...unitsOf("green", 1), ...unitsOf("blue", times)];
    return together(sumsOf(purchases, units), sumsOf(crashes, units));
  };
  const stateAt = (times: number) => {
    const more = { experiment: experimentOf({ metrics }), metrics: [purchases, crashes], sums: sums(times) };
    return analyse(inputOf([0, 0], [0, 0], more)).metrics[1]?.comparisons[0]?.guardrail?.state;
  };
  expect(stateAt(1)).toBe("NOT_YET");
  expect(stateAt(10)).toBe("BREACHED");
});

it.each(["DECREASE", "INCREASE"] as const)(
  "is proven from the most that the harm can be on: %s",
  (direction) => {
    const guarded = { ...purchases, key: "errors", id: "id-of-errors", direction };
    const resultBy = (margin: number) => {
      const experiment = experimentOf({ metrics: [metrics[0], { ...metrics[1], margin }] });
      const sumsFor = (metric: typeof purchases) =>
        conversions(metric, [
          { variant: "green", n: 3_000, did: 300 },
          { variant: "blue", n: 3_000, did: 310 },
        ]);
      const sums = together(sumsFor(purchases), sumsFor(guarded));
      const look = inputOf([0, 0], [0, 0], { experiment, metrics: [purchases, guarded], sums });
      return analyse(look).metrics[1]?.comparisons[0]?.guardrail;
    };
    const most = resultBy(0.5)?.mostHarm ?? 0;
    expect(most).toBeGreaterThan(0);
    expect(resultBy(most - 1e-9)?.state).toBe("NOT_YET");
    expect(resultBy(most + 1e-9)?.state).toBe("PROVEN");
  },
);
