import { describe, expect, it } from "vitest";
import { differenceOf } from "../../../src/features/ledger/difference.js";

describe("differenceOf", () => {
  it("keeps the members that differ, on both sides", () => {
    const before = { name: "a", description: null, when: { all: [1, 2] } };
    const after = { name: "b", description: null, when: { all: [2, 1] } };
    expect(differenceOf<object>(before, after)).toEqual({
      before: { name: "a", when: { all: [1, 2] } },
      after: { name: "b", when: { all: [2, 1] } },
    });
  });

  it("is null when nothing differs but the order of members or undefined from null", () => {
    const before = { when: { a: 1, b: { c: 2, d: 3 } }, note: null };
    const after = { note: undefined, when: { b: { d: 3, c: 2 }, a: 1 } };
    expect(differenceOf<object>(before, after)).toBeNull();
  });
});
