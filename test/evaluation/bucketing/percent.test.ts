/** Percentages and weights are two spellings of one number. */
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { GRID, percentToWeight, weightToPercent } from "../../../src/evaluation/index.js";

describe("percentages", () => {
  it("turn into weights and back without loss, all of them", () => {
    const lost: number[] = [];
    for (let weight = 0; weight <= GRID; weight++) {
      const percent = Number((weight / 1000).toFixed(3));
      if (percentToWeight(percent) !== weight || weightToPercent(weight) !== percent) lost.push(weight);
    }
    expect(lost).toEqual([]);
  });

  it.each([-0.001, 100.001, 0.0001, 33.3333, 99.9999999, NaN, Infinity, -Infinity])(
    "%d is on no grid",
    (percent) => {
      expect(percentToWeight(percent)).toBeUndefined();
    },
  );

  it("accept nothing with more than three decimals", () => {
    fc.assert(
      fc.property(fc.double({ min: 0, max: 100, noNaN: true }), (percent) => {
        expect(percentToWeight(percent) !== undefined).toBe(Number(percent.toFixed(3)) === percent);
      }),
    );
  });

  it("describe weights of other sums", () => {
    expect(weightToPercent(1, 4)).toBe(25);
  });
});
