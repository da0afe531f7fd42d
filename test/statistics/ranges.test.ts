/** What is refused, and that the message says so. */
import { describe, expect, it } from "vitest";
import { atLeast, between, countWithin } from "../../src/statistics/ranges.js";

describe("atLeast", () => {
  it("lets the minimum and more pass", () => {
    expect(() => {
      atLeast("n", 0, 0);
      atLeast("n", 1e9, 0);
    }).not.toThrow();
  });

  it.each([-1, -1e-300, Number.NaN, Infinity, -Infinity])("refuses %d where 0 is the least", (value) => {
    expect(() => atLeast("n", value, 0)).toThrow(
      new RangeError(`n must be a number of at least 0, got ${value}.`),
    );
  });
});

describe("between", () => {
  it("lets pass what lies inside", () => {
    expect(() => between("alpha", 0.05, 0, 1)).not.toThrow();
    expect(() => between("shape", 1e300, 0, Infinity)).not.toThrow();
  });

  it.each([0, 1, -0.5, 1.5, Number.NaN, Infinity])("refuses %d between 0 and 1", (value) => {
    expect(() => between("alpha", value, 0, 1)).toThrow(
      new RangeError(`alpha must be between 0 and 1, got ${value}.`),
    );
  });
});

describe("countWithin", () => {
  it("lets none and all pass", () => {
    expect(() => {
      countWithin("sum", 0, 0);
      countWithin("sum", 5, 5);
    }).not.toThrow();
  });

  it.each([-1, 6, Number.NaN, Infinity])("refuses %d of 5", (value) => {
    expect(() => countWithin("sum", value, 5)).toThrow(
      new RangeError(`sum must be from 0 to 5, got ${value}.`),
    );
  });
});
