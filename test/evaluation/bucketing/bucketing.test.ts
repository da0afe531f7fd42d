/** The value that a split hashes, for those who must name the same unit. */
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { bucketingValue, compile, explain } from "../../../src/evaluation/index.js";
import { booleanFlag, context, NOW, rulesetOf } from "../arbitraries.js";

describe("bucketingValue", () => {
  it.each<[unknown, string | undefined]>([
    ["alice", "alice"],
    ["", ""],
    [42, "42"],
    [-0, "0"],
    [1e21, "1e+21"],
    [0.1, "0.1"],
    [true, "true"],
    [false, "false"],
    [NaN, undefined],
    [null, undefined],
    [undefined, undefined],
    [["alice"], undefined],
    [{}, undefined],
  ])("spells %j as %j", (value, spelled) => {
    expect(bucketingValue({ attributes: { company: { id: value } } }, "company.id")).toBe(spelled);
  });

  it("finds the targeting key, and no clock", () => {
    const asked = { targetingKey: "alice", attributes: { targetingKey: "bob" } };
    expect(bucketingValue(asked, "targetingKey")).toBe("alice");
    expect(bucketingValue({}, "targetingKey")).toBeUndefined();
    expect(bucketingValue(asked, "request.time")).toBeUndefined();
  });

  it("is what the split hashed", () => {
    const path = fc.constantFrom("targetingKey", "country", "app.version", "user.id", "request.ip");
    fc.assert(
      fc.property(context, path, (asked, by) => {
        const fallthrough = { split: [{ variant: "on", weight: 9 }], bucketing: { by: [by], seed: "s" } };
        const { steps } = explain(compile(rulesetOf([booleanFlag("f", { fallthrough })])), "f", asked, NOW);
        const hashed = steps.find(({ kind }) => kind === "SPLIT")?.detail?.["input"];
        const value = bucketingValue(asked, by);
        expect(value === undefined ? undefined : `s:${value}`).toBe(hashed);
      }),
      { numRuns: 500 },
    );
  });
});
