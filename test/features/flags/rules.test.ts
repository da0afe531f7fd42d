import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { addRule } from "../../../src/features/flags/add-rule.js";
import type { FlagEnvironment } from "../../../src/features/flags/flag.js";
import { removeRule } from "../../../src/features/flags/remove-rule.js";
import { reorderRules } from "../../../src/features/flags/reorder-rules.js";
import type { RuleInput } from "../../../src/features/flags/rule-input.js";
import { updateFlagEnvironment } from "../../../src/features/flags/update-flag-environment.js";
import { updateRule, type UpdateRule } from "../../../src/features/flags/update-rule.js";
import { createSegment } from "../../../src/features/segments/index.js";
import { adminCaller } from "../../support/tools.js";
import { type Fixture, mistakesOf, openFixture, problemOf, sidesOf } from "./settings-fixture.js";

const admin = adminCaller();
const place = { flagKey: "checkout", environment: "staging" };
const noMoment = "must be an RFC 3339 date-time such as 2026-01-31T09:00:00Z";
const toAll: RuleInput = { serve: { variant: "on" } };
let fixture: Fixture;

beforeAll(async () => {
  fixture = await openFixture();
  await fixture.addFlag("checkout");
  await fixture.addFlag("payments");
  await createSegment(fixture.tools, admin, { key: "staff", included: ["alice"] });
});
afterAll(async () => fixture.opened.close());
beforeEach(async () => {
  const rules = ["a", "b", "c"].map((id) => ({ ...toAll, id }));
  await updateFlagEnvironment(fixture.tools, admin, { ...place, rules });
});

function idsOf({ rules }: FlagEnvironment): string[] {
  return rules.map(({ id }) => id);
}

async function add(rule: RuleInput, position?: number) {
  return addRule(fixture.tools, admin, { ...place, rule, position });
}

async function change(input: Partial<UpdateRule>) {
  return updateRule(fixture.tools, admin, { ...place, ruleId: "b", ...input });
}

describe("addRule", () => {
  it("appends, makes an id and records the rule alone", async () => {
    const { rules } = await add({ ...toAll, name: "staff first", when: { segment: "staff" } });
    const rule = rules.at(-1);
    expect(rule?.id).toMatch(/^[0-9a-f]{8}$/);
    expect(rule).toEqual({
      id: rule?.id,
      name: "staff first",
      when: { segment: "staff" },
      gate: null,
      serve: { variant: "on" },
      startsAt: null,
      endsAt: null,
    });
    const id = rule?.id ?? "";
    const recorded = await fixture.lastChange("checkout", "staging");
    expect(recorded.kind).toBe("flag.rule_added");
    expect(sidesOf(recorded)).toEqual({
      before: { rules: { [id]: null }, ruleOrder: ["a", "b", "c"] },
      after: { rules: { [id]: rule }, ruleOrder: ["a", "b", "c", id] },
    });
  });

  it("inserts at a position", async () => {
    expect(idsOf(await add({ ...toAll, id: "new" }, 1))).toEqual(["a", "new", "b", "c"]);
  });

  it("refuses a position beyond the end and an id that is taken", async () => {
    expect(await mistakesOf(add({ ...toAll, id: "a" }, 4))).toEqual({
      "input.position": "must be between 0 and 3, got 4.",
      "input.rule.id": "must be unique in the flag, but a rule a exists.",
    });
  });

  it("reads moments with any offset", async () => {
    const { rules } = await add({
      ...toAll,
      startsAt: "2026-12-01T10:00:00+01:00",
      endsAt: "2027-01-01T00:00:00Z",
    });
    expect(rules.at(-1)).toMatchObject({ startsAt: "2026-12-01T09:00:00Z", endsAt: "2027-01-01T00:00:00Z" });
  });

  it("names every mistake with its path", async () => {
    const mistaken: RuleInput = {
      id: "not an id",
      name: "",
      when: {
        any: [
          { segment: "nobody" },
          { flag: "payments", variants: ["on", "v2"] },
          { flag: "ghost", variants: ["on"] },
        ],
      },
      gate: { percent: 120, bucketBy: [], seed: "" },
      serve: { split: [{ variant: "blue", percent: 50 }, { percent: 49.5 }] },
      startsAt: "2026-12-01",
      endsAt: "2026-02-30T00:00:00Z",
    };
    expect(await mistakesOf(add(mistaken))).toEqual({
      "input.rule.id":
        'must be 1 to 128 letters, digits, dots, underscores and hyphens, beginning with a letter or digit, got "not an id".',
      "input.rule.name": "must not be empty.",
      "input.rule.when.any[0].segment": 'must be an existing segment, got "nobody".',
      "input.rule.when.any[1].variants[1]": 'must be a variant of flag "payments" (on, off), got "v2".',
      "input.rule.when.any[2].flag": 'must be an existing flag, got "ghost".',
      "input.rule.gate.percent": "must be between 0 and 100, got 120.",
      "input.rule.gate.bucketBy": "must have at least 1 entry, got 0.",
      "input.rule.gate.seed": "must not be empty.",
      "input.rule.serve.split": "must sum to 100, got 99.5.",
      "input.rule.serve.split[0].variant": 'must be a variant of this flag (on, off), got "blue".',
      "input.rule.startsAt": `${noMoment}, got "2026-12-01".`,
      "input.rule.endsAt": `${noMoment}, got "2026-02-30T00:00:00Z".`,
    });
  });

  it("refuses a window that ends before it starts", async () => {
    const window = { startsAt: "2026-12-02T00:00:00Z", endsAt: "2026-12-01T00:00:00Z" };
    expect(await mistakesOf(add({ ...toAll, ...window }))).toEqual({
      "input.rule.endsAt": 'must be after startsAt (2026-12-02T00:00:00Z), got "2026-12-01T00:00:00Z".',
    });
  });

  it("asks for exactly one of variant and split", async () => {
    const neither = await mistakesOf(add({ serve: {} }));
    expect(neither).toEqual({ "input.rule.serve": "must have either variant or split, got neither." });
    const both = { variant: "on", split: [{ variant: "on", percent: 100 }] };
    expect(await mistakesOf(add({ serve: both }))).toEqual({
      "input.rule.serve": "must have either variant or split, got both.",
    });
    expect(await mistakesOf(add({ serve: { variant: "on", seed: "s", bucketBy: ["a"] } }))).toEqual({
      "input.rule.serve.seed": "belongs to a split.",
      "input.rule.serve.bucketBy": "belongs to a split.",
    });
  });
});

describe("updateRule", () => {
  it("changes what is named, and null clears", async () => {
    await change({ name: "half", gate: { percent: 50, seed: "wave" }, startsAt: "2026-12-01T00:00:00Z" });
    await change({ gate: { percent: 75 }, when: { segment: "staff" } });
    expect((await fixture.stored("checkout", "staging")).rules[1]).toMatchObject({
      name: "half",
      when: { segment: "staff" },
      gate: { percent: 75, bucketBy: null, seed: "wave" },
      startsAt: "2026-12-01T00:00:00Z",
    });
    const cleared = await change({ name: null, gate: null, startsAt: null, when: { all: [] } });
    expect(cleared.rules[1]).toMatchObject({ name: null, gate: null, startsAt: null, when: null });
    expect((await fixture.lastChange("checkout", "staging")).kind).toBe("flag.rule_updated");
  });

  it("refuses null where it would say nothing", async () => {
    expect(await mistakesOf(change({ serve: null, when: null }))).toEqual({
      "input.serve": "must not be null.",
      "input.when": "must be a condition; `{ all: [] }` means everyone.",
    });
  });

  it("compares a new bound with the one that stays", async () => {
    await change({ endsAt: "2026-12-01T00:00:00Z" });
    expect(Object.keys(await mistakesOf(change({ startsAt: "2026-12-01T00:00:00Z" })))).toEqual([
      "input.endsAt",
    ]);
  });

  it("says NOT_FOUND for a rule that is not there", async () => {
    expect((await problemOf(change({ ruleId: "z" }))).message).toBe('Rule "z" was not found.');
  });
});

describe("removeRule", () => {
  it("removes one rule", async () => {
    expect(idsOf(await removeRule(fixture.tools, admin, { ...place, ruleId: "b" }))).toEqual(["a", "c"]);
    expect((await fixture.lastChange("checkout", "staging")).kind).toBe("flag.rule_removed");
    expect((await problemOf(removeRule(fixture.tools, admin, { ...place, ruleId: "b" }))).code).toBe(
      "NOT_FOUND",
    );
  });
});

describe("reorderRules", () => {
  it("puts the rules into the order named", async () => {
    const ordered = await reorderRules(fixture.tools, admin, { ...place, ruleIds: ["c", "a", "b"] });
    expect(idsOf(ordered)).toEqual(["c", "a", "b"]);
    expect((await fixture.lastChange("checkout", "staging")).kind).toBe("flag.rules_reordered");
  });

  it("must name every rule once", async () => {
    const ruleIds = ["c", "z", "c"];
    expect(await mistakesOf(reorderRules(fixture.tools, admin, { ...place, ruleIds }))).toEqual({
      "input.ruleIds": "must name every rule, but lacks a, b.",
      "input.ruleIds[1]": 'must be a rule of this flag, got "z".',
      "input.ruleIds[2]": 'must be listed once, got "c".',
    });
  });
});
