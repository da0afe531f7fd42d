/** Flags and segments that depend on one another: deep, wide and in circles. */
import { describe, expect, it } from "vitest";
import {
  compile,
  type Condition,
  evaluate,
  evaluateAll,
  explain,
  type Flag,
  type Segment,
} from "../../src/evaluation/index.js";
import { booleanFlag, NOW, rulesetOf } from "./arbitraries.js";

const ALICE = { targetingKey: "alice" };
const DEPTH = 10_000;

const rule = (when: Condition): Partial<Flag> => ({
  rules: [{ id: "r", when, serve: { variant: "on" } }],
  fallthrough: { variant: "off" },
});

/** A chain in which each flag needs the next; the last is as given. */
function chain(length: number, needs: (next: string) => Partial<Flag>, last: Flag): Flag[] {
  return [
    ...Array.from({ length }, (_, i) => booleanFlag(`f${i}`, needs(`f${i + 1}`))),
    { ...last, key: `f${length}` },
  ];
}

const byPrerequisite = (flagKey: string): Partial<Flag> => ({
  prerequisites: [{ flagKey, variants: ["on"] }],
});
const byCondition = (flag: string): Partial<Flag> => rule({ flag, variants: ["on"] });
const byNestedCondition = (flag: string): Partial<Flag> =>
  rule({ all: [{ not: { any: [{ not: { flag, variants: ["on"] } }] } }] });

describe("depth", () => {
  it.each([
    ["prerequisites", byPrerequisite, "DEFAULT"],
    ["conditions", byCondition, "TARGETING_MATCH"],
    ["nested conditions", byNestedCondition, "TARGETING_MATCH"],
  ])("%s ten thousand deep", (_, needs, reason) => {
    const snapshot = compile(rulesetOf(chain(DEPTH, needs, booleanFlag(""))));
    expect(evaluate(snapshot, "f0", ALICE, NOW)).toMatchObject({ value: true, reason });
    expect(evaluate(snapshot, "f7000", ALICE, NOW)).toMatchObject({ value: true, reason });
    const { evaluation, steps } = explain(snapshot, "f0", ALICE, NOW);
    expect(evaluation).toMatchObject({ value: true, reason });
    expect(steps.filter(({ flagKey, decided }) => flagKey === "f0" && decided)).toHaveLength(1);
    expect(steps.find(({ flagKey }) => flagKey === "f0")).not.toHaveProperty("ruleId");
    const all = evaluateAll(snapshot, ALICE, NOW);
    expect(all).toHaveLength(DEPTH + 1);
    expect(all.every(({ value }) => value === true)).toBe(true);
  });

  it("fails from the bottom up", () => {
    const snapshot = compile(rulesetOf(chain(DEPTH, byPrerequisite, booleanFlag("", { enabled: false }))));
    expect(evaluate(snapshot, "f0", ALICE, NOW)).toMatchObject({
      value: false,
      reason: "PREREQUISITE_FAILED",
    });
  });

  it("segments ten thousand deep", () => {
    const segments: Segment[] = Array.from({ length: DEPTH }, (_, i) => ({
      key: `s${i}`,
      when: { segment: `s${i + 1}` },
    }));
    const flags = [booleanFlag("f", rule({ segment: "s0" }))];
    const whole = compile(rulesetOf(flags, [...segments, { key: `s${DEPTH}`, included: ["alice"] }]));
    expect(evaluate(whole, "f", ALICE, NOW)).toMatchObject({ value: true, reason: "TARGETING_MATCH" });
    expect(evaluate(whole, "f", { targetingKey: "bob" }, NOW)).toMatchObject({
      value: false,
      reason: "DEFAULT",
    });
    const broken = compile(rulesetOf(flags, segments));
    expect(evaluate(broken, "f", ALICE, NOW)).toMatchObject({ errorCode: "PARSE_ERROR" });
    expect(explain(broken, "f", ALICE, NOW).evaluation).toMatchObject({ errorCode: "PARSE_ERROR" });
  });

  it("decides what is needed many times once only", () => {
    const twice = (next: string): Partial<Flag> =>
      rule({ all: [{ flag: next, variants: ["on"] }, { not: { flag: next, variants: ["off"] } }] });
    const snapshot = compile(rulesetOf(chain(1_000, twice, booleanFlag(""))));
    expect(evaluate(snapshot, "f0", ALICE, NOW)).toMatchObject({ value: true });
    const segments: Segment[] = Array.from({ length: 1_000 }, (_, i) => ({
      key: `s${i}`,
      when: { all: [{ segment: `s${i + 1}` }, { segment: `s${i + 1}` }] },
    }));
    const nested = rulesetOf(
      [booleanFlag("f", rule({ segment: "s0" }))],
      [...segments, { key: "s1000", included: ["alice"] }],
    );
    expect(evaluate(compile(nested), "f", ALICE, NOW)).toMatchObject({ value: true });
  });
});

describe("circles", () => {
  it.each([1, 2, 3, 60, 300])("of %d flags are errors, however they are entered", (length) => {
    const flags = chain(length, byPrerequisite, booleanFlag("", byPrerequisite("f0")));
    const snapshot = compile(
      rulesetOf([...flags, booleanFlag("outside", byCondition("f0")), booleanFlag("sound")]),
    );
    for (const key of ["f0", `f${length}`, `f${Math.floor(length / 2)}`, "outside"]) {
      const answer = evaluate(snapshot, key, ALICE, NOW);
      expect(answer).toMatchObject({ value: undefined, reason: "ERROR", errorCode: "GENERAL" });
      expect(explain(snapshot, key, ALICE, NOW).evaluation).toEqual(answer);
    }
    const all = evaluateAll(snapshot, ALICE, NOW);
    expect(all.filter(({ errorCode }) => errorCode === "GENERAL")).toHaveLength(length + 2);
    expect(all.find(({ key }) => key === "sound")).toMatchObject({ value: true });
  });

  it("of segments are errors", () => {
    const segments: Segment[] = Array.from({ length: 500 }, (_, i) => ({
      key: `s${i}`,
      when: { segment: `s${(i + 1) % 500}` },
    }));
    const snapshot = compile(rulesetOf([booleanFlag("f", rule({ segment: "s0" }))], segments));
    expect(evaluate(snapshot, "f", ALICE, NOW)).toMatchObject({ errorCode: "GENERAL" });
  });
});
