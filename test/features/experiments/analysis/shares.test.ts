import fc from "fast-check";
import { describe, expect, it } from "vitest";
import {
  assignmentsOf,
  expectedUnits,
  pairPlan,
} from "../../../../src/features/experiments/analysis/shares.js";
import { conversions, epochsOf, experimentOf, purchases } from "./analysis-fixture.js";

const experiment = experimentOf();

describe("the units that an epoch keeps", () => {
  const epochs = epochsOf(
    [
      ["green", 50_000],
      ["blue", 50_000],
    ],
    [
      ["green", 20_000],
      ["blue", 80_000],
    ],
  );

  it("are those whose bucket has had its variant ever since", () => {
    const sums = conversions(purchases, [
      { variant: "green", epoch: 1, n: 200, did: 0 },
      { variant: "blue", epoch: 1, n: 500, did: 0 },
      { variant: "green", epoch: 2, n: 100, did: 0 },
      { variant: "blue", epoch: 2, n: 400, did: 0 },
    ]);
    expect(assignmentsOf(experiment, epochs, sums)).toEqual([
      { counts: [200, 500], weights: [20_000, 50_000] },
      { counts: [100, 400], weights: [20_000, 80_000] },
    ]);
    expect(expectedUnits(experiment, epochs, sums)).toEqual([
      { variant: "green", units: 300, expected: 300 },
      { variant: "blue", units: 900, expected: 900 },
    ]);
  });

  it("say nothing where an arm kept none: who was late is no mismatch", () => {
    const swapped = epochsOf(
      [
        ["green", 50_000],
        ["blue", 50_000],
      ],
      [
        ["blue", 50_000],
        ["green", 50_000],
      ],
    );
    const sums = conversions(purchases, [{ variant: "green", epoch: 1, n: 3, did: 0 }]);
    expect(assignmentsOf(experiment, swapped, sums)).toEqual([{ counts: [0, 0], weights: [50_000, 50_000] }]);
  });

  it("leave an arm out that kept none, among others that did", () => {
    const arms = ["green", "blue", "red"].map((variant) => ({ variant, weight: 30_000 }));
    const moved = epochsOf(
      [
        ["green", 30_000],
        ["blue", 30_000],
        ["red", 30_000],
      ],
      [
        ["green", 30_000],
        ["red", 30_000],
        ["blue", 20_000],
        ["red", 10_000],
      ],
    );
    const sums = conversions(purchases, [{ variant: "blue", epoch: 1, n: 3, did: 0 }]);
    expect(assignmentsOf({ arms }, moved, sums)[0]).toEqual({ counts: [0, 0], weights: [30_000, 10_000] });
  });

  it("are all of them when traffic grows from a hole", () => {
    const ramp = epochsOf(
      [
        ["green", 5_000],
        [null, 45_000],
        ["blue", 5_000],
        [null, 45_000],
      ],
      [
        ["green", 50_000],
        ["blue", 50_000],
      ],
    );
    const { weights } = assignmentsOf(experiment, ramp, conversions(purchases, []))[0] ?? { weights: [] };
    expect(weights).toEqual([5_000, 5_000]);
  });
});

describe("however often slots move", () => {
  const slot = fc.tuple(fc.constantFrom("green", "blue", "red", null), fc.nat(4));
  const moving = fc.array(fc.array(slot, { maxLength: 5 }), { minLength: 1, maxLength: 6 });
  const arms = ["green", "blue", "red"].map((variant) => ({ variant, weight: 1 }));

  it("what an epoch keeps is what is found bucket by bucket", () => {
    fc.assert(
      fc.property(moving, (slots) => {
        const epochs = epochsOf(...slots);
        const buckets = epochs.map((one) =>
          one.slots.flatMap(({ variant, weight }) => Array.from({ length: weight }, () => variant)),
        );
        const expected = buckets.flatMap((own, index) => {
          const kept = own.filter((variant, bucket) =>
            buckets.slice(index).every((later) => later[bucket] === variant),
          );
          const shown = arms.filter(({ variant }) => kept.includes(variant) || !own.includes(variant));
          const weights = shown.map(({ variant }) => kept.filter((one) => one === variant).length);
          return weights.filter((weight) => weight > 0).length < 2 ? [] : [weights];
        });
        const found = assignmentsOf({ arms }, epochs, conversions(purchases, []));
        expect(found.map(({ weights }) => weights)).toEqual(expected);
      }),
    );
  });
});

it("an arm that has no weight at all must have no units", () => {
  const epochs = epochsOf([
    ["green", 50_000],
    ["blue", 50_000],
  ]);
  const arms = [...experiment.arms, { variant: "red", weight: 0 }];
  const sums = conversions(purchases, [{ variant: "red", n: 2, did: 0 }]);
  expect(assignmentsOf({ arms }, epochs, sums)).toEqual([
    { counts: [0, 0, 2], weights: [50_000, 50_000, 0] },
  ]);
});

describe("the plan of a pair", () => {
  it("is by the weights it began with, whatever comes later", () => {
    const arms = ["green", "blue", "red"].map((variant) => ({ variant, weight: 20_000 }));
    const epochs = epochsOf(
      [
        ["green", 60_000],
        ["blue", 20_000],
        ["red", 20_000],
      ],
      [
        ["green", 10_000],
        ["blue", 90_000],
      ],
    );
    expect(pairPlan({ ...experiment, arms }, epochs, "blue")).toEqual({
      share: 0.25,
      ofAll: 0.8,
      plannedUnits: 4_000,
    });
  });

  it("is by the experiment's before it begins", () => {
    expect(pairPlan(experiment, [], "blue")).toEqual({ share: 0.5, ofAll: 1, plannedUnits: 5_000 });
  });
});
