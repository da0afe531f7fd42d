/** Definitions checked when they are written: the path and the words of each mistake. */
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import {
  checkCondition,
  checkFlag,
  checkSegment,
  checkServe,
  compile,
  evaluate,
  type Rule,
} from "../../src/evaluation/index.js";
import { booleanFlag, FLAGS, NOW, ruleset, rulesetOf } from "./arbitraries.js";

describe("checkCondition", () => {
  it.each<[unknown, string, string]>([
    [null, "when", "must be an object, got null"],
    [
      {},
      "when",
      "must have exactly one of all, any, not, segment, flag, bucket, attribute, got none of them",
    ],
    [
      { all: [], segment: "s" },
      "when",
      "must have exactly one of all, any, not, segment, flag, bucket, attribute, got all and segment",
    ],
    [{ all: [{ any: [] }, { not: 5 }] }, "when.all[1].not", "must be an object, got 5"],
    [{ segment: 7 }, "when.segment", "must be a string, got 7"],
    [{ flag: "f", variants: ["a", 2] }, "when.variants[1]", "must be a string, got 2"],
    [{ attribute: "", operator: "EXISTS" }, "when.attribute", 'must be an attribute path, got ""'],
    [{ attribute: "a", operator: "LIKE", values: [] }, "when.operator", 'must be an operator, got "LIKE"'],
    [{ attribute: "a", operator: "IN" }, "when.values", "must be a list, got nothing"],
    [
      { attribute: "a", operator: "EXISTS", values: [1] },
      "when.values",
      "must be empty for this operator, got a list of 1",
    ],
    [
      { attribute: "a", operator: "IN", values: ["x", null] },
      "when.values[1]",
      "must be a string, a number or a boolean, got null",
    ],
    [
      { attribute: "a", operator: "IN", values: [{}] },
      "when.values[0]",
      "must be a string, a number or a boolean, got an object",
    ],
    [
      { attribute: "a", operator: "GT", values: ["ten"] },
      "when.values[0]",
      'must be a number or a decimal string, got "ten"',
    ],
    [
      { attribute: "a", operator: "BEFORE", values: ["2026-02-30"] },
      "when.values[0]",
      'must be an RFC 3339 date-time, a date (YYYY-MM-DD) or epoch milliseconds, got "2026-02-30"',
    ],
    [
      { attribute: "a", operator: "SEMVER_GT", values: ["x"] },
      "when.values[0]",
      'must be a semantic version such as 2.1.0, got "x"',
    ],
    [
      { attribute: "a", operator: "IN_CIDR", values: ["10.0.0.0/33"] },
      "when.values[0]",
      'must be an IP network such as 10.0.0.0/8 or 2001:db8::/32, or an IP address, got "10.0.0.0/33"',
    ],
    [
      { attribute: "a", operator: "MATCHES", values: ["(?=x)"] },
      "when.values[0]",
      'must be a regular expression without look-around, which RE2 syntax does not have, got "(?=x)"',
    ],
    [
      { attribute: "a", operator: "MATCHES", values: ["(?<!x)y"] },
      "when.values[0]",
      'must be a regular expression without look-around, which RE2 syntax does not have, got "(?<!x)y"',
    ],
    [
      { attribute: "a", operator: "MATCHES", values: ["(a)\\1"] },
      "when.values[0]",
      'must be a regular expression without back-references, which RE2 syntax does not have, got "(a)\\\\1"',
    ],
    [
      { attribute: "a", operator: "MATCHES", values: ["("] },
      "when.values[0]",
      'must be a regular expression in RE2 syntax (error parsing regexp: missing closing ): `(`), got "("',
    ],
    [
      { attribute: "a", operator: "MATCHES", values: ["x".repeat(257)] },
      "when.values[0]",
      `must be a regular expression in RE2 syntax of at most 256 characters, got "${"x".repeat(80)}…"`,
    ],
    [{ bucket: {}, from: 0, to: 1 }, "when.bucket.seed", "must be a string, got nothing"],
    [
      { bucket: { seed: "s", by: [] }, from: 0, to: 1 },
      "when.bucket.by",
      "must be a list of attribute paths, got a list of 0",
    ],
    [
      { bucket: { seed: "s", by: ["request.time"] }, from: 0, to: 1 },
      "when.bucket.by[0]",
      'must be an attribute other than the clock, got "request.time"',
    ],
    [
      { bucket: { seed: "s", algorithm: "MD5" }, from: 0, to: 1 },
      "when.bucket.algorithm",
      'must be one of MURMUR3, got "MD5"',
    ],
    [{ bucket: { seed: "s" }, from: 5, to: 4 }, "when.from", "must be a whole number from 0 to 4, got 5"],
    [
      { bucket: { seed: "s" }, from: 0, to: 100_001 },
      "when.to",
      "must be a whole number from 0 to 100000, got 100001",
    ],
  ])("%j", (condition, path, message) => {
    expect(checkCondition(condition, "when")).toEqual([{ path, message }]);
  });

  it("names every mistake", () => {
    const condition = { any: [{ attribute: "a", operator: "LT", values: ["x", 1, "y"] }, { segment: null }] };
    expect(checkCondition(condition, "input.when").map(({ path }) => path)).toEqual([
      "input.when.any[0].values[0]",
      "input.when.any[0].values[2]",
      "input.when.any[1]",
    ]);
  });

  it("refuses what nests too deep, without falling over", () => {
    let condition: unknown = { all: [] };
    for (let i = 0; i < 200_000; i++) condition = { not: condition };
    const [problem, ...more] = checkCondition(condition, "when");
    expect(problem?.message).toBe("must not nest deeper than 64 levels");
    expect(more).toEqual([]);
  });
});

describe("checkServe", () => {
  const allowed = { variants: ["on", "off"], holes: true };

  it.each<[unknown, string, string]>([
    [{}, "serve", "must have either variant or split, got neither"],
    [{ variant: "on", split: [] }, "serve", "must have either variant or split, got both"],
    [{ variant: "red" }, "serve.variant", 'must be a variant of this flag, got "red"'],
    [{ split: [] }, "serve.split", "must be a list of at least one slot, got a list of 0"],
    [
      { split: [{ variant: "on", weight: 0 }] },
      "serve.split[0].weight",
      "must be a whole number from 1 to 2147483647, got 0",
    ],
    [
      { split: [{ variant: "red", weight: 1 }] },
      "serve.split[0].variant",
      'must be a variant of this flag, got "red"',
    ],
    [
      {
        split: [
          { variant: "on", weight: 2147483647 },
          { variant: null, weight: 1 },
        ],
      },
      "serve.split",
      "must have weights that sum to at most 2147483647, got 2147483648",
    ],
  ])("%j", (serve, path, message) => {
    expect(checkServe(serve, "serve", allowed)).toEqual([{ path, message }]);
  });

  it("allows holes where they are allowed", () => {
    const serve = { split: [{ variant: null, weight: 1 }] };
    expect(checkServe(serve, "serve", allowed)).toEqual([]);
    expect(checkServe(serve, "serve", { ...allowed, holes: false })).toEqual([
      { path: "serve.split[0].variant", message: "must be a variant of this flag, got null" },
    ]);
  });
});

describe("checkFlag and checkSegment", () => {
  it("name the mistake", () => {
    const rules: Rule[] = [
      {
        id: "r",
        when: { all: [{ any: [] }, { attribute: "a", operator: "GT", values: ["x"] }] },
        serve: { variant: "on" },
      },
    ];
    expect(checkFlag(booleanFlag("f", { rules })).map(({ path }) => path)).toEqual([
      "rules[0].when.all[1].values[0]",
    ]);
    expect(checkFlag("flag")[0]).toEqual({ path: "", message: 'must be an object, got "flag"' });
    expect(checkSegment({ key: "s", included: ["a", 5], when: {} }).map(({ path }) => path)).toEqual([
      "included[1]",
      "when",
    ]);
  });

  it("pass everything that evaluation can read, and nothing else", () => {
    fc.assert(
      fc.property(ruleset, fc.anything(), fc.constantFrom(...FLAGS), (rules, rubbish, key) => {
        for (const flag of rules.flags) expect(checkFlag(flag)).toEqual([]);
        for (const segment of rules.segments) expect(checkSegment(segment)).toEqual([]);
        const flag = { ...booleanFlag(key), fallthrough: rubbish as never };
        const { errorCode } = evaluate(compile(rulesetOf([flag])), key, {}, NOW);
        expect(checkFlag(flag).length > 0).toBe(errorCode === "PARSE_ERROR");
      }),
      { numRuns: 300 },
    );
  });
});
