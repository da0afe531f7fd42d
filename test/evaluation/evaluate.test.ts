/** The doors themselves: what they give, to whom, in which order, and how they tell it. */
import { describe, expect, it } from "vitest";
import {
  compile,
  type Condition,
  evaluate,
  evaluateAll,
  explain,
  type ExplanationStep,
} from "../../src/evaluation/index.js";
import { booleanFlag, NOW, rulesetOf } from "./arbitraries.js";

const ALICE = { targetingKey: "alice" };

describe("evaluateAll", () => {
  const snapshot = compile(
    rulesetOf([
      booleanFlag("b"),
      booleanFlag("a", { clientVisible: false }),
      booleanFlag("c", { prerequisites: [{ flagKey: "a", variants: ["on"] }] }),
      { ...booleanFlag("d"), clientVisible: "yes" as never },
    ]),
  );
  const keys = (answers: readonly { key: string }[]): string[] => answers.map(({ key }) => key);

  it("gives all flags in the order of their keys", () => {
    expect(keys(evaluateAll(snapshot, ALICE, NOW))).toEqual(["a", "b", "c", "d"]);
  });

  it("gives the flags named in the order asked, unknown ones too", () => {
    const answers = evaluateAll(snapshot, ALICE, NOW, ["c", "nowhere", "a", "c"]);
    expect(keys(answers)).toEqual(["c", "nowhere", "a", "c"]);
    expect(answers[1]).toMatchObject({ reason: "ERROR", errorCode: "FLAG_NOT_FOUND" });
    expect(evaluateAll(snapshot, ALICE, NOW, [])).toEqual([]);
  });

  it("shows clients what is theirs only, but lets the rest work", () => {
    const client = { clientOnly: true };
    const all = evaluateAll(snapshot, ALICE, NOW, undefined, client);
    expect(keys(all)).toEqual(["b", "c"]);
    expect(all[1]).toMatchObject({ value: true, reason: "DEFAULT" });
    expect(evaluateAll(snapshot, ALICE, NOW, ["a"], client)).toMatchObject([{ errorCode: "FLAG_NOT_FOUND" }]);
    expect(evaluate(snapshot, "a", ALICE, NOW, client)).toEqual(
      evaluate(snapshot, "nowhere", ALICE, NOW) && {
        ...evaluate(snapshot, "nowhere", ALICE, NOW),
        key: "a",
        errorMessage: 'There is no flag "a".',
      },
    );
    expect(explain(snapshot, "a", ALICE, NOW, client).evaluation).toMatchObject({
      errorCode: "FLAG_NOT_FOUND",
    });
    expect(evaluate(snapshot, "a", ALICE, NOW)).toMatchObject({ value: true });
  });
});

describe("an answer", () => {
  it("says which flag, version, type and rule it comes from", () => {
    const rules = [{ id: "r1", name: "everyone", serve: { variant: "on" } }];
    expect(evaluate(compile(rulesetOf([booleanFlag("f", { rules, version: 9 })])), "f", ALICE, NOW)).toEqual({
      key: "f",
      type: "BOOLEAN",
      value: true,
      variant: "on",
      reason: "TARGETING_MATCH",
      ruleId: "r1",
      ruleName: "everyone",
      flagVersion: 9,
    });
  });

  it("says what is wrong with a malformed flag", () => {
    const flag = booleanFlag("f", {
      rules: [
        { id: "r", when: { attribute: "a", operator: "GT", values: [1, "x"] }, serve: { variant: "on" } },
      ],
    });
    expect(evaluate(compile(rulesetOf([flag])), "f", ALICE, NOW).errorMessage).toBe(
      'Flag "f" is malformed: rules[0].when.values[1] must be a number or a decimal string, got "x".',
    );
  });
});

describe("many rules on one attribute", () => {
  const COUNTRIES = Array.from({ length: 300 }, (_, index) => `C${index}`);
  const byCountry = COUNTRIES.map((country) => ({
    attribute: "country",
    operator: "EQUALS" as const,
    values: [country],
  }));
  const answerOf = (conditions: readonly Condition[], country: unknown) => {
    const rules = conditions.map((when, index) => ({ id: `r${index}`, when, serve: { variant: "on" } }));
    const snapshot = compile(rulesetOf([booleanFlag("f", { rules })]));
    const context = { attributes: { country } };
    const answer = evaluate(snapshot, "f", context, NOW);
    expect(explain(snapshot, "f", context, NOW).evaluation).toEqual(answer);
    return answer;
  };

  it("decide as if walked one by one", () => {
    expect(answerOf(byCountry, "C250")).toMatchObject({ ruleId: "r250" });
    expect(answerOf(byCountry, "nowhere")).toMatchObject({ reason: "DEFAULT" });
    expect(answerOf(byCountry, ["x", "C7", "C5"])).toMatchObject({ ruleId: "r5" });
    expect(answerOf([...byCountry, { all: [] }], "nowhere")).toMatchObject({ ruleId: "r300" });
    expect(answerOf([{ any: [] }, { all: [] }, ...byCountry], "C3")).toMatchObject({ ruleId: "r1" });
  });

  it("skip nothing that would have failed", () => {
    const broken = byCountry.map((clause) => ({ all: [{ segment: "gone" }, clause] }));
    expect(answerOf(broken, "nowhere")).toMatchObject({ errorCode: "PARSE_ERROR" });
    const guarded = byCountry.map((clause) => ({ all: [clause, { segment: "gone" }] }));
    expect(answerOf(guarded, "nowhere")).toMatchObject({ reason: "DEFAULT" });
    expect(answerOf(guarded, "C9")).toMatchObject({ errorCode: "PARSE_ERROR" });
  });
});

describe("an explanation", () => {
  const told = ({ steps }: { steps: readonly ExplanationStep[] }): string[] =>
    steps.map(({ kind, flagKey, decided, message }) => `${flagKey} ${kind}${decided ? "!" : ""} ${message}`);

  const ruleset = rulesetOf(
    [
      booleanFlag("payments", { offVariant: null }),
      booleanFlag("checkout", {
        prerequisites: [{ flagKey: "payments", variants: ["on"] }],
        targets: [{ variant: "off", values: ["bob"] }],
        rules: [
          {
            id: "r1",
            name: "staff first",
            when: {
              all: [
                { attribute: "request.time", operator: "AFTER", values: ["2026-01-01"] },
                { segment: "staff" },
                { bucket: { seed: "checkout:r1" }, from: 0, to: 50_000 },
              ],
            },
            serve: { variant: "on" },
          },
          {
            id: "r2",
            when: { attribute: "country", operator: "IN", values: ["DE", "FR"] },
            serve: { variant: "on" },
          },
        ],
        fallthrough: {
          split: [
            { variant: "on", weight: 25_000 },
            { variant: "off", weight: 75_000 },
          ],
          bucketing: { seed: "new-checkout" },
        },
      }),
    ],
    [{ key: "staff", when: { attribute: "email", operator: "ENDS_WITH", values: ["@example.com"] } }],
  );
  const snapshot = compile(ruleset);

  it("tells a story that support can read", () => {
    const context = { targetingKey: "user-1", attributes: { email: "user-1@example.org", country: "US" } };
    expect(told(explain(snapshot, "checkout", context, NOW))).toEqual([
      "checkout LOOKUP Flag “checkout” exists.",
      "checkout ENABLED The flag is on.",
      "payments LOOKUP Flag “payments” exists.",
      "payments ENABLED The flag is on.",
      "payments FALLTHROUGH! Nothing else applied, so the flag serves “on”.",
      'checkout PREREQUISITE Prerequisite “payments” answered "on" (STATIC) where "on" is needed: satisfied.',
      'checkout TARGET targetingKey is "user-1", which is not among the 1 targeted to “off”.',
      'checkout WINDOW request.time is 2026-06-01T12:00:00.000Z, so “request.time is after "2026-01-01"” is true.',
      'checkout CONDITION email is "user-1@example.org", so “email ends with "@example.com"” is false.',
      'checkout SEGMENT "user-1" does not belong to segment “staff”: its condition is false.',
      'checkout CONDITION Rule “staff first” does not match. "user-1" does not belong to segment “staff”: its condition is false.',
      'checkout CONDITION country is "US", so “country is one of "DE", "FR"” is false.',
      'checkout CONDITION Rule “r2” does not match. country is "US", so “country is one of "DE", "FR"” is false.',
      "checkout SPLIT “new-checkout:user-1” falls into bucket 51929 of 100000; buckets 25000 to 99999 are “off”.",
      "checkout FALLTHROUGH! Nothing else applied, so the split serves “off”.",
    ]);
  });

  it("gives a reason only where there is one", () => {
    const rules = [
      { id: "nobody", when: { any: [] }, serve: { variant: "on" } },
      { id: "holed", serve: { split: [{ variant: null, weight: 1 }] } },
    ];
    const story = told(
      explain(compile(rulesetOf([booleanFlag("new-checkout", { rules })])), "new-checkout", ALICE, NOW),
    );
    expect(story.slice(2)).toEqual([
      "new-checkout CONDITION Rule “nobody” does not match.",
      "new-checkout SPLIT “new-checkout:alice” falls into bucket 0 of 1; buckets 0 to 0 are a hole.",
      "new-checkout CONDITION Rule “holed” holds but its split serves nothing here, so it does not match. “new-checkout:alice” falls into bucket 0 of 1; buckets 0 to 0 are a hole.",
      "new-checkout FALLTHROUGH! Nothing else applied, so the flag serves “on”.",
    ]);
  });

  it("names rule and segment, and gives the particulars", () => {
    const { steps } = explain(
      snapshot,
      "checkout",
      { targetingKey: "alice", attributes: { email: "a@example.com" } },
      NOW,
    );
    expect(steps.find(({ kind }) => kind === "GATE")).toMatchObject({
      ruleId: "r1",
      decided: false,
      detail: { by: ["targetingKey"], input: "checkout:r1:alice", from: 0, to: 50_000, of: 100_000 },
    });
    expect(
      steps.find(({ segmentKey, kind }) => segmentKey === "staff" && kind === "CONDITION"),
    ).toMatchObject({
      ruleId: "r1",
      detail: { attribute: "email", operator: "ENDS_WITH", actual: "a@example.com", result: true },
    });
    expect(steps.find(({ kind }) => kind === "LOOKUP")).not.toHaveProperty("ruleId");
  });

  it("tells why there is no answer", () => {
    const flags = [
      booleanFlag("lost", { rules: [{ id: "r", when: { segment: "gone" }, serve: { variant: "on" } }] }),
      booleanFlag("bad", { variants: [] }),
      booleanFlag("off", { enabled: false }),
      booleanFlag("needy", { prerequisites: [{ flagKey: "off", variants: ["off"] }] }),
      booleanFlag("split", { fallthrough: { split: [{ variant: "on", weight: 1 }] } }),
      booleanFlag("round", { prerequisites: [{ flagKey: "round", variants: ["on"] }] }),
    ];
    const broken = compile(rulesetOf(flags));
    const last = (key: string): string | undefined =>
      explain(broken, key, {}, NOW).steps.findLast(({ flagKey, decided }) => flagKey === key && decided)
        ?.message;
    expect(last("nowhere")).toBe("There is no such flag, or it is archived.");
    expect(last("lost")).toBe('There is no segment "gone".');
    expect(last("bad")).toBe(
      'Flag "bad" is malformed: offVariant must be a variant of this flag, got "off".',
    );
    expect(last("off")).toBe("The flag is off, so it serves “off”.");
    expect(last("needy")).toBe(
      'Prerequisite “off” answered "off" (DISABLED) where "off" is needed: failed, so the flag serves “off”.',
    );
    expect(last("split")).toBe(
      "The split needs targetingKey in the context, as a string, a number or a boolean.",
    );
    expect(last("round")).toBe("The definitions refer to each other in a circle.");
  });
});
