/** How large a pattern is once its repetitions are written out, and that it is refused before that is done. */
import { describe, expect, it } from "vitest";
import { compilePattern, patternParts } from "../../../src/evaluation/operators/pattern.js";

describe("patternParts", () => {
  it.each([
    ["abc", 3],
    ["a{1000}", 1_000],
    ["a{2,5}b{3,}c{0}", 9],
    ["a*b+c?", 3],
    [String.raw`\d{4}-\d{2}`, 7],
    [String.raw`\pL{5}\p{Greek}{5}\x{10FFFF}{2}`, 12],
    ["[]{1000}]", 1],
    ["[[:alpha:]]{10}", 10],
    [String.raw`[\]]{3}`, 3],
    ["(ab){10}", 30],
    ["(?P<name>x){100}", 200],
    ["(?:(?:a{100}){10}){1000}", 1_011_000],
    [String.raw`\Q(a{9}\E{2}`, 18],
    ["((a", 3],
  ])("of %s are %d", (pattern, parts) => {
    expect(patternParts(pattern)).toBe(parts);
  });

  it.each(["[", String.raw`\Q`, "[[:", "(?P<", "a{", String.raw`\p{a`])(
    "of %s over and over are counted at once",
    (part) => {
      const start = performance.now();
      for (const length of [1_000, 100_000]) patternParts(part.repeat(length).slice(0, length));
      expect(performance.now() - start).toBeLessThan(200);
    },
  );
});

describe("compilePattern", () => {
  it("takes patterns of a thousand parts and no more", () => {
    expect(compilePattern("^a{999}").test("a".repeat(999))).toBe(true);
    expect(() => compilePattern("^(?:a{999})b")).toThrow(
      "its repetitions written out, it may have 1000 parts, got 1002",
    );
    expect(() => compilePattern("(")).toThrow("missing closing");
  });
});
