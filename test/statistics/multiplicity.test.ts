/** Many tests at once. */
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import {
  benjaminiHochberg,
  benjaminiYekutieli,
  bonferroni,
  eBenjaminiHochberg,
  holm,
} from "../../src/statistics/multiplicity.js";

const pValue = fc.double({ min: 0, max: 1, noNaN: true });
const pValues = fc.array(fc.oneof(pValue, fc.constantFrom(0, 0.01, 0.05, 1)), { maxLength: 12 });
const eValues = fc.array(
  fc.oneof(fc.double({ min: 0, max: 1000, noNaN: true }), fc.constantFrom(0, 20, Infinity)),
  {
    maxLength: 12,
  },
);

describe.each([
  ["Bonferroni", bonferroni],
  ["Holm", holm],
  ["Benjamini and Hochberg", benjaminiHochberg],
  ["Benjamini and Yekutieli", benjaminiYekutieli],
])("%s", (_name, adjust) => {
  it("never makes p smaller, never larger than 1, and leaves one test alone", () => {
    fc.assert(
      fc.property(pValues, (of) => {
        const adjusted = adjust(of);
        expect(adjusted).toHaveLength(of.length);
        expect(adjusted.every((p, index) => p >= (of[index] ?? 0) * (1 - 1e-12) && p <= 1)).toBe(true);
      }),
    );
    fc.assert(fc.property(pValue, (p) => Object.is(adjust([p])[0], p)));
  });

  it("keeps the order, and does not mind in which order they come", () => {
    fc.assert(
      fc.property(pValues, (of) => {
        const adjusted = adjust(of);
        const sorted = adjust(of.toSorted((a, b) => a - b));
        expect(adjusted.toSorted((a, b) => a - b)).toEqual(sorted);
        expect(adjust(of.toReversed())).toEqual(adjusted.toReversed());
      }),
    );
  });

  it.each([-0.01, 1.01, Number.NaN])("refuses %d", (wrong) => {
    expect(() => adjust([0.5, wrong])).toThrow(new RangeError(`p-value must be from 0 to 1, got ${wrong}.`));
  });

  it("has no answer to no question", () => {
    expect(adjust([])).toEqual([]);
  });
});

describe("the procedures", () => {
  it("reject in the known order: Bonferroni least, then Holm, then Benjamini and Hochberg", () => {
    fc.assert(
      fc.property(pValues, (of) => {
        const [strict, middle, mild] = [bonferroni(of), holm(of), benjaminiHochberg(of)];
        return of.every((_, index) => {
          const [first = 0, second = 0, third = 0] = [strict[index], middle[index], mild[index]];
          return first >= second && second >= third * (1 - 1e-12);
        });
      }),
    );
  });

  it("reject by Holm's adjusted p what his steps reject", () => {
    fc.assert(
      fc.property(pValues, (of) => {
        const alpha = 0.0501;
        const ascending = of.toSorted((a, b) => a - b);
        const kept = ascending.findIndex((p, rank) => p * (of.length - rank) > alpha);
        const rejected = kept === -1 ? of.length : kept;
        return holm(of).filter((p) => p <= alpha).length === rejected;
      }),
    );
  });
});

describe("eBenjaminiHochberg", () => {
  it("rejects the largest e-values, as many as the rule allows", () => {
    fc.assert(
      fc.property(eValues, (of) => {
        const alpha = 0.05;
        const rejected = eBenjaminiHochberg({ eValues: of, alpha });
        const least = Math.min(...rejected.map((index) => of[index] ?? 0));
        const kept = of.filter((_, index) => !rejected.includes(index));
        expect(rejected).toEqual(rejected.toSorted((a, b) => a - b));
        expect(kept.every((e) => e <= least)).toBe(true);
        expect(rejected.length === 0 || least * alpha * rejected.length >= of.length).toBe(true);
        const more = of.toSorted((a, b) => b - a).slice(rejected.length);
        expect(more.some((e, extra) => (rejected.length + extra + 1) * alpha * e >= of.length)).toBe(false);
      }),
    );
  });

  it("rejects more where alpha is larger", () => {
    fc.assert(
      fc.property(eValues, (of) => {
        const [few, many] = [0.01, 0.1].map((alpha) => eBenjaminiHochberg({ eValues: of, alpha }));
        return few?.every((index) => many?.includes(index)) ?? false;
      }),
    );
  });

  it("takes a step up: all four of 25 reject together, though one of them alone would not", () => {
    expect(eBenjaminiHochberg({ eValues: [25, 25, 25, 25], alpha: 0.05 })).toEqual([0, 1, 2, 3]);
    expect(eBenjaminiHochberg({ eValues: [25, 0, 0, 0], alpha: 0.05 })).toEqual([]);
  });

  it("refuses what cannot be", () => {
    expect(eBenjaminiHochberg({ eValues: [], alpha: 0.05 })).toEqual([]);
    expect(() => eBenjaminiHochberg({ eValues: [-1], alpha: 0.05 })).toThrow(/^e-value must be/);
    expect(() => eBenjaminiHochberg({ eValues: [Number.NaN], alpha: 0.05 })).toThrow(/^e-value must be/);
    expect(() => eBenjaminiHochberg({ eValues: [1], alpha: 0 })).toThrow(/^alpha must be/);
  });
});
