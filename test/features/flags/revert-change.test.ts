import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { deleteEnvironment } from "../../../src/features/environments/delete-environment.js";
import { createEnvironment } from "../../../src/features/environments/index.js";
import { addRule } from "../../../src/features/flags/add-rule.js";
import { addVariant } from "../../../src/features/flags/add-variant.js";
import { archiveFlag } from "../../../src/features/flags/archive-flag.js";
import { deleteFlag } from "../../../src/features/flags/delete-flag.js";
import { furnishEnvironment } from "../../../src/features/flags/furnish-environment.store.js";
import { killFlag } from "../../../src/features/flags/kill-flag.js";
import { removeVariant } from "../../../src/features/flags/remove-variant.js";
import { revertChange } from "../../../src/features/flags/revert-change.js";
import { setFallthrough } from "../../../src/features/flags/set-fallthrough.js";
import { setFlagEnabled } from "../../../src/features/flags/set-flag-enabled.js";
import { setPrerequisites } from "../../../src/features/flags/set-prerequisites.js";
import { setRollout } from "../../../src/features/flags/set-rollout.js";
import { updateFlag } from "../../../src/features/flags/update-flag.js";
import { findFlag } from "../../../src/features/flags/flag.store.js";
import { updateVariant } from "../../../src/features/flags/update-variant.js";
import { eraseChanges } from "../../../src/features/ledger/erase-changes.js";
import { bodyOf, lastChanges } from "../../../src/features/ledger/index.js";
import { changeSegmentMembers } from "../../../src/features/segments/change-segment-members.js";
import { createSegment } from "../../../src/features/segments/index.js";
import { adminCaller, anonymousCaller, userCaller } from "../../support/tools.js";
import { type Fixture, mistakesOf, openFixture, problemOf, sidesOf } from "./settings-fixture.js";

const admin = adminCaller();
let fixture: Fixture;
let flagKey = "";
let count = 0;

beforeAll(async () => {
  fixture = await openFixture();
});
afterAll(async () => fixture.opened.close());
beforeEach(async () => {
  count += 1;
  flagKey = `flag-${count}`;
  await fixture.addFlag(flagKey);
});

async function idOfLast(environment?: string): Promise<string> {
  return (await fixture.lastChange(flagKey, environment)).id;
}

async function revert(changeId: string, caller = admin) {
  return revertChange(fixture.tools, caller, { changeId, reason: "back" });
}

async function flagNow() {
  return findFlag(fixture.tools.database, "default", flagKey);
}

describe("revertChange of settings", () => {
  it("restores the members that the change altered, and can be reverted in turn", async () => {
    const place = { flagKey, environment: "production" };
    await setFlagEnabled(fixture.tools, admin, { ...place, enabled: true, expectedVersion: 1 });
    const id = await idOfLast("production");
    await setRollout(fixture.tools, admin, { ...place, percent: 10, expectedVersion: 2 });
    const made = await revert(id);
    expect(made).toMatchObject({ kind: "flag.reverted", environment: "production", subject: flagKey });
    expect(bodyOf(made)).toMatchObject({
      before: { enabled: true },
      after: { enabled: false },
      reason: "back",
    });
    const stored = await fixture.stored(flagKey, "production");
    expect(stored).toMatchObject({ enabled: false, version: 4, fallthrough: { split: [{}, {}] } });
    await revert(made.id);
    expect(await fixture.stored(flagKey, "production")).toMatchObject({ enabled: true, version: 5 });
  });

  it("may name the version of what it restores: the settings', the flag's or the segment's", async () => {
    const { tools } = fixture;
    const of = async (changeId: string, expectedVersion: number) =>
      revertChange(tools, admin, { changeId, expectedVersion });
    const stale = (currentVersion: number) => ({ code: "CONFLICT", details: { currentVersion } });
    await setFlagEnabled(tools, admin, { flagKey, environment: "staging", enabled: true });
    const settings = await idOfLast("staging");
    await expect(of(settings, 1)).rejects.toMatchObject(stale(2));
    await killFlag(tools, admin, { flagKey });
    const killed = await idOfLast();
    await expect(of(killed, 7)).rejects.toMatchObject(stale(1));
    expect(await of(killed, 1)).toMatchObject({ kind: "flag.reverted" });
    await updateFlag(tools, admin, { flagKey, name: "Other" });
    const renamed = await idOfLast();
    await expect(of(renamed, 1)).rejects.toMatchObject(stale(2));
    expect(await of(renamed, 2)).toMatchObject({ kind: "flag.reverted" });
    expect(await of(settings, 4)).toMatchObject({ kind: "flag.reverted", environment: "staging" });
  });

  it("refuses, naming what was altered since", async () => {
    const place = { flagKey, environment: "staging" };
    await setFlagEnabled(fixture.tools, admin, { ...place, enabled: true });
    const id = await idOfLast("staging");
    await setFlagEnabled(fixture.tools, admin, { ...place, enabled: false });
    expect(await problemOf(revert(id))).toMatchObject({
      code: "CONFLICT",
      message: `Flag "${flagKey}" in staging was changed since: enabled. Revert the later change first.`,
    });
  });

  it("takes a rule away that was added before another one", async () => {
    const place = { flagKey, environment: "staging" };
    const rule = { serve: { variant: "on" } };
    await addRule(fixture.tools, admin, { ...place, rule: { ...rule, id: "first" } });
    const id = await idOfLast("staging");
    await addRule(fixture.tools, admin, { ...place, rule: { ...rule, id: "second" } });
    await revert(id);
    expect((await fixture.stored(flagKey, "staging")).rules.map((left) => left.id)).toEqual(["second"]);
  });

  it("refuses what would bring back a variant or a flag that is gone", async () => {
    const place = { flagKey, environment: "staging" };
    await addVariant(fixture.tools, admin, { flagKey, variant: { key: "maybe", value: true } });
    await setFallthrough(fixture.tools, admin, { ...place, serve: { variant: "maybe" } });
    await setFallthrough(fixture.tools, admin, { ...place, serve: { variant: "off" } });
    const fallthrough = await idOfLast("staging");
    await removeVariant(fixture.tools, admin, { flagKey, variant: "maybe" });
    expect((await problemOf(revert(fallthrough))).message).toBe(`Flag "${flagKey}" no longer has "maybe".`);
    const other = `other-${count}`;
    await fixture.addFlag(other);
    const prerequisites = [{ flagKey: other, variants: ["on"] }];
    await setPrerequisites(fixture.tools, admin, { ...place, prerequisites });
    await setPrerequisites(fixture.tools, admin, { ...place, prerequisites: [] });
    const removal = await idOfLast("staging");
    await deleteFlag(fixture.tools, admin, { flagKey: other });
    expect(await problemOf(revert(removal))).toMatchObject({
      code: "CONFLICT",
      message: `Flag "${flagKey}" in staging cannot go back: before.prerequisites[0].flagKey must be an existing flag, got "${other}".`,
    });
  });

  it("needs the right of what it writes", async () => {
    await setFlagEnabled(fixture.tools, admin, {
      flagKey,
      environment: "production",
      enabled: true,
      expectedVersion: 1,
    });
    const id = await idOfLast("production");
    expect((await problemOf(revert(id, userCaller("DEVELOPER")))).code).toBe("FORBIDDEN");
    expect((await problemOf(revert(id, userCaller(null, { other: "ADMIN" })))).code).toBe("NOT_FOUND");
    expect((await problemOf(revert(id, anonymousCaller()))).code).toBe("UNAUTHENTICATED");
  });
});

describe("revertChange of a kill", () => {
  it("switches on again where the flag was on, with the rights there", async () => {
    for (const environment of ["staging", "production"]) {
      const input = { flagKey, environment, enabled: true, expectedVersion: 1 };
      await setFlagEnabled(fixture.tools, admin, input);
    }
    await killFlag(fixture.tools, userCaller("DEVELOPER"), { flagKey });
    const id = await idOfLast();
    expect(await fixture.stored(flagKey, "production")).toMatchObject({ enabled: false });
    expect((await problemOf(revert(id, userCaller("DEVELOPER")))).code).toBe("FORBIDDEN");
    const made = await revert(id);
    expect(sidesOf(made)).toEqual({
      before: { enabled: { staging: false, production: false } },
      after: { enabled: { staging: true, production: true } },
    });
    for (const [environment, enabled] of [
      ["staging", true],
      ["production", true],
      ["development", false],
    ] as const) {
      expect(await fixture.stored(flagKey, environment)).toMatchObject({ enabled });
    }
    await setFlagEnabled(fixture.tools, admin, { flagKey, environment: "staging", enabled: false });
    expect((await problemOf(revert(made.id))).message).toBe(
      `Flag "${flagKey}" was changed since: enabled in staging. Revert the later change first.`,
    );
  });
});

describe("revertChange of a kill in an environment that is gone", () => {
  it("switches on again in those that still stand", async () => {
    await createEnvironment({ ...fixture.tools, furnishEnvironment }, admin, { key: "brief" });
    for (const environment of ["brief", "staging"]) {
      await setFlagEnabled(fixture.tools, admin, { flagKey, environment, enabled: true });
    }
    await killFlag(fixture.tools, admin, { flagKey });
    const id = await idOfLast();
    await deleteEnvironment(fixture.tools, admin, { environment: "brief" });
    await revert(id);
    expect(await fixture.stored(flagKey, "staging")).toMatchObject({ enabled: true });
  });
});

describe("revertChange of the shared part", () => {
  it("restores the members that the change altered", async () => {
    await updateFlag(fixture.tools, admin, { flagKey, name: "New name", tags: ["a"] });
    const id = await idOfLast();
    await updateFlag(fixture.tools, admin, { flagKey, description: "later" });
    expect(await revert(id)).toMatchObject({ kind: "flag.reverted", environment: null });
    expect(await flagNow()).toMatchObject({ name: flagKey, tags: [], description: "later", version: 4 });
    expect((await problemOf(revert(id))).code).toBe("CONFLICT");
  });

  it("takes a variant away again, unless it is served by now", async () => {
    await addVariant(fixture.tools, admin, { flagKey, variant: { key: "maybe", value: true } });
    const id = await idOfLast();
    const place = { flagKey, environment: "staging" };
    await setFallthrough(fixture.tools, admin, { ...place, serve: { variant: "maybe" } });
    expect((await problemOf(revert(id))).code).toBe("CONFLICT");
    await setFallthrough(fixture.tools, admin, { ...place, serve: { variant: "on" } });
    await revert(id);
    expect((await flagNow())?.variants.map(({ key }) => key)).toEqual(["on", "off"]);
  });

  it("does not bring back a schema that the values no longer satisfy", async () => {
    await fixture.addFlag(`limit-${count}`, {
      type: "NUMBER",
      variants: [{ key: "low", value: 1 }],
      valueSchema: { maximum: 10 },
    });
    flagKey = `limit-${count}`;
    await updateFlag(fixture.tools, admin, { flagKey, valueSchema: null });
    const id = await idOfLast();
    await updateVariant(fixture.tools, admin, { flagKey, variant: "low", value: 99 });
    expect((await problemOf(revert(id))).message).toBe(
      `Flag "${flagKey}" cannot go back: its schema would refuse "low".`,
    );
  });

  it("takes an archiving back, and refuses to archive again what is used by now", async () => {
    await archiveFlag(fixture.tools, admin, { flagKey });
    const restored = await revert(await idOfLast());
    expect(await flagNow()).toMatchObject({ archived: false });
    const user = `user-${count}`;
    await fixture.addFlag(user);
    const prerequisites = [{ flagKey, variants: ["on"] }];
    await setPrerequisites(fixture.tools, admin, { flagKey: user, environment: "staging", prerequisites });
    expect((await problemOf(revert(restored.id))).code).toBe("CONFLICT");
  });
});

describe("revertChange of anything else", () => {
  it("reverts a change of a segment through the segments room", async () => {
    const key = `segment-${count}`;
    await createSegment(fixture.tools, admin, { key });
    await changeSegmentMembers(fixture.tools, admin, { segment: key, list: "INCLUDED", add: ["alice"] });
    const [change] = await lastChanges(fixture.tools.database, [
      { project: "default", subjectType: "SEGMENT", subject: key },
    ]);
    expect(await revert(change?.id ?? "")).toMatchObject({ kind: "segment.reverted", subject: key });
  });

  it("says what cannot be reverted, and what is not there", async () => {
    expect(await mistakesOf(revert(await idOfLast()))).toEqual({
      "input.changeId": "names a change of the kind flag.created, which cannot be reverted.",
    });
    for (const id of ["nothing", "00000000-0000-4000-8000-000000000009"]) {
      expect((await problemOf(revert(id))).code).toBe("NOT_FOUND");
    }
  });

  it("says that content was erased", async () => {
    await updateFlag(fixture.tools, admin, { flagKey, description: "of alice" });
    const id = await idOfLast();
    await eraseChanges(fixture.tools, admin, { changeIds: [id] });
    expect(await mistakesOf(revert(id))).toEqual({
      "input.changeId": "names a change whose content was erased, so that nobody knows what to go back to.",
    });
  });

  it("does not mistake a new flag for the one that had its key", async () => {
    await setFlagEnabled(fixture.tools, admin, { flagKey, environment: "staging", enabled: true });
    const id = await idOfLast("staging");
    await deleteFlag(fixture.tools, admin, { flagKey });
    expect((await problemOf(revert(id))).code).toBe("NOT_FOUND");
    await fixture.addFlag(flagKey, { environments: [{ environment: "staging", enabled: true }] });
    expect(await problemOf(revert(id))).toMatchObject({
      code: "CONFLICT",
      message: `The change is of an earlier flag "${flagKey}", which was deleted.`,
    });
  });
});
