import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { logBeta } from "../../../src/statistics/distributions/gamma.js";
import { gaussLegendre } from "../../../src/statistics/distributions/quadrature.js";
import {
  blockEvidence,
  type EventSplit,
  evidenceOf,
  oneSidedSplitEvidence,
  productOf,
  splitEvidence,
} from "../../../src/statistics/sequential/e-values.js";

const plans = [
  { share: 0.5, concentration: 20 },
  { share: 0.05, concentration: 20 },
  { share: 0.9, concentration: 50 },
  { share: 0.01, concentration: 2 },
] as const;

const splits: fc.Arbitrary<EventSplit> = fc.record({
  controlEvents: fc.integer({ min: 0, max: 100_000 }),
  treatmentEvents: fc.integer({ min: 0, max: 100_000 }),
  share: fc.double({ min: 0.01, max: 0.99, noNaN: true }),
  concentration: fc.double({ min: 1, max: 200, noNaN: true }),
});

function binomial(sum: number, n: number, rate: number): number {
  const logChoices = sum === 0 || sum === n ? 0 : -Math.log(n + 1) - logBeta(sum + 1, n - sum + 1);
  return Math.exp(logChoices) * rate ** sum * (1 - rate) ** (n - sum);
}

/** Summed over all the ways in which `events` can fall on the arms. */
function expectation(events: number, rate: number, logE: (treatmentEvents: number) => number): number {
  return Array.from(
    { length: events + 1 },
    (_, sum) => binomial(sum, events, rate) * Math.exp(logE(sum)),
  ).reduce((total, part) => total + part, 0);
}

describe("the evidence of a split", () => {
  it("is the beta-binomial mixture as printed", () => {
    fc.assert(
      fc.property(splits, (split) => {
        const { controlEvents: a, treatmentEvents: b, share: s, concentration: c } = split;
        const mixture = logBeta(c * s + b, c * (1 - s) + a) - logBeta(c * s, c * (1 - s));
        const printed = mixture - b * Math.log(s) - a * Math.log1p(-s);
        expect(Math.abs(splitEvidence(split).logE - printed)).toBeLessThanOrEqual(1e-9 * (1 + a + b));
      }),
    );
  });

  describe.each(plans)("share $share, concentration $concentration", (plan) => {
    it.each([1, 7, 60])("is expected to be 1 after %s events where nothing differs", (events) => {
      const expected = expectation(
        events,
        plan.share,
        (sum) => splitEvidence({ ...plan, controlEvents: events - sum, treatmentEvents: sum }).logE,
      );
      expect(expected).toBeCloseTo(1, 11);
    });

    it.each([1, 7, 60])("one-sided too, and less where the treatment does better (%s events)", (events) => {
      const logE = (sum: number) =>
        oneSidedSplitEvidence({ ...plan, controlEvents: events - sum, treatmentEvents: sum }).logE;
      expect(expectation(events, plan.share, logE)).toBeCloseTo(1, 11);
      expect(expectation(events, plan.share * 0.9, logE)).toBeLessThan(1);
      expect(expectation(events, plan.share * 0.3, logE)).toBeLessThan(1);
    });

    it("is after any event expected to stay what it was", () => {
      for (const evidenceOf of [splitEvidence, oneSidedSplitEvidence]) {
        const now = evidenceOf({ ...plan, controlEvents: 11, treatmentEvents: 5 }).logE;
        const treatment = evidenceOf({ ...plan, controlEvents: 11, treatmentEvents: 6 }).logE;
        const control = evidenceOf({ ...plan, controlEvents: 12, treatmentEvents: 5 }).logE;
        const next = plan.share * Math.exp(treatment - now) + (1 - plan.share) * Math.exp(control - now);
        expect(next).toBeCloseTo(1, 11);
      }
    });
  });

  it("is the same for both arms' roles, two-sided", () => {
    fc.assert(
      fc.property(splits, (split) => {
        const swapped = {
          controlEvents: split.treatmentEvents,
          treatmentEvents: split.controlEvents,
          share: 1 - split.share,
          concentration: split.concentration,
        };
        const { logE } = splitEvidence(split);
        expect(Math.abs(splitEvidence(swapped).logE - logE)).toBeLessThanOrEqual(1e-9 * (1 + Math.abs(logE)));
      }),
    );
  });

  it("grows, one-sided, with the treatment's events", () => {
    fc.assert(
      fc.property(splits, (split) => {
        const more = { ...split, treatmentEvents: split.treatmentEvents + 1 };
        const fewer = { ...split, controlEvents: split.controlEvents + 1 };
        const { logE } = oneSidedSplitEvidence(split);
        expect(oneSidedSplitEvidence(more).logE).toBeGreaterThan(logE - 1e-9);
        expect(oneSidedSplitEvidence(fewer).logE).toBeLessThan(logE + 1e-9);
      }),
    );
  });

  it("one-sided stays finite where the tail is too small for a double", () => {
    const split = { controlEvents: 4_000, treatmentEvents: 2, share: 0.5, concentration: 20 };
    const density = (rate: number) => Math.exp(9 * Math.log(4 * rate * (1 - rate)));
    const likelihood = (rate: number) => Math.exp(2 * Math.log(2 * rate) + 4_000 * Math.log(2 * (1 - rate)));
    const above = gaussLegendre((rate) => density(rate) * likelihood(rate), 0.5, 0.51, 64);
    const expected = Math.log(above) - Math.log(gaussLegendre(density, 0.5, 1, 64));
    expect(oneSidedSplitEvidence(split).logE).toBeCloseTo(expected, 9);
    const next = { ...split, controlEvents: 1_000_000_000 };
    expect(oneSidedSplitEvidence(next).logE).toBeGreaterThan(-30);
    expect(oneSidedSplitEvidence(next).pValue).toBe(1);
  });

  it("is even between both ways of its tail", () => {
    const at = (controlEvents: number) =>
      oneSidedSplitEvidence({ controlEvents, treatmentEvents: 0, share: 0.5, concentration: 20 }).logE;
    const steps = Array.from({ length: 80 }, (_, n) => at(890 + n) - at(889 + n));
    expect(Math.max(...steps)).toBeLessThan(0);
    expect(Math.max(...steps) - Math.min(...steps)).toBeLessThan(2e-4);
  });

  it("says nothing of nothing and everything of a billion", () => {
    const none = { controlEvents: 0, treatmentEvents: 0, share: 0.2, concentration: 20 };
    for (const evidenceOf of [splitEvidence, oneSidedSplitEvidence]) {
      expect(evidenceOf(none).logE).toBeCloseTo(0, 14);
      expect(evidenceOf(none).pValue).toBeCloseTo(1, 14);
      const all = evidenceOf({ ...none, controlEvents: 1e9, treatmentEvents: 1e9 });
      expect(all.logE).toBeGreaterThan(1e8);
      expect(all.pValue).toBe(0);
    }
  });

  it.each([
    [{ controlEvents: -1 }, "controlEvents"],
    [{ treatmentEvents: Number.NaN }, "treatmentEvents"],
    [{ share: 0 }, "share"],
    [{ share: 1 }, "share"],
    [{ concentration: 0 }, "concentration"],
  ])("refuses %j", (wrong, name) => {
    const split = { controlEvents: 1, treatmentEvents: 1, share: 0.5, concentration: 20, ...wrong };
    expect(() => splitEvidence(split)).toThrow(new RegExp(`^${name} must be`));
    expect(() => oneSidedSplitEvidence(split)).toThrow(new RegExp(`^${name} must be`));
  });
});

describe("a product", () => {
  it("adds logarithms, far beyond doubles, and of nothing is 1", () => {
    expect(productOf([evidenceOf(600), evidenceOf(500), evidenceOf(-1_097)])).toEqual({
      logE: 3,
      pValue: Math.exp(-3),
    });
    expect(productOf([])).toEqual({ logE: 0, pValue: 1 });
  });

  it("of epochs with shares of their own is expected to be 1 at most", () => {
    const [first, second] = [plans[1], plans[0]];
    const expected = expectation(20, first.share, (sum) =>
      Math.log(
        expectation(
          20 + sum,
          second.share,
          (more) =>
            productOf([
              oneSidedSplitEvidence({ ...first, controlEvents: 20 - sum, treatmentEvents: sum }),
              oneSidedSplitEvidence({ ...second, controlEvents: 20 + sum - more, treatmentEvents: more }),
            ]).logE,
        ),
      ),
    );
    expect(expected).toBeCloseTo(1, 11);
  });
});

describe("the evidence of blocks", () => {
  const block = (controlSum: number, treatmentSum: number) => ({
    control: { n: 5, sum: controlSum },
    treatment: { n: 8, sum: treatmentSum },
  });

  it("is, after each block, expected to be no more than before, whatever the common rate", () => {
    const seen = [block(1, 4), block(0, 5)];
    const before = blockEvidence(seen)[1] ?? Number.NaN;
    for (const rate of [0.01, 0.2, 0.45, 0.5, 0.9]) {
      const expected = expectation(5, rate, (control) =>
        Math.log(
          expectation(
            8,
            rate,
            (treatment) => (blockEvidence([...seen, block(control, treatment)])[2] ?? 0) - before,
          ),
        ),
      );
      expect(expected).toBeLessThanOrEqual(1 + 1e-12);
      expect(expected).toBeGreaterThan(0.1);
    }
  });

  it("learns nothing from the first block, and from a block of nobody nothing", () => {
    expect(blockEvidence([block(0, 8)])).toEqual([0]);
    const nobody = { control: { n: 0, sum: 0 }, treatment: { n: 0, sum: 0 } };
    const [, second] = blockEvidence([block(0, 8), block(1, 7)]);
    expect(blockEvidence([nobody, block(0, 8), nobody, block(1, 7)])).toEqual([0, 0, 0, second]);
    expect(second).toBeGreaterThan(1);
  });

  it("does not care which arm is which", () => {
    const blocks = [block(1, 4), block(2, 7), block(3, 3)];
    const swapped = blocks.map(({ control, treatment }) => ({ control: treatment, treatment: control }));
    blockEvidence(swapped).forEach((logE, at) =>
      expect(logE).toBeCloseTo(blockEvidence(blocks)[at] ?? 0, 12),
    );
  });

  it("refuses more that did than there are, and no smoothing", () => {
    expect(() => blockEvidence([block(6, 1)])).toThrow(/^control\.sum must be/);
    expect(() => blockEvidence([block(1, 9)])).toThrow(/^treatment\.sum must be/);
    expect(() => blockEvidence([block(1, 1)], 0)).toThrow(/^smoothing must be/);
  });
});
