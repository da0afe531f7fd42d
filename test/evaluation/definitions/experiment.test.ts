/** What measures a rule: who carries it, that it is shared, and what is wrong with it in words. */
import { describe, expect, it } from "vitest";
import {
  checkFlag,
  compile,
  evaluate,
  evaluateAll,
  type Experiment,
  mentionedAttributes,
  type Rule,
  type Serve,
} from "../../../src/evaluation/index.js";
import { booleanFlag, NOW, rulesetOf } from "../arbitraries.js";

const half: Serve = {
  split: [
    { variant: "on", weight: 50_000 },
    { variant: "off", weight: 50_000 },
  ],
  bucketing: { by: ["targetingKey"], seed: "e1" },
};
const measured: Experiment = { id: "e1", epoch: 2, slices: ["plan", "request.country"] };

function flagOf(rule: Partial<Rule>) {
  return booleanFlag("f", { rules: [{ id: "r", serve: half, experiment: measured, ...rule }] });
}

describe("an answer by the split of a measured rule", () => {
  const snapshot = compile(rulesetOf([flagOf({}), booleanFlag("plain")]));

  it("carries one frozen object, whoever asks", () => {
    const [first, second] = ["alice", "bob"].map(
      (targetingKey) => evaluate(snapshot, "f", { targetingKey }, NOW).experiment,
    );
    expect(first).toEqual({ ...measured, by: "targetingKey" });
    expect(second).toBe(first);
    expect(Object.isFrozen(first)).toBe(true);
    expect(Object.isFrozen(first?.slices)).toBe(true);
  });

  it("has the same members in the same order as every other answer", () => {
    const off = booleanFlag("off", { enabled: false });
    const needy = booleanFlag("needy", { prerequisites: [{ flagKey: "off", variants: ["on"] }] });
    const broken = { ...booleanFlag("broken"), variants: [] };
    const all = compile(rulesetOf([flagOf({}), booleanFlag("plain"), off, needy, broken]));
    const keys = ["f", "plain", "off", "needy", "broken", "nowhere"];
    const shapes = evaluateAll(all, { targetingKey: "alice" }, NOW, keys).map((answer) =>
      Object.keys(answer).join(),
    );
    expect(new Set(shapes).size).toBe(1);
    expect(shapes[0]).toMatch(/,bucket,experiment$/);
  });

  it("lets the server know which attributes it is to derive for slices", () => {
    expect([...mentionedAttributes(snapshot)]).toEqual(["request.country"]);
  });
});

describe("what is no experiment", () => {
  it.each<[unknown, string, string]>([
    ["e1", "experiment", 'must be an object, got "e1"'],
    [{ epoch: 1 }, "experiment.id", "must be a text that is not empty, got nothing"],
    [{ id: "", epoch: 1 }, "experiment.id", 'must be a text that is not empty, got ""'],
    [{ id: "e1", epoch: 0 }, "experiment.epoch", "must be a whole number from 1 to 9007199254740991, got 0"],
    [{ id: "e1", epoch: 1, slices: "plan" }, "experiment.slices", 'must be a list, got "plan"'],
    [{ id: "e1", epoch: 1, slices: [""] }, "experiment.slices[0]", 'must be an attribute path, got ""'],
  ])("%j", (experiment, path, message) => {
    const problems = checkFlag(flagOf({ experiment: experiment as Experiment }));
    expect(problems).toEqual([{ path: `rules[0].${path}`, message }]);
  });

  it("one variant for everyone, or a split by several attributes", () => {
    expect(checkFlag(flagOf({ serve: { variant: "on" } }))).toEqual([
      { path: "rules[0].serve", message: "must be a split, for the experiment, got one variant" },
    ]);
    const serve = { ...half, bucketing: { by: ["company", "targetingKey"] } };
    expect(checkFlag(flagOf({ serve }))).toEqual([
      {
        path: "rules[0].serve.bucketing.by",
        message: "must be one attribute path, for the experiment, got a list of 2",
      },
    ]);
  });

  it("is told once where the split itself is wrong", () => {
    expect(checkFlag(flagOf({ serve: { split: [] } }))).toHaveLength(1);
  });
});
