import { describe, expect, it } from "vitest";
import type { Rule } from "../../../src/features/flags/flag.js";
import { summarizeRule } from "../../../src/features/flags/rule-summary.js";

const everyone: Rule = {
  id: "r1",
  name: null,
  when: null,
  gate: null,
  serve: { variant: "on" },
  startsAt: null,
  endsAt: null,
};

const paying: Rule["when"] = {
  all: [
    { attribute: "country", operator: "IN", values: ["DE", "FR"] },
    { attribute: "plan", operator: "NOT_EQUALS", values: ["free"] },
  ],
};

describe("the sentence of a rule", () => {
  it.each<[string, Partial<Rule>]>([
    ["everyone → on", {}],
    ["country is DE or FR, and plan is not free → on", { when: paying }],
    [
      "country is DE or FR, and plan is not free → 25 % get on",
      { when: paying, gate: { percent: 25, bucketBy: null, seed: null } },
    ],
    [
      "everyone → 0.5 % by company or targetingKey get on",
      { gate: { percent: 0.5, bucketBy: ["company", "targetingKey"], seed: null } },
    ],
    ["everyone, from 2026-12-01 09:00 UTC → on", { startsAt: "2026-12-01T09:00:00Z" }],
    [
      "everyone, from 2026-12-01 09:00 UTC until 2026-12-24 00:00 UTC → on",
      { startsAt: "2026-12-01T09:00:00Z", endsAt: "2026-12-24T00:00:00Z" },
    ],
    [
      "everyone → 30 % get red, 50 % get blue, 20 % get nothing here",
      {
        serve: {
          split: [
            { variant: "red", weight: 20_000 },
            { variant: "blue", weight: 50_000 },
            { variant: "red", weight: 10_000 },
            { variant: null, weight: 20_000 },
          ],
          bucketBy: null,
          seed: null,
        },
      },
    ],
    [
      "everyone → of 10 %, 100 % get red by company",
      {
        gate: { percent: 10, bucketBy: null, seed: null },
        serve: { split: [{ variant: "red", weight: 100_000 }], bucketBy: ["company"], seed: null },
      },
    ],
  ])("reads: %s", (sentence, changed) => {
    expect(summarizeRule({ ...everyone, ...changed })).toBe(sentence);
  });
});
