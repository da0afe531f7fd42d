/** Every mutation that could touch a rule of an experiment, asked over GraphQL: what it refuses, and what stays free. */
import { graphql, type GraphQLSchema } from "graphql";
import { buildSchema } from "type-graphql";
import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import {
  FlagEnvironmentFieldResolver,
  FlagEnvironmentResolver,
  FlagResolver,
  RuleResolver,
} from "../../../src/features/flags/index.js";
import { updateFlagEnvironment } from "../../../src/features/flags/update-flag-environment.js";
import { updateVariant } from "../../../src/features/flags/update-variant.js";
import { reorderRules } from "../../../src/features/flags/reorder-rules.js";
import { AuditResolver } from "../../../src/features/ledger/index.js";
import { Loaders } from "../../../src/platform/graphql/loaders.js";
import { Problem } from "../../../src/platform/problems.js";
import { adminCaller } from "../../support/tools.js";
import { asOwner, experiment, measured, rollout } from "./owned-fixture.js";
import { type Fixture, openFixture } from "./settings-fixture.js";

const admin = adminCaller();
const toAll = { serve: { variant: "on" } };
/** What a mutation answers that was let pass. */
const done = { id: expect.any(String) as string };
let fixture: Fixture;
let schema: GraphQLSchema;
let flagKey = "";
let count = 0;

beforeAll(async () => {
  fixture = await openFixture();
  schema = await buildSchema({
    resolvers: [
      FlagResolver,
      FlagEnvironmentResolver,
      FlagEnvironmentFieldResolver,
      RuleResolver,
      AuditResolver,
    ],
    validate: false,
  });
});
afterAll(async () => fixture.opened.close());
beforeEach(async () => {
  count += 1;
  flagKey = `till-${count}`;
  await fixture.addFlag(flagKey);
  await setRules("a", "b");
  await asOwner(fixture.tools, { flag: flagKey, environment: "staging" }, { rule: measured, position: 1 });
});

async function setRules(...ids: readonly string[]) {
  const rules = ids.map((id) => ({ id, ...toAll }));
  await updateFlagEnvironment(fixture.tools, admin, { flagKey, environment: "staging", rules });
}

/** What the mutation of that name answers, or its problem: code and message. */
async function mutate(name: string, input: object, selection = "id"): Promise<unknown> {
  const source = `mutation ($input: ${inputOf(name)}) { ${name}(input: $input) { ${selection} } }`;
  const contextValue = { tools: fixture.tools, caller: admin, loaders: new Loaders(fixture.tools) };
  const { data, errors } = await graphql({ schema, source, contextValue, variableValues: { input } });
  const [error] = errors ?? [];
  if (error === undefined) return data?.[name];
  if (!(error.originalError instanceof Problem)) throw error;
  return `${error.originalError.code}: ${error.message}`;
}

function inputOf(name: string): string {
  const fields = schema.getMutationType()?.getFields() ?? {};
  return String(fields[name]?.args.find((argument) => argument.name === "input")?.type);
}

const inStaging = () => ({ flagKey, environment: "staging" });
const mine = () =>
  `CONFLICT: Rule "new-price" of flag "${flagKey}" in staging belongs to experiment "new-price"`;
const fixed = () => `${mine()}: nothing else changes it.`;
const moved = () => `${mine()}: other rules are not moved past it.`;
const idsNow = async () => (await fixture.stored(flagKey, "staging")).rules.map(({ id }) => id);
const rules = `rules { id name when startsAt endsAt gate { percent bucketBy seed }
  serve { variant bucketBy seed split { variant percent } } }`;

describe("a rule that an experiment owns", () => {
  it("names its owner", async () => {
    const owners = "rules { id managedBy summary }";
    expect(await mutate("setFlagEnabled", { ...inStaging(), enabled: true }, owners)).toEqual({
      rules: [
        { id: "a", managedBy: null, summary: "everyone → on" },
        {
          id: "new-price",
          managedBy: "experiment:new-price",
          summary: "everyone → 25 % get on, 50 % get nothing here, 25 % get off",
        },
        { id: "b", managedBy: null, summary: "everyone → on" },
      ],
    });
  });

  it("can be sent back with all the others, and that changes nothing", async () => {
    const before = await fixture.stored(flagKey, "staging");
    const sent = await mutate("updateFlagEnvironment", { ...inStaging(), enabled: false }, rules);
    expect(await mutate("updateFlagEnvironment", { ...inStaging(), ...(sent as object) }, rules)).toEqual(
      sent,
    );
    expect(await fixture.stored(flagKey, "staging")).toEqual(before);
  });

  it("stays through updateFlagEnvironment with whole rules", async () => {
    const update = async (...list: readonly object[]) =>
      mutate("updateFlagEnvironment", { ...inStaging(), rules: list });
    const [a, b] = ["a", "b"].map((id) => ({ id, ...toAll }));
    const serve = { seed: experiment.id, split: [{ variant: "on", percent: 25 }, { percent: 50 }] };
    const whole = {
      id: "new-price",
      serve: { ...serve, split: [...serve.split, { variant: "off", percent: 25 }] },
    };
    expect(await update(a ?? {}, b ?? {})).toBe(fixed());
    expect(await update(a ?? {}, { id: "new-price", ...toAll }, b ?? {})).toBe(fixed());
    expect(await update(a ?? {}, { ...whole, name: "mine" }, b ?? {})).toBe(fixed());
    expect(await update(a ?? {}, { ...whole, gate: { percent: 10 } }, b ?? {})).toBe(fixed());
    expect(await update(whole, a ?? {}, b ?? {})).toBe(moved());
    expect(await update({ id: "new", ...toAll }, whole, b ?? {})).toEqual(done);
    expect(await idsNow()).toEqual(["new", "new-price", "b"]);
  });

  it("stays through updateRule, and other rules change", async () => {
    const update = async (ruleId: string, change: object) =>
      mutate("updateRule", { ...inStaging(), ruleId, ...change });
    expect(await update("new-price", toAll)).toBe(fixed());
    expect(await update("new-price", { name: "mine" })).toBe(fixed());
    expect(await update("new-price", { endsAt: "2026-12-01T00:00:00Z" })).toBe(fixed());
    expect(await update("a", { name: "first" })).toEqual(done);
  });

  it("stays through removeRule, and other rules go", async () => {
    expect(await mutate("removeRule", { ...inStaging(), ruleId: "new-price" })).toBe(fixed());
    expect(await mutate("removeRule", { ...inStaging(), ruleId: "a" })).toEqual(done);
    expect(await idsNow()).toEqual(["new-price", "b"]);
  });

  it("is not passed by reorderRules", async () => {
    const reorder = async (...ruleIds: readonly string[]) =>
      mutate("reorderRules", { ...inStaging(), ruleIds });
    expect(await reorder("new-price", "a", "b")).toBe(moved());
    expect(await reorder("a", "b", "new-price")).toBe(moved());
    await mutate("addRule", { ...inStaging(), rule: { id: "c", ...toAll } });
    expect(await reorder("a", "new-price", "c", "b")).toEqual(done);
  });

  it("lets addRule add on either side, under another id", async () => {
    const add = async (id: string, position: number) =>
      mutate("addRule", { ...inStaging(), rule: { id, ...toAll }, position });
    expect(await add("new-price", 0)).toContain("BAD_USER_INPUT");
    expect(await add("urgent", 0)).toEqual(done);
    expect(await add("late", 3)).toEqual(done);
    expect(await idsNow()).toEqual(["urgent", "a", "new-price", "late", "b"]);
  });

  it("leaves targets, prerequisites, the fallthrough and the switch free", async () => {
    await fixture.addFlag(`${flagKey}-base`);
    const free: readonly (readonly [string, object])[] = [
      ["setFlagEnabled", { ...inStaging(), enabled: true }],
      ["setTargets", { ...inStaging(), targets: [{ variant: "off", values: ["alice"] }] }],
      [
        "setPrerequisites",
        { ...inStaging(), prerequisites: [{ flagKey: `${flagKey}-base`, variants: ["on"] }] },
      ],
      ["setFallthrough", { ...inStaging(), serve: { variant: "off" } }],
      ["setRollout", { ...inStaging(), percent: 5 }],
      ["updateFlag", { flagKey, name: "Till", clientVisible: false }],
      ["addVariant", { flagKey, variant: { key: "maybe", value: true } }],
      ["killFlag", { flagKey }],
    ];
    for (const [name, input] of free) expect([name, await mutate(name, input)]).toEqual([name, done]);
  });
});

describe("copyFlagEnvironment", () => {
  const copy = async (from: string, to: string) => mutate("copyFlagEnvironment", { flagKey, from, to });
  const idsIn = async (environment: string) =>
    (await fixture.stored(flagKey, environment)).rules.map(({ id }) => id);

  it("leaves the owned rules of the source behind", async () => {
    expect(await copy("staging", "development")).toEqual(done);
    expect(await idsIn("development")).toEqual(["a", "b"]);
  });

  it("keeps the owned rules of the target, in their place", async () => {
    const owned = { rule: { ...measured, id: "own" } };
    await asOwner(fixture.tools, { flag: flagKey, environment: "development" }, owned, rollout);
    const kept = (await fixture.stored(flagKey, "development")).rules;
    expect(await copy("staging", "development")).toEqual(done);
    expect(await idsIn("development")).toEqual(["own", "a", "b"]);
    expect((await fixture.stored(flagKey, "development")).rules[0]).toEqual(kept[0]);
  });

  it("is refused where its order would pass one", async () => {
    expect(await copy("staging", "development")).toEqual(done);
    await reorderRules(fixture.tools, admin, { flagKey, environment: "development", ruleIds: ["b", "a"] });
    expect(await copy("development", "staging")).toBe(moved());
  });
});

describe("revertChange", () => {
  const revert = async (changeId: string) => mutate("revertChange", { changeId }, "kind");
  const idOfLast = async (environment?: string) => (await fixture.lastChange(flagKey, environment)).id;

  it("offers no way back from what the owner did", async () => {
    expect(await revert(await idOfLast("staging"))).toContain(
      "names a change of the kind flag.rule_installed, which cannot be reverted.",
    );
  });

  it("is refused where it would pass the owned rule", async () => {
    await asOwner(fixture.tools, { flag: flagKey, environment: "staging" }, { rule: null });
    await reorderRules(fixture.tools, admin, { ...inStaging(), ruleIds: ["b", "a"] });
    const reordered = await idOfLast("staging");
    await asOwner(fixture.tools, { flag: flagKey, environment: "staging" }, { rule: measured, position: 1 });
    expect(await revert(reordered)).toContain("CONFLICT");
    expect(await idsNow()).toEqual(["b", "new-price", "a"]);
  });

  it("brings other rules back on their side of it", async () => {
    await mutate("removeRule", { ...inStaging(), ruleId: "b" });
    expect(await revert(await idOfLast("staging"))).toEqual({ kind: "flag.reverted" });
    expect(await idsNow()).toEqual(["a", "new-price", "b"]);
  });

  it("does not change a value that the owned rule serves", async () => {
    await asOwner(fixture.tools, { flag: flagKey, environment: "staging" }, { rule: null });
    const input = { flagKey, expectedVersion: 1, variant: "on", value: false };
    await updateVariant(fixture.tools, admin, input);
    const changed = await idOfLast();
    await asOwner(fixture.tools, { flag: flagKey, environment: "staging" }, { rule: measured });
    expect(await revert(changed)).toBe(servedBy("on"));
  });
});

const servedBy = (variant: string) =>
  `CONFLICT: Variant "${variant}" of flag "${flagKey}" is served by experiment "new-price" in staging: its value stays.`;
const inUse = () =>
  `CONFLICT: Flag "${flagKey}" is used by experiment "new-price" in staging: end that first.`;

describe("the shared part of a flag with an owned rule", () => {
  it("keeps the values of the variants that the rule serves", async () => {
    const update = async (variant: string, change: object) =>
      mutate("updateVariant", { flagKey, variant, ...change });
    expect(await update("off", { value: true })).toBe(servedBy("off"));
    expect(await update("off", { name: "Old price", description: "As it was." })).toEqual(done);
    await mutate("addVariant", { flagKey, variant: { key: "maybe", value: true } });
    expect(await update("maybe", { value: false })).toEqual(done);
  });

  it("keeps the variants that the rule serves", async () => {
    expect(await mutate("removeVariant", { flagKey, variant: "off" })).toContain(
      'rule "new-price" of experiment "new-price" in staging',
    );
    await mutate("addVariant", { flagKey, variant: { key: "maybe", value: true } });
    expect(await mutate("removeVariant", { flagKey, variant: "maybe" })).toEqual(done);
  });

  it("is neither archived nor deleted until the owner is done", async () => {
    expect(await mutate("archiveFlag", { flagKey })).toBe(inUse());
    expect(await mutate("deleteFlag", { flagKey })).toBe(inUse());
    await asOwner(fixture.tools, { flag: flagKey, environment: "staging" }, { rule: null });
    expect(await mutate("archiveFlag", { flagKey })).toEqual(done);
    expect(await mutate("deleteFlag", { flagKey })).toEqual(done);
  });

  it("is not archived by taking back that it was restored", async () => {
    await asOwner(fixture.tools, { flag: flagKey, environment: "staging" }, { rule: null });
    await mutate("archiveFlag", { flagKey });
    await mutate("restoreFlag", { flagKey });
    const { id: changeId } = await fixture.lastChange(flagKey);
    await asOwner(fixture.tools, { flag: flagKey, environment: "staging" }, { rule: measured });
    expect(await mutate("revertChange", { changeId })).toBe(inUse());
  });
});
