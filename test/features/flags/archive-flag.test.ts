import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { addVariant } from "../../../src/features/flags/add-variant.js";
import { archiveFlag } from "../../../src/features/flags/archive-flag.js";
import { deleteFlag } from "../../../src/features/flags/delete-flag.js";
import { findFlag } from "../../../src/features/flags/flag.store.js";
import { killFlag } from "../../../src/features/flags/kill-flag.js";
import { restoreFlag } from "../../../src/features/flags/restore-flag.js";
import { adminCaller, anonymousCaller, keyCaller, userCaller } from "../../support/tools.js";
import { type Fixture, openFixture, problemOf, sidesOf } from "./settings-fixture.js";

const admin = adminCaller();
const manager = userCaller("MANAGER");
const developer = userCaller("DEVELOPER");
let fixture: Fixture;

beforeAll(async () => {
  fixture = await openFixture();
});
afterAll(async () => fixture.opened.close());

const everywhere = ["development", "staging", "production"];
const enabledIn = (...environments: readonly string[]) =>
  environments.map((environment) => ({ environment, enabled: true }));
/** A flag that needs `flagKey` in staging and production. */
const addUser = async (key: string, flagKey: string) => {
  const prerequisites = [{ flagKey, variants: ["on"] }];
  const environments = ["staging", "production"].map((environment) => ({ environment, prerequisites }));
  return fixture.addFlag(key, { environments });
};

describe("archiveFlag and restoreFlag", () => {
  it("take a flag out of use and back, with its settings as they were", async () => {
    await fixture.addFlag("done", { environments: enabledIn("staging") });
    const archived = await archiveFlag(fixture.tools, manager, { flagKey: "done" });
    expect(archived).toMatchObject({ archived: true, version: 2 });
    expect(await fixture.stored("done", "staging")).toMatchObject({ enabled: true, version: 2 });
    const change = await fixture.lastChange("done");
    expect(change.kind).toBe("flag.archived");
    expect(sidesOf(change)).toEqual({ before: { archived: false }, after: { archived: true } });
    const restored = await restoreFlag(fixture.tools, manager, { flagKey: "done" });
    expect(restored).toMatchObject({ archived: false, version: 3 });
    expect((await fixture.lastChange("done")).kind).toBe("flag.restored");
  });

  it("do nothing to a flag that is so already", async () => {
    await fixture.addFlag("twice");
    expect(await restoreFlag(fixture.tools, manager, { flagKey: "twice" })).toMatchObject({ version: 1 });
    await archiveFlag(fixture.tools, manager, { flagKey: "twice" });
    expect(await archiveFlag(fixture.tools, manager, { flagKey: "twice" })).toMatchObject({ version: 2 });
  });

  it("refuse while others use it, with the list, and to come back before what it uses", async () => {
    await fixture.addFlag("ground");
    await addUser("house", "ground");
    expect(await problemOf(archiveFlag(fixture.tools, admin, { flagKey: "ground" }))).toMatchObject({
      code: "CONFLICT",
      message: 'Flag "ground" is used by flag "house" in production and staging.',
    });
    await archiveFlag(fixture.tools, admin, { flagKey: "house" });
    await archiveFlag(fixture.tools, admin, { flagKey: "ground" });
    expect(await problemOf(restoreFlag(fixture.tools, admin, { flagKey: "house" }))).toMatchObject({
      code: "CONFLICT",
      message: 'Flag "house" uses archived flags: restore "ground" first.',
    });
  });

  it("need MANAGER, and the version where production is in use", async () => {
    await fixture.addFlag("live", { environments: enabledIn("production") });
    expect((await problemOf(archiveFlag(fixture.tools, developer, { flagKey: "live" }))).code).toBe(
      "FORBIDDEN",
    );
    expect(await problemOf(archiveFlag(fixture.tools, manager, { flagKey: "live" }))).toMatchObject({
      code: "PRECONDITION_REQUIRED",
      details: { currentVersion: 1 },
    });
    await archiveFlag(fixture.tools, manager, { flagKey: "live", expectedVersion: 1 });
    expect((await problemOf(restoreFlag(fixture.tools, manager, { flagKey: "live" }))).code).toBe(
      "PRECONDITION_REQUIRED",
    );
    await restoreFlag(fixture.tools, manager, { flagKey: "live", expectedVersion: 2 });
  });

  it("leave an archived flag to be restored or deleted and nothing else", async () => {
    await fixture.addFlag("frozen");
    await archiveFlag(fixture.tools, admin, { flagKey: "frozen" });
    const variant = { key: "maybe", value: true };
    for (const change of [
      addVariant(fixture.tools, admin, { flagKey: "frozen", variant }),
      killFlag(fixture.tools, admin, { flagKey: "frozen" }),
    ]) {
      expect(await problemOf(change)).toMatchObject({
        code: "CONFLICT",
        message: 'Flag "frozen" is archived: restore it first.',
      });
    }
    expect(await deleteFlag(fixture.tools, admin, { flagKey: "frozen" })).toMatchObject({
      flag: { archived: true },
    });
  });
});

describe("deleteFlag", () => {
  it("gives the flag as it was, records all of it, and frees the key", async () => {
    const flag = await fixture.addFlag("old", { environments: enabledIn("staging"), tags: ["x"] });
    const deleted = await deleteFlag(fixture.tools, manager, { flagKey: "old", reason: "done" });
    expect(deleted.flag).toEqual(flag);
    expect(deleted.settings).toHaveLength(3);
    expect(await findFlag(fixture.tools.database, "default", "old")).toBeNull();
    const change = await fixture.lastChange("old");
    expect(change.kind).toBe("flag.deleted");
    const { before, after } = sidesOf(change);
    expect(after).toBeNull();
    expect(before).toMatchObject({ key: "old", tags: ["x"], variants: flag.variants });
    expect(before).toMatchObject({
      environments: { staging: { enabled: true }, production: { enabled: false } },
    });
    expect(await fixture.addFlag("old")).toMatchObject({ version: 1 });
  });

  it("refuses while others use it, archived ones too", async () => {
    await fixture.addFlag("root");
    await addUser("leaf", "root");
    await archiveFlag(fixture.tools, admin, { flagKey: "leaf" });
    expect(await problemOf(deleteFlag(fixture.tools, admin, { flagKey: "root" }))).toMatchObject({
      code: "CONFLICT",
      message: 'Flag "root" is used by flag "leaf" in production and staging.',
    });
    await deleteFlag(fixture.tools, admin, { flagKey: "leaf" });
    await deleteFlag(fixture.tools, admin, { flagKey: "root" });
  });

  it("needs MANAGER, the current version, and a flag", async () => {
    await fixture.addFlag("kept");
    const remove = async (caller: typeof admin, input: { flagKey: string; expectedVersion?: number }) =>
      problemOf(deleteFlag(fixture.tools, caller, input));
    expect((await remove(developer, { flagKey: "kept" })).code).toBe("FORBIDDEN");
    expect((await remove(anonymousCaller(), { flagKey: "kept" })).code).toBe("UNAUTHENTICATED");
    expect(await remove(manager, { flagKey: "kept", expectedVersion: 7 })).toMatchObject({
      code: "CONFLICT",
      details: { currentVersion: 1 },
    });
    expect((await remove(manager, { flagKey: "absent" })).code).toBe("NOT_FOUND");
  });
});

describe("killFlag", () => {
  it("switches off everywhere at once, for a developer and without versions", async () => {
    await fixture.addFlag("fire", { environments: enabledIn("staging", "production") });
    const flag = await killFlag(fixture.tools, developer, { flagKey: "fire", reason: "burning" });
    expect(flag).toMatchObject({ key: "fire", version: 1 });
    for (const environment of everywhere) {
      const version = environment === "development" ? 1 : 2;
      expect(await fixture.stored("fire", environment)).toMatchObject({ enabled: false, version });
    }
    const change = await fixture.lastChange("fire");
    expect(change).toMatchObject({ kind: "flag.killed", environment: null });
    expect(sidesOf(change)).toEqual({
      before: { enabled: { staging: true, production: true } },
      after: { enabled: { staging: false, production: false } },
    });
  });

  it("records nothing for a flag that is off everywhere", async () => {
    await fixture.addFlag("cold");
    await killFlag(fixture.tools, developer, { flagKey: "cold" });
    expect((await fixture.lastChange("cold")).kind).toBe("flag.created");
  });

  it("is not for viewers and keys that evaluate", async () => {
    for (const caller of [userCaller("VIEWER"), keyCaller({ keyKind: "SERVER" })]) {
      expect((await problemOf(killFlag(fixture.tools, caller, { flagKey: "fire" }))).code).toBe("FORBIDDEN");
    }
  });
});
