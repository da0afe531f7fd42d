/** The owner's door, over a real database: what it stores, records and refuses. */
import { sql } from "drizzle-orm";
import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { archiveFlag } from "../../../src/features/flags/archive-flag.js";
import { loadFlags } from "../../../src/features/flags/flag-definitions.store.js";
import type { Rule, RuleOwner } from "../../../src/features/flags/flag.js";
import { maxRules } from "../../../src/features/flags/rule-input.js";
import type { OwnedRuleChange } from "../../../src/features/flags/set-owned-rule.js";
import { updateFlagEnvironment } from "../../../src/features/flags/update-flag-environment.js";
import { bodyOf, isRevertible } from "../../../src/features/ledger/index.js";
import { createSegment } from "../../../src/features/segments/index.js";
import { deleteSegment } from "../../../src/features/segments/delete-segment.js";
import { tamper } from "../../support/tamper.js";
import { adminCaller } from "../../support/tools.js";
import { asOwner, experiment, measured, rollout } from "./owned-fixture.js";
import { type Fixture, openFixture, problemOf, sidesOf } from "./settings-fixture.js";

const admin = adminCaller();
const owned: Rule = { ...measured, owner: experiment };
let fixture: Fixture;
let flag = "";
let count = 0;

beforeAll(async () => {
  fixture = await openFixture();
  await createSegment(fixture.tools, admin, { key: "staff" });
});
afterAll(async () => fixture.opened.close());
beforeEach(async () => {
  count += 1;
  flag = `till-${count}`;
  await fixture.addFlag(flag);
});

async function set(change: OwnedRuleChange, owner: RuleOwner = experiment) {
  return asOwner(fixture.tools, { flag, environment: "staging" }, change, owner);
}

async function addPlain(...ids: readonly string[]) {
  const rules = ids.map((id) => ({ id, serve: { variant: "on" } }));
  await updateFlagEnvironment(fixture.tools, admin, { flagKey: flag, environment: "staging", rules });
}

const idsOf = ({ rules }: { readonly rules: readonly Rule[] }) => rules.map(({ id }) => id);

describe("setOwnedRule", () => {
  it("installs, changes and withdraws the one rule of an owner, recorded as changes of settings", async () => {
    await addPlain("a", "b");
    const installed = await set({ rule: measured, reason: "started" });
    expect(installed).toMatchObject({ version: 3, rules: [owned, { id: "a" }, { id: "b" }] });
    expect(await fixture.stored(flag, "staging")).toEqual(installed);
    const begun = await fixture.lastChange(flag, "staging");
    expect(begun).toMatchObject({ kind: "flag.rule_installed", subjectType: "FLAG", environment: "staging" });
    expect(bodyOf(begun)).toEqual({
      before: { rules: { "new-price": null }, ruleOrder: ["a", "b"] },
      after: { rules: { "new-price": owned }, ruleOrder: ["new-price", "a", "b"] },
      reason: "started",
    });

    const second = { ...experiment, epoch: 2 };
    expect(await set({ rule: measured }, second)).toMatchObject({ version: 4 });
    const changed = await fixture.lastChange(flag, "staging");
    expect(changed.kind).toBe("flag.rule_changed_by_owner");
    expect(sidesOf(changed)).toEqual({
      before: { rules: { "new-price": owned } },
      after: { rules: { "new-price": { ...owned, owner: second } } },
    });

    expect(idsOf(await set({ rule: null }, second))).toEqual(["a", "b"]);
    const withdrawn = await fixture.lastChange(flag, "staging");
    expect(withdrawn.kind).toBe("flag.rule_withdrawn");
    for (const change of [begun, changed, withdrawn]) expect(isRevertible(change)).toBe(false);
  });

  it("does nothing where nothing changes", async () => {
    const installed = await set({ rule: measured });
    expect(await set({ rule: measured })).toEqual(installed);
    expect(await set({ rule: null }, rollout)).toEqual(installed);
  });

  it("puts a new rule first, but behind that of an experiment, or where it is told, and leaves it there", async () => {
    await addPlain("a", "b");
    expect(idsOf(await set({ rule: measured }))).toEqual(["new-price", "a", "b"]);
    await set({ rule: null });
    expect(idsOf(await set({ rule: measured, position: 1 }))).toEqual(["a", "new-price", "b"]);
    expect(idsOf(await set({ rule: { ...measured, name: "Price" } }))).toEqual(["a", "new-price", "b"]);
    expect(idsOf(await set({ rule: measured, position: "FIRST" }))).toEqual(["new-price", "a", "b"]);
    expect(idsOf(await set({ rule: { ...measured, id: "till" } }, rollout))).toEqual([
      "new-price",
      "till",
      "a",
      "b",
    ]);
  });

  it("does not pass another owner's rule", async () => {
    await set({ rule: measured });
    await set({ rule: { ...measured, id: "till" }, position: 1 }, rollout);
    expect(await problemOf(set({ rule: measured, position: 1 }))).toMatchObject({
      code: "CONFLICT",
      message: `Rule "till" of flag "${flag}" in staging belongs to guarded rollout "new-till": other rules are not moved past it.`,
    });
  });

  it("is what evaluators see", async () => {
    await set({ rule: measured });
    const [loaded] = await loadFlags(fixture.opened.database, "default", "staging", [flag]);
    const { id, epoch, slices } = experiment;
    expect(loaded?.definition.rules?.[0]?.experiment).toEqual({ id, epoch, slices });
  });

  it("is stored as people's input would be read, so that sending it back changes nothing", async () => {
    const [on, hole, ...rest] = "split" in measured.serve ? measured.serve.split : [];
    const halves = { ...on, variant: "on", weight: 5_000 };
    const serve = { ...measured.serve, split: [halves, halves, hole ?? halves, ...rest] };
    expect(await set({ rule: { ...measured, when: { all: [] }, serve } })).toMatchObject({ rules: [owned] });
  });

  it("notes what the rule names, so that it is not deleted", async () => {
    await set({ rule: { ...measured, when: { segment: "staff" } } });
    const remove = deleteSegment(fixture.tools, admin, { segment: "staff" });
    expect((await problemOf(remove)).message).toBe(`Segment "staff" is used by flag "${flag}" in staging.`);
    await set({ rule: null });
  });
});

describe("setOwnedRule refuses", () => {
  const splitBy = (...bucketBy: readonly string[]) => ({
    ...measured,
    serve: { ...measured.serve, bucketBy },
  });
  const red = { split: [{ variant: "red", weight: 100_000 }], bucketBy: null, seed: null };

  it.each<[string, Omit<Rule, "owner">, string]>([
    [
      "a split by several attributes",
      splitBy("company", "targetingKey"),
      "rule.serve.bucketing.by must be one attribute path, for the experiment, got a list of 2.",
    ],
    [
      "a variant that the flag lacks",
      { ...measured, serve: red },
      'rule.serve.split[0].variant must be a variant of this flag, got "red".',
    ],
    [
      "a segment that is gone",
      { ...measured, when: { segment: "gone" } },
      'rule.when.segment must be an existing segment, got "gone".',
    ],
  ])("%s", async (_what, rule, fault) => {
    expect(await problemOf(set({ rule }))).toMatchObject({
      code: "CONFLICT",
      message: `Flag "${flag}" in staging cannot take the rule of experiment "new-price": ${fault}`,
    });
  });

  it("a circle", async () => {
    const when = { flag, variants: ["on"] };
    const { message } = await problemOf(set({ rule: { ...measured, when } }));
    expect(message).toContain(`rule.when.flag must not depend on itself: ${flag} → ${flag}.`);
  });

  it("an id that is taken, and more rules than there may be", async () => {
    await addPlain("new-price");
    expect((await problemOf(set({ rule: measured }))).message).toBe(
      `Flag "${flag}" in staging has another rule "new-price".`,
    );
    await addPlain(...Array.from({ length: maxRules }, (_, index) => `r${index}`));
    expect((await problemOf(set({ rule: measured }))).message).toBe(
      `Flag "${flag}" in staging has 200 rules, which is the most.`,
    );
  });

  it("an archived flag, and one that is not there", async () => {
    await archiveFlag(fixture.tools, admin, { flagKey: flag });
    expect((await problemOf(set({ rule: measured }))).message).toBe(
      `Flag "${flag}" is archived: restore it first.`,
    );
    flag = "nowhere";
    expect((await problemOf(set({ rule: measured }))).code).toBe("NOT_FOUND");
  });

  it("rules that cannot be read, which it would lose", async () => {
    await tamper(fixture.opened.database, async (tx) =>
      tx.execute(sql`update flag_environments set rules = '[7]' where flag = ${flag}`),
    );
    expect((await problemOf(set({ rule: measured }))).code).toBe("CONFLICT");
  });
});
