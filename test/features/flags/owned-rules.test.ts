/** What nobody but the owner may do to a rule, and how copies go round it. */
import { describe, expect, it } from "vitest";
import type { Rule, RuleOwner } from "../../../src/features/flags/flag.js";
import {
  guardOwnedRules,
  isOwnedBy,
  ownedRules,
  withOwnedOf,
  withoutOwned,
  writeOwner,
} from "../../../src/features/flags/owned-rules.js";
import { experiment, measured, rollout } from "./owned-fixture.js";

const owned: Rule = { ...measured, id: "x", owner: experiment };
const other: Rule = { ...measured, id: "y", owner: rollout };
const plain = (id: string): Rule => ({ ...measured, id, serve: { variant: "on" } });
const rulesOf = (...rules: readonly (string | Rule)[]): Rule[] =>
  rules.map((rule) => (typeof rule === "string" ? plain(rule) : rule));
const idsOf = (rules: readonly Rule[]): string => rules.map(({ id }) => id).join("");

function attempt(before: readonly Rule[], after: readonly Rule[], by?: RuleOwner): string {
  const settings = { flag: "till", environment: "staging" };
  try {
    guardOwnedRules({ ...settings, rules: before }, { ...settings, rules: after }, by);
    return "passes";
  } catch (error) {
    return error instanceof Error ? error.message : "?";
  }
}

const mine = 'Rule "x" of flag "till" in staging belongs to experiment "new-price"';
const fixed = `${mine}: nothing else changes it.`;
const moved = `${mine}: other rules are not moved past it.`;

describe("a change of rules around an owned one", () => {
  const before = rulesOf("a", "b", owned, "c", "d");

  it.each<[string, Rule[]]>([
    ["nothing", rulesOf("a", "b", owned, "c", "d")],
    ["a new rule in front and one behind", rulesOf("new", "a", "b", owned, "last", "c", "d")],
    ["another order on either side", rulesOf("b", "a", owned, "d", "c")],
    ["rules that go", rulesOf(owned)],
    ["another rule that is other than it was", rulesOf("a", { ...plain("b"), name: "B" }, owned, "c", "d")],
  ])("passes with %s", (_what, after) => {
    expect(attempt(before, after)).toBe("passes");
  });

  it.each<[string, Rule[], string]>([
    ["without it", rulesOf("a", "b", "c", "d"), fixed],
    ["with another name", rulesOf("a", "b", { ...owned, name: "mine" }, "c", "d"), fixed],
    ["without its owner", rulesOf("a", "b", measuredBy(null), "c", "d"), fixed],
    ["with another owner", rulesOf("a", "b", measuredBy(rollout), "c", "d"), fixed],
    ["with it twice", rulesOf("a", "b", owned, owned, "c", "d"), fixed],
    ["with one moved behind it", rulesOf("a", owned, "b", "c", "d"), moved],
    ["with one moved before it", rulesOf("a", "b", "d", owned, "c"), moved],
    ["with it first", rulesOf(owned, "a", "b", "c", "d"), moved],
  ])("is refused %s", (_what, after, message) => {
    expect(attempt(before, after)).toBe(message);
  });

  it("is refused where it makes an owner of its own", () => {
    expect(attempt(rulesOf("a"), rulesOf(owned, "a"))).toBe(`${mine}: nothing else adds it.`);
  });

  it("lets the owner do as it likes with its own rule, whatever the epoch, and with no other", () => {
    const next = { ...experiment, epoch: 2 };
    expect(attempt(before, rulesOf(measuredBy(next), "a", "b", "c", "d"), next)).toBe("passes");
    expect(attempt(before, rulesOf("a", "b", "c", "d"), next)).toBe("passes");
    expect(attempt(before, rulesOf("a", "b", "c", "d"), rollout)).toBe(fixed);
    const both = rulesOf(owned, other);
    expect(attempt(both, rulesOf(other, owned), experiment)).toBe(
      'Rule "y" of flag "till" in staging belongs to guarded rollout "new-till": other rules are not moved past it.',
    );
  });

  it("passes unread where the rules stay what they are, whatever they are", () => {
    const broken = "no list" as unknown as Rule[];
    expect(attempt(broken, broken)).toBe("passes");
  });
});

function measuredBy(owner: RuleOwner | null): Rule {
  return { ...owned, owner };
}

describe("copied rules", () => {
  it("leave what is owned where it came from, and go round what is owned where they come to", () => {
    const copied = withoutOwned(rulesOf("a", other, "b", "c"));
    expect(idsOf(copied)).toBe("abc");
    expect(idsOf(withOwnedOf(copied, rulesOf(owned, "a")))).toBe("xabc");
    expect(idsOf(withOwnedOf(copied, rulesOf("a", "gone", owned, other, "c")))).toBe("axybc");
    expect(idsOf(withOwnedOf(copied, rulesOf("z", owned)))).toBe("xabc");
  });
});

describe("an owner", () => {
  it("is known by kind and id, and named by kind and key", () => {
    expect(isOwnedBy({}, experiment)).toBe(false);
    expect(isOwnedBy({ owner: null }, experiment)).toBe(false);
    expect(isOwnedBy(owned, { ...experiment, kind: "ROLLOUT" })).toBe(false);
    expect([writeOwner(experiment), writeOwner(rollout)]).toEqual([
      "experiment:new-price",
      "rollout:new-till",
    ]);
  });

  it("that cannot be read makes the rule one that cannot be read", () => {
    for (const owner of [5, [], {}, { ...experiment, kind: "PERSON" }, { ...experiment, slices: null }]) {
      expect(ownedRules({ rules: [{ ...owned, owner: owner as never }] })).toEqual([]);
    }
    expect(ownedRules({ rules: [owned] })).toEqual([{ rule: owned, owner: experiment }]);
  });
});
