import fc from "fast-check";
import { expect, it } from "vitest";
import { slotsIn } from "../../../src/features/rollouts/rollout-rule.js";
import { movedBuckets, variantAt } from "../../../src/features/tracking/trial.js";

const percentages = fc
  .uniqueArray(fc.integer({ min: 1, max: 99_999 }), { minLength: 1, maxLength: 8 })
  .map((weights) => [...weights.sort((a, b) => a - b), 100_000]);

it("grows out of the baseline alone, to the share of the step", () => {
  fc.assert(
    fc.property(percentages, (weights) => {
      const steps = weights.map((weight) => ({ percent: weight / 1_000, hold: null }));
      const rollout = { variant: "on", baseline: "off", steps };
      for (const [index, weight] of weights.entries()) {
        const slots = slotsIn(rollout, index + 1);
        const given = slots
          .filter(({ variant }) => variant === "on")
          .reduce((sum, slot) => sum + slot.weight, 0);
        expect(given).toBe(weight);
        if (index === 0) continue;
        const before = slotsIn(rollout, index);
        const moved = movedBuckets(before, slots);
        expect(
          moved.every(({ low }) => variantAt(before, low) === "off" && variantAt(slots, low) === "on"),
        ).toBe(true);
        expect(moved.reduce((sum, { low, high }) => sum + high - low, 0)).toBe(
          weight - (weights[index - 1] ?? 0),
        );
      }
    }),
  );
});
