/** Gauss and Legendre's rule, against integrals known on paper. */
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { normalCdf, normalDensity } from "../../../src/statistics/distributions/normal.js";
import { gaussLegendre, nodesAndWeights } from "../../../src/statistics/distributions/quadrature.js";

describe("gaussLegendre", () => {
  it("is exact for powers up to twice its nodes less one, and no further", () => {
    for (let power = 0; power < 10; power += 1)
      expect(gaussLegendre((x) => x ** power, 0, 1, 5)).toBeCloseTo(1 / (power + 1), 15);
    expect(Math.abs(gaussLegendre((x) => x ** 10, 0, 1, 5) - 1 / 11)).toBeGreaterThan(1e-7);
  });

  it("finds the bell's area between any two points", () => {
    const end = fc.double({ min: -8, max: 8, noNaN: true });
    fc.assert(
      fc.property(end, end, (from, to) => {
        expect(gaussLegendre(normalDensity, from, to)).toBeCloseTo(normalCdf(to) - normalCdf(from), 13);
      }),
    );
  });

  it("changes its sign with its direction, and is 0 from a point to itself", () => {
    expect(gaussLegendre(Math.exp, 1, 0)).toBeCloseTo(1 - Math.E, 15);
    expect(gaussLegendre(Math.exp, 0, 1)).toBeCloseTo(Math.E - 1, 15);
    expect(gaussLegendre(Math.exp, 2, 2)).toBe(0);
  });

  it("refuses ends that are not finite, by name", () => {
    expect(() => gaussLegendre(Math.exp, -Infinity, 0)).toThrow(
      new RangeError("from must be a finite number, got -Infinity."),
    );
    expect(() => gaussLegendre(Math.exp, 0, Number.NaN)).toThrow(
      new RangeError("to must be a finite number, got NaN."),
    );
  });
});

describe("nodesAndWeights", () => {
  it("are the known ones of two and of three", () => {
    const [two, three] = [nodesAndWeights(2), nodesAndWeights(3)];
    expect(two.nodes[1]).toBeCloseTo(Math.sqrt(1 / 3), 15);
    expect(two.weights[0]).toBeCloseTo(1, 15);
    [-Math.sqrt(0.6), 0, Math.sqrt(0.6)].forEach((node, at) => expect(three.nodes[at]).toBeCloseTo(node, 15));
    [5 / 9, 8 / 9, 5 / 9].forEach((weight, at) => expect(three.weights[at]).toBeCloseTo(weight, 15));
  });

  it.each([1, 2, 7, 64, 200])(
    "of %d ascend within (−1, 1), lie even about 0, and weigh 2 together",
    (count) => {
      const { nodes, weights } = nodesAndWeights(count);
      expect(nodes.toSorted((a, b) => a - b)).toEqual(nodes);
      expect(nodes.every((node) => Math.abs(node) < 1)).toBe(true);
      nodes.forEach((node, at) => expect(node).toBeCloseTo(-(nodes.at(-1 - at) ?? Number.NaN), 15));
      expect(weights.every((weight) => weight > 0)).toBe(true);
      expect(weights.reduce((sum, weight) => sum + weight, 0)).toBeCloseTo(2, 13);
      expect([nodes.length, weights.length]).toEqual([count, count]);
    },
  );

  it("are computed once", () => {
    expect(nodesAndWeights(17)).toBe(nodesAndWeights(17));
  });

  it.each([0, -1, 2.5, Number.NaN])("refuse a count of %d", (count) => {
    expect(() => nodesAndWeights(count)).toThrow(
      new RangeError(`count must be a whole number of at least 1, got ${count}.`),
    );
  });
});
