import { expect, it } from "vitest";
import { analyse } from "../../../../src/features/experiments/analysis/analyse.js";
import { toCsv, toJson } from "../../../../src/features/experiments/analysis/export.js";
import { inputOf } from "./analysis-fixture.js";

const results = analyse(inputOf([100, 1_000], [121, 1_000]));

it("is a table of metrics and variants, each line as long as the first", () => {
  const lines = toCsv(results).split("\r\n");
  expect(lines).toHaveLength(4);
  expect(lines.at(-1)).toBe("");
  const [names = [], control = [], treatment = []] = lines.map((line) => line.split(","));
  expect([control.length, treatment.length]).toEqual([names.length, names.length]);
  const cell = (row: readonly string[], name: string) => row[names.indexOf(name)];
  expect(["metric", "variant", "is_control", "units"].map((name) => cell(control, name))).toEqual([
    "purchases",
    "green",
    "true",
    "1000",
  ]);
  expect(["difference", "anytime_p_value", "effect"].map((name) => cell(control, name))).toEqual([
    "",
    "",
    "",
  ]);
  const [comparison] = results.metrics[0]?.comparisons ?? [];
  expect(Number(cell(treatment, "lift"))).toBe(comparison?.lift);
  expect(Number(cell(treatment, "fixed_horizon_difference_lower"))).toBe(
    comparison?.fixedHorizon.difference.lower,
  );
  expect(cell(treatment, "group_sequential_p_value")).toBe("");
  expect([names.at(-1), control.at(-1), treatment.at(-1)]).toEqual(["level", "0.95", "0.95"]);
});

it("quotes what would break a line", () => {
  const [metric] = results.metrics;
  if (metric === undefined) throw new Error("There is no metric.");
  const csv = toCsv({ ...results, metrics: [{ ...metric, metric: 'a "b", c' }] });
  expect(csv.split("\r\n")[1]).toMatch(/^"a ""b"", c",PRIMARY,/);
});

it("is JSON that reads back as it was", () => {
  expect(JSON.parse(toJson(results))).toEqual({ ...results, at: results.at.toISOString() });
});
