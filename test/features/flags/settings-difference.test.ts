import { describe, expect, it } from "vitest";
import type { Rule } from "../../../src/features/flags/flag.js";
import {
  revertSettings,
  type Settings,
  settingsDifference,
} from "../../../src/features/flags/settings-difference.js";

const blank: Settings = {
  enabled: false,
  offVariant: "off",
  fallthrough: { variant: "on" },
  targets: [],
  rules: [],
  prerequisites: [],
};

function rule(id: string, name: string | null = null): Rule {
  return { id, name, when: null, gate: null, serve: { variant: "on" }, startsAt: null, endsAt: null };
}

function withRules(...ids: string[]): Settings {
  return { ...blank, rules: ids.map((id) => rule(id)) };
}

function change(before: Settings, after: Settings) {
  const difference = settingsDifference(before, after);
  if (difference === null) throw new Error("Nothing differs.");
  return difference;
}

function orderOf({ rules }: Settings): string {
  return rules.map(({ id }) => id).join("");
}

describe("the difference of settings", () => {
  it("is null when nothing differs", () => {
    expect(settingsDifference(withRules("a"), withRules("a"))).toBeNull();
  });

  it("holds the members that differ and no others", () => {
    expect(settingsDifference(blank, { ...blank, enabled: true, offVariant: null })).toEqual({
      before: { enabled: false, offVariant: "off" },
      after: { enabled: true, offVariant: null },
    });
  });

  it("holds only the rules that differ, and the order if the sequence differs", () => {
    const after = { ...blank, rules: [rule("a"), rule("b", "renamed")] };
    expect(settingsDifference(withRules("a", "b"), after)).toEqual({
      before: { rules: { b: rule("b") } },
      after: { rules: { b: rule("b", "renamed") } },
    });
    expect(settingsDifference(withRules("a", "b"), withRules("b", "a"))).toEqual({
      before: { ruleOrder: ["a", "b"] },
      after: { ruleOrder: ["b", "a"] },
    });
    expect(settingsDifference(withRules("a"), withRules("a", "b"))).toEqual({
      before: { rules: { b: null }, ruleOrder: ["a"] },
      after: { rules: { b: rule("b") }, ruleOrder: ["a", "b"] },
    });
  });
});

describe("reverting a difference", () => {
  it("restores what it altered and leaves the rest", () => {
    const difference = change(blank, { ...blank, enabled: true });
    const current: Settings = { ...blank, enabled: true, offVariant: null };
    expect(revertSettings(current, difference)).toEqual({
      settings: { ...blank, offVariant: null },
      conflicts: [],
    });
  });

  it("names what was altered since", () => {
    const after: Settings = { ...blank, enabled: true, rules: [rule("a", "one")] };
    const current: Settings = { ...after, enabled: false, rules: [rule("a", "two")] };
    expect(revertSettings(current, change(blank, after)).conflicts).toEqual(["enabled", 'rule "a"']);
  });

  it("removes a rule that was added, whatever stands beside it now", () => {
    const difference = change(withRules("a"), withRules("a", "b"));
    expect(orderOf(revertSettings(withRules("c", "b", "a"), difference).settings)).toBe("ca");
  });

  it("puts a rule that was removed behind the rule that it stood behind", () => {
    const difference = change(withRules("a", "b", "c"), withRules("a", "c"));
    expect(orderOf(revertSettings(withRules("x", "a", "y", "c"), difference).settings)).toBe("xabyc");
    expect(orderOf(revertSettings(withRules("c", "y"), difference).settings)).toBe("bcy");
  });

  it("restores an order, unless the rules were reordered since", () => {
    const difference = change(withRules("a", "b", "c"), withRules("c", "b", "a"));
    expect(orderOf(revertSettings(withRules("c", "b", "a"), difference).settings)).toBe("abc");
    expect(revertSettings(withRules("c", "a", "b"), difference).conflicts).toEqual([
      "the order of the rules",
    ]);
  });

  it("refuses to remove a rule that was changed since it was added", () => {
    const difference = change(blank, withRules("a"));
    const current = { ...blank, rules: [rule("a", "renamed")] };
    expect(revertSettings(current, difference).conflicts).toEqual(['rule "a"']);
  });
});
