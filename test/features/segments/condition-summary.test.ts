import { describe, expect, it } from "vitest";
import { type Condition, ConditionOperator } from "../../../src/evaluation/index.js";
import { summarizeCondition, summarizeMoment } from "../../../src/features/segments/condition-summary.js";

const country: Condition = { attribute: "country", operator: "IN", values: ["DE", "FR"] };
const plan: Condition = { attribute: "plan", operator: "NOT_EQUALS", values: ["free"] };
const staff: Condition = { segment: "staff" };

describe("summarizeCondition", () => {
  it.each<[string, Condition]>([
    ["country is DE or FR, and plan is not free", { all: [country, plan] }],
    ["country is DE or FR, or in segment staff", { any: [country, staff] }],
    [
      "in segment staff, and (country is DE or FR, or plan is not free)",
      { all: [staff, { any: [country, plan] }] },
    ],
    ["in segment staff, and country is DE or FR", { all: [staff, { any: [country] }] }],
    ["not (country is DE or FR, and plan is not free)", { not: { all: [country, plan] } }],
    ["not (not (in segment staff))", { not: { not: staff } }],
    ["everyone", { all: [] }],
    ["nobody", { any: [] }],
    ["email ends with @example.com", { attribute: "email", operator: "ENDS_WITH", values: ["@example.com"] }],
    ["flag payments serves v2 or v3", { flag: "payments", variants: ["v2", "v3"] }],
    ["in 0–25 % by targetingKey", { bucket: { seed: "s" }, from: 0, to: 25_000, of: 100_000 }],
    [
      "in 12.5–33.333 % by account or targetingKey",
      { bucket: { seed: "s", by: ["account", "targetingKey"] }, from: 12_500, to: 33_333 },
    ],
    [
      "before 2026-12-01 09:00 UTC",
      { attribute: "request.time", operator: "BEFORE", values: ["2026-12-01T10:00:00+01:00"] },
    ],
    ["after 2026-12-01 00:00 UTC", { attribute: "request.time", operator: "AFTER", values: ["2026-12-01"] }],
    [
      "born is before 2000-01-01 00:00:30 UTC",
      { attribute: "born", operator: "BEFORE", values: ["2000-01-01T00:00:30Z"] },
    ],
    ["beta exists", { attribute: "beta", operator: "EXISTS" }],
    ["age is at least 18", { attribute: "age", operator: "GTE", values: [18] }],
    ["paid is true or “true”", { attribute: "paid", operator: "IN", values: [true, "true"] }],
    ["count is 5 or “5”", { attribute: "count", operator: "IN", values: [5, "5"] }],
    ["name contains “Ada L” or “”", { attribute: "name", operator: "CONTAINS", values: ["Ada L", ""] }],
    ["plan is pro in any case", { attribute: "plan", operator: "EQUALS", values: ["pro"], ignoreCase: true }],
    [
      "country is A, B, C, D, E or 2 more",
      { attribute: "country", operator: "IN", values: ["A", "B", "C", "D", "E", "F", "G"] },
    ],
    [
      "country is A, B, C, D, E or F",
      { attribute: "country", operator: "IN", values: ["A", "B", "C", "D", "E", "F"] },
    ],
    [`id is ${"x".repeat(59)}…`, { attribute: "id", operator: "EQUALS", values: ["x".repeat(100)] }],
  ])("%s", (sentence, condition) => {
    expect(summarizeCondition(condition)).toBe(sentence);
  });

  it("has words for every operator", () => {
    for (const operator of Object.values(ConditionOperator)) {
      expect(summarizeCondition({ attribute: "it", operator, values: ["1.2"] })).toMatch(/^it [a-z]/);
    }
  });
});

describe("summarizeMoment", () => {
  it("shows no more digits than there are", () => {
    expect(summarizeMoment("2026-12-01T09:00:00Z")).toBe("2026-12-01 09:00 UTC");
    expect(summarizeMoment("2026-12-01T09:00:05Z")).toBe("2026-12-01 09:00:05 UTC");
    expect(summarizeMoment("2026-12-01T09:00:00.250Z")).toBe("2026-12-01 09:00:00.250 UTC");
    expect(summarizeMoment(0)).toBe("1970-01-01 00:00 UTC");
  });
});
