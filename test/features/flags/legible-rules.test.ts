/** Flags whose rules somebody has altered in the database: they can be switched, shown and mended, and nothing that builds on the rules loses them. */
import { graphql } from "graphql";
import { sql } from "drizzle-orm";
import { buildSchema } from "type-graphql";
import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { addRule } from "../../../src/features/flags/add-rule.js";
import { copyFlagEnvironment } from "../../../src/features/flags/copy-flag-environment.js";
import {
  FlagEnvironmentFieldResolver,
  FlagEnvironmentResolver,
  FlagResolver,
  RuleResolver,
} from "../../../src/features/flags/index.js";
import { removeRule } from "../../../src/features/flags/remove-rule.js";
import { reorderRules } from "../../../src/features/flags/reorder-rules.js";
import { revertChange } from "../../../src/features/flags/revert-change.js";
import { setFlagEnabled } from "../../../src/features/flags/set-flag-enabled.js";
import { updateFlagEnvironment } from "../../../src/features/flags/update-flag-environment.js";
import { updateRule } from "../../../src/features/flags/update-rule.js";
import { AuditResolver } from "../../../src/features/ledger/index.js";
import { Loaders } from "../../../src/platform/graphql/loaders.js";
import { tamper } from "../../support/tamper.js";
import { adminCaller } from "../../support/tools.js";
import { type Fixture, openFixture, problemOf, sidesOf } from "./settings-fixture.js";

const admin = adminCaller();
const place = { flagKey: "poisoned", environment: "staging" };
const whole = { id: "staff", when: { all: [] }, serve: { variant: "on" } };
const kept = { id: "staff", name: null, when: null, gate: null, startsAt: null, endsAt: null };
const good = { ...kept, serve: { variant: "on" } };
let fixture: Fixture;

beforeAll(async () => {
  fixture = await openFixture();
  await fixture.addFlag("poisoned");
});
afterAll(async () => fixture.opened.close());

async function damage(rules: unknown): Promise<void> {
  const text = JSON.stringify(rules);
  await tamper(fixture.opened.database, async (tx) =>
    tx.execute(sql`update flag_environments set enabled = false, rules = ${text}::text::jsonb
      where flag = 'poisoned' and environment = 'staging'`),
  );
}

describe.each([
  ["no list", "none"],
  ["an object", { rules: [] }],
  ["nothing", null],
  ["a list with what is no rule", [null, 7, { garbage: true }, { ...good, serve: {} }, good]],
])("a flag whose rules are %s", (_what, rules) => {
  beforeEach(async () => damage(rules));

  it("can be switched, and its row stays as it is otherwise", async () => {
    expect(await setFlagEnabled(fixture.tools, admin, { ...place, enabled: true })).toMatchObject({
      enabled: true,
    });
    const change = await fixture.lastChange("poisoned", "staging");
    expect(sidesOf(change)).toEqual({ before: { enabled: false }, after: { enabled: true } });
    expect((await fixture.stored("poisoned", "staging")).rules).toEqual(rules);
    await updateFlagEnvironment(fixture.tools, admin, { ...place, offVariant: null, enabled: false });
    await updateFlagEnvironment(fixture.tools, admin, { ...place, offVariant: "off" });
    await revertChange(fixture.tools, admin, { changeId: change.id }).catch(() => undefined);
    expect((await fixture.stored("poisoned", "staging")).rules).toEqual(rules);
  });

  it("is switched back by revertChange", async () => {
    await setFlagEnabled(fixture.tools, admin, { ...place, enabled: true });
    const { id } = await fixture.lastChange("poisoned", "staging");
    await revertChange(fixture.tools, admin, { changeId: id });
    expect(await fixture.stored("poisoned", "staging")).toMatchObject({ enabled: false, rules });
  });

  it("is mended by rules that replace them all", async () => {
    const { version } = await fixture.stored("poisoned", "staging");
    const empty = await updateFlagEnvironment(fixture.tools, admin, { ...place, rules: [] });
    expect(empty).toMatchObject({ rules: [], version: version + 1 });
    expect(await updateFlagEnvironment(fixture.tools, admin, { ...place, rules: [whole] })).toMatchObject({
      rules: [good],
    });
    await damage(rules);
    expect(await updateFlagEnvironment(fixture.tools, admin, { ...place, rules: [whole] })).toMatchObject({
      rules: [good],
    });
  });

  it.each<[string, () => Promise<unknown>]>([
    ["addRule", async () => addRule(fixture.tools, admin, { ...place, rule: { ...whole, id: "more" } })],
    [
      "updateRule",
      async () => updateRule(fixture.tools, admin, { ...place, ruleId: "staff", name: "Staff" }),
    ],
    ["removeRule", async () => removeRule(fixture.tools, admin, { ...place, ruleId: "staff" })],
    ["reorderRules", async () => reorderRules(fixture.tools, admin, { ...place, ruleIds: ["staff"] })],
    [
      "copyFlagEnvironment",
      async () =>
        copyFlagEnvironment(fixture.tools, admin, {
          flagKey: "poisoned",
          from: "staging",
          to: "development",
        }),
    ],
  ])("is refused by %s, which says what to do", async (_name, change) => {
    expect(await problemOf(change())).toMatchObject({
      code: "CONFLICT",
      message: expect.stringMatching(/cannot be read as they are stored: replace them all/) as string,
    });
    expect((await fixture.stored("poisoned", "staging")).rules).toEqual(rules);
  });
});

it("shows the rules that can be read, and no other flag suffers", async () => {
  await damage([null, { garbage: true }, good]);
  const schema = await buildSchema({
    resolvers: [
      FlagResolver,
      FlagEnvironmentResolver,
      FlagEnvironmentFieldResolver,
      RuleResolver,
      AuditResolver,
    ],
    validate: false,
  });
  const { tools } = fixture;
  const source = `mutation ($input: SetFlagEnabledInput!) {
    setFlagEnabled(input: $input) { enabled rules { id summary when serve { variant } } }
  }`;
  const { data, errors } = await graphql({
    ...{ schema, source, contextValue: { tools, caller: admin, loaders: new Loaders(tools) } },
    variableValues: { input: { ...place, enabled: true } },
  });
  expect(errors).toBeUndefined();
  expect(data).toEqual({
    setFlagEnabled: {
      enabled: true,
      rules: [{ id: "staff", summary: "everyone → on", when: { all: [] }, serve: { variant: "on" } }],
    },
  });
});
