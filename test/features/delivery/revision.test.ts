/** When two answers of one flag are the same to whoever holds the first. */
import { describe, expect, it } from "vitest";
import type { Resolution } from "../../../src/evaluation/index.js";
import { emptyDigest, looksSame, replaced } from "../../../src/features/delivery/revision.js";

const answer: Resolution = { key: "f", value: true, variant: "on", reason: "SPLIT", ruleId: "r" };
const taken = (epoch: number): Resolution => ({
  ...answer,
  experiment: { id: "e1", epoch, by: "targetingKey", slices: [] },
});

describe("an answer of another epoch", () => {
  it("looks the same and weighs the same", () => {
    for (const isPublic of [true, false]) {
      expect(looksSame(taken(1), taken(2), isPublic)).toBe(true);
      expect(looksSame(answer, taken(1), isPublic)).toBe(true);
      expect(replaced(emptyDigest, undefined, taken(1), isPublic)).toBe(
        replaced(emptyDigest, undefined, taken(2), isPublic),
      );
    }
  });

  it("does not look the same where another variant came with it", () => {
    expect(looksSame(taken(1), { ...taken(2), variant: "off", value: false }, true)).toBe(false);
  });
});
