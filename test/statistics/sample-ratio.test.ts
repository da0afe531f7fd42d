/** Units that were not shared out as the weights say are noticed, and others are left in peace. */
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { testSampleRatio, watchSampleRatio } from "../../src/statistics/sample-ratio.js";

const arms = fc.array(
  fc.record({ count: fc.nat({ max: 1e6 }), weight: fc.double({ min: 0.01, max: 1, noNaN: true }) }),
  { minLength: 2, maxLength: 5 },
);

function assignmentOf(list: readonly { count: number; weight: number }[]): {
  counts: number[];
  weights: number[];
} {
  return { counts: list.map(({ count }) => count), weights: list.map(({ weight }) => weight) };
}

describe("one look", () => {
  it("finds what was published of Kohavi's and the Cookie Cats' shares", () => {
    const published = testSampleRatio({ counts: [821_588, 815_482], weights: [0.5, 0.5] });
    expect(published.pValue).toBeCloseTo(0.0000018, 7);
    expect(testSampleRatio({ counts: [44_700, 45_489], weights: [1, 1] }).pValue).toBeCloseTo(0.0086, 4);
  });

  it("does not care for the order of arms or the unit of weights", () => {
    fc.assert(
      fc.property(arms, (list) => {
        const { chiSquared, pValue } = testSampleRatio(assignmentOf(list));
        const scaled = list.toReversed().map(({ count, weight }) => ({ count, weight: 7 * weight }));
        const again = testSampleRatio(assignmentOf(scaled));
        expect(again.chiSquared / (chiSquared || 1)).toBeCloseTo(chiSquared === 0 ? 0 : 1, 9);
        expect(again.pValue).toBeCloseTo(pValue, 9);
      }),
    );
  });

  it("leaves out arms of weight 0, in which no unit can be", () => {
    const three = testSampleRatio({ counts: [1000, 0, 1100], weights: [0.5, 0, 0.5] });
    expect(three).toEqual(testSampleRatio({ counts: [1000, 1100], weights: [0.5, 0.5] }));
    const broken = testSampleRatio({ counts: [1000, 1, 1000], weights: [0.5, 0, 0.5] });
    expect(broken).toEqual({ chiSquared: Infinity, degreesOfFreedom: 1, pValue: 0 });
  });

  it("says nothing of no units and of one arm", () => {
    expect(testSampleRatio({ counts: [0, 0], weights: [1, 1] }).pValue).toBe(1);
    expect(testSampleRatio({ counts: [12, 0], weights: [1, 0] })).toEqual({
      chiSquared: 0,
      degreesOfFreedom: 0,
      pValue: 1,
    });
  });
});

describe("every look", () => {
  it("weighs what the shares would be worth: the evidence of all next units averages 1", () => {
    fc.assert(
      fc.property(arms, (list) => {
        const { counts, weights } = assignmentOf(
          list.map(({ count, weight }) => ({ count: count % 1000, weight })),
        );
        const whole = weights.reduce((sum, weight) => sum + weight, 0);
        const now = watchSampleRatio([{ counts, weights }]).logE;
        const next = weights.map((weight, arm) => {
          const grown = counts.map((count, index) => count + (index === arm ? 1 : 0));
          return (weight / whole) * Math.exp(watchSampleRatio([{ counts: grown, weights }]).logE - now);
        });
        expect(next.reduce((sum, part) => sum + part, 0)).toBeCloseTo(1, 8);
      }),
    );
  });

  it("multiplies the evidence of epochs, each by its own weights", () => {
    const first = { counts: [10_400, 9600], weights: [0.5, 0.5] };
    const second = { counts: [910, 8900], weights: [0.1, 0.9] };
    const [one, other] = [watchSampleRatio([first]).logE, watchSampleRatio([second]).logE];
    const both = watchSampleRatio([first, second]);
    expect(both.logE).toBeCloseTo(one + other, 10);
    expect(both.pValue).toBeCloseTo(Math.exp(-one - other), 12);
  });

  it("raises the alarm below 0.001, not before", () => {
    expect(watchSampleRatio([{ counts: [5050, 4950], weights: [0.5, 0.5] }]).alarm).toBe(false);
    expect(watchSampleRatio([{ counts: [10_400, 9600], weights: [0.5, 0.5] }]).alarm).toBe(true);
    const between = watchSampleRatio([{ counts: [10_296, 9704], weights: [0.5, 0.5] }]);
    expect(between.pValue).toBeCloseTo(0.001088, 6);
    expect(between.alarm).toBe(false);
  });

  it("stays a number for a billion units, and says nothing of none", () => {
    expect(watchSampleRatio([{ counts: [5e8, 5e8], weights: [0.5, 0.5] }]).logE).toBeCloseTo(
      0.5 * Math.log(1000 / (1e9 + 1000)),
      3,
    );
    expect(watchSampleRatio([{ counts: [0, 0], weights: [0.5, 0.5] }])).toEqual({
      logE: 0,
      pValue: 1,
      alarm: false,
    });
    expect(watchSampleRatio([])).toEqual({ logE: 0, pValue: 1, alarm: false });
  });

  it("is certain of one unit where none can be", () => {
    const broken = watchSampleRatio([{ counts: [5, 1], weights: [1, 0] }]);
    expect(broken).toEqual({ logE: Infinity, pValue: 0, alarm: true });
  });
});

it.each([
  ["counts.length", { counts: [], weights: [] }],
  ["weights", { counts: [1, 2], weights: [1] }],
  ["weights", { counts: [1, 2], weights: [0, 0] }],
  ["weights\\[1\\]", { counts: [1, 2], weights: [1, -1] }],
  ["counts\\[0\\]", { counts: [NaN, 2], weights: [1, 1] }],
])("refuses impossible %s", (name, assignment) => {
  for (const call of [() => testSampleRatio(assignment), () => watchSampleRatio([assignment])]) {
    expect(call).toThrow(RangeError);
    expect(call).toThrow(new RegExp(`^${name} must`, "u"));
  }
});

it("refuses a concentration of nothing", () => {
  expect(() => watchSampleRatio([], 0)).toThrow(/^concentration must be/);
});
