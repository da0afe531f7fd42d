/** Whose share of events is too large: by the shares that were planned, since those who come are part of what may be broken. */
import { expect, it } from "vitest";
import { analyse } from "../../../../src/features/experiments/analysis/analyse.js";
import { experimentOf, inputOf, purchases } from "./analysis-fixture.js";

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
