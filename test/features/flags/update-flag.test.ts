import { sql } from "drizzle-orm";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { archiveFlag } from "../../../src/features/flags/archive-flag.js";
import { setFlagEnabled } from "../../../src/features/flags/set-flag-enabled.js";
import { type UpdateFlag, updateFlag } from "../../../src/features/flags/update-flag.js";
import { createSegment } from "../../../src/features/segments/index.js";
import { adminCaller, userCaller } from "../../support/tools.js";
import { type Fixture, mistakesOf, openFixture, problemOf, sidesOf } from "./settings-fixture.js";

const admin = adminCaller();
const developer = userCaller("DEVELOPER");
let fixture: Fixture;
const update = async (input: UpdateFlag, caller = admin) => updateFlag(fixture.tools, caller, input);
const versionOf = async (flag: string, environment: string) =>
  (await fixture.stored(flag, environment)).version;

beforeAll(async () => {
  fixture = await openFixture();
  await fixture.tools.database.execute(
    sql`insert into users (email, password_hash) values ('owner@example.com', 'x')`,
  );
});
afterAll(async () => fixture.opened.close());

describe("updateFlag", () => {
  it("changes what is given, keeps the rest, and records both sides", async () => {
    const flag = await fixture.addFlag("plain", { tags: ["a"], description: "Old" });
    const input = { name: "Plain", kind: "CONFIG", tags: ["b", " b"], owner: "owner@example.com" } as const;
    const updated = await update({ flagKey: "plain", ...input, reason: "tidy" });
    expect(updated).toMatchObject({
      name: "Plain",
      kind: "CONFIG",
      tags: ["b"],
      description: "Old",
      version: 2,
    });
    expect(updated.createdAt).toEqual(flag.createdAt);
    expect(updated.ownerId).not.toBeNull();
    const change = await fixture.lastChange("plain");
    expect(change).toMatchObject({ kind: "flag.updated", environment: null });
    expect(sidesOf(change)).toEqual({
      before: { name: "plain", kind: "RELEASE", tags: ["a"], ownerId: null },
      after: { name: "Plain", kind: "CONFIG", tags: ["b"], ownerId: updated.ownerId },
    });
    expect(await versionOf("plain", "production")).toBe(1);
  });

  it("clears description, owner and schema by null", async () => {
    await fixture.addFlag("clear", { description: "D", owner: "owner@example.com", valueSchema: {} });
    const input = { flagKey: "clear", description: null, owner: null, valueSchema: null };
    expect(await update(input)).toMatchObject({ description: null, ownerId: null, valueSchema: null });
  });

  it("refuses null for what cannot be cleared", async () => {
    await fixture.addFlag("solid");
    const input = { flagKey: "solid", name: null, kind: null, tags: null, clientVisible: null };
    expect(Object.keys(await mistakesOf(update(input))).sort()).toEqual([
      "input.clientVisible",
      "input.kind",
      "input.name",
      "input.tags",
    ]);
  });

  it("writes and records nothing where nothing changes", async () => {
    await fixture.addFlag("same", { tags: ["a"], valueSchema: { type: "boolean", title: "T" } });
    const input = { name: "same", tags: ["a"], valueSchema: { title: "T", type: "boolean" } };
    expect(await update({ flagKey: "same", ...input })).toMatchObject({ version: 1 });
    expect((await fixture.lastChange("same")).kind).toBe("flag.created");
  });

  it("raises the version in every environment for the schema and the visibility", async () => {
    await fixture.addFlag("shared");
    await update({ flagKey: "shared", clientVisible: false });
    expect(await versionOf("shared", "production")).toBe(2);
    await update({ flagKey: "shared", valueSchema: { type: "boolean" } });
    expect(await versionOf("shared", "development")).toBe(3);
  });

  it("refuses a schema that a variant does not satisfy", async () => {
    await fixture.addFlag("strict", {
      type: "JSON",
      variants: [
        { key: "small", value: { size: 1 } },
        { key: "large", value: { size: 100 } },
      ],
    });
    const valueSchema = { properties: { size: { maximum: 10 } } };
    expect(await mistakesOf(update({ flagKey: "strict", valueSchema }))).toEqual({
      "input.valueSchema": 'must accept variant "large": /size must be <= 10.',
    });
  });

  it("refuses a stale version and does not find what is not there", async () => {
    await fixture.addFlag("stale");
    await update({ flagKey: "stale", name: "Two", expectedVersion: 1 });
    expect(await problemOf(update({ flagKey: "stale", name: "Three", expectedVersion: 1 }))).toMatchObject({
      code: "CONFLICT",
      details: { currentVersion: 2 },
    });
    expect(await problemOf(update({ flagKey: "nothing" }))).toMatchObject({
      code: "NOT_FOUND",
      message: 'Flag "nothing" was not found.',
    });
    expect((await problemOf(update({ flagKey: "a\0b" }))).code).toBe("NOT_FOUND");
    const owner = "nobody@example.com";
    expect((await problemOf(update({ flagKey: "stale", owner }))).code).toBe("NOT_FOUND");
  });

  it("refuses an archived flag", async () => {
    await fixture.addFlag("gone");
    await archiveFlag(fixture.tools, admin, { flagKey: "gone" });
    expect(await problemOf(update({ flagKey: "gone", name: "X" }))).toMatchObject({
      code: "CONFLICT",
      message: 'Flag "gone" is archived: restore it first.',
    });
  });
});

describe("what alters answers needs the right and the version of the strictest environment in use", () => {
  const enable = async (flagKey: string, environment: string) => {
    const { version } = await fixture.stored(flagKey, environment);
    const input = { flagKey, environment, enabled: true, expectedVersion: version };
    return setFlagEnabled(fixture.tools, admin, input);
  };
  const hide = async (flagKey: string, input: Partial<UpdateFlag> = {}) =>
    update({ flagKey, clientVisible: false, ...input }, developer);

  it("none, while it is used in unprotected ones alone", async () => {
    await fixture.addFlag("free");
    await enable("free", "staging");
    expect(await hide("free")).toMatchObject({ clientVisible: false });
  });

  it("where the flag itself is enabled", async () => {
    await fixture.addFlag("live");
    await enable("live", "production");
    expect(await problemOf(hide("live"))).toMatchObject({
      code: "FORBIDDEN",
      message: 'flag:update needs the role MANAGER, because flag "live" is in use in production.',
    });
    expect(await update({ flagKey: "live", name: "Live" }, developer)).toMatchObject({ name: "Live" });
    const visible = { flagKey: "live", clientVisible: false };
    expect(await problemOf(update(visible))).toMatchObject({
      code: "PRECONDITION_REQUIRED",
      details: { currentVersion: 2 },
    });
    expect(await update({ ...visible, expectedVersion: 2 })).toMatchObject({ version: 3 });
  });

  it("where an enabled flag depends on it through another, which may be off", async () => {
    await fixture.addFlag("base");
    const needs = (flagKey: string) => [
      { environment: "production", prerequisites: [{ flagKey, variants: ["on"] }] },
    ];
    await fixture.addFlag("middle", { environments: needs("base") });
    await fixture.addFlag("top", { environments: needs("middle") });
    expect(await hide("base")).toMatchObject({ clientVisible: false });
    await enable("top", "production");
    const problem = await problemOf(update({ flagKey: "base", clientVisible: true }, developer));
    expect(problem.code).toBe("FORBIDDEN");
    await setFlagEnabled(fixture.tools, admin, { flagKey: "top", environment: "production", enabled: false });
    expect((await update({ flagKey: "base", clientVisible: true }, developer)).version).toBe(3);
  });

  it("where an enabled flag asks what it serves, but not if that flag is archived", async () => {
    await fixture.addFlag("asked");
    const when = { flag: "asked", variants: ["on"] };
    const rules = [{ when, serve: { variant: "on" } }];
    await fixture.addFlag("asker", { environments: [{ environment: "production", enabled: true, rules }] });
    expect((await problemOf(hide("asked"))).code).toBe("FORBIDDEN");
    await archiveFlag(fixture.tools, admin, { flagKey: "asker", expectedVersion: 1 });
    expect(await hide("asked")).toMatchObject({ clientVisible: false });
  });

  it("and a segment is in use through segments that name it", async () => {
    const { environmentsUsingSegment, flagUsersOfSegment } =
      await import("../../../src/features/flags/guard-in-use.js");
    await createSegment(fixture.tools, admin, { key: "inner" });
    await createSegment(fixture.tools, admin, { key: "outer", when: { not: { segment: "inner" } } });
    const rules = [{ when: { segment: "outer" }, serve: { variant: "on" } }];
    const environments = [
      { environment: "production", enabled: true, rules },
      { environment: "staging", rules },
    ];
    await fixture.addFlag("segmented", { environments });
    const { database } = fixture.tools;
    await database.transaction(async (tx) => {
      const keysUsing = async (segment: string) =>
        (await environmentsUsingSegment(tx, "default", segment)).map(({ key }) => key);
      expect(await keysUsing("inner")).toEqual(["production"]);
      expect(await keysUsing("outer")).toEqual(["production"]);
      expect(await flagUsersOfSegment(tx, "default", "inner")).toEqual([]);
      expect(await flagUsersOfSegment(tx, "default", "outer")).toMatchObject([
        { flag: "segmented", environment: "production" },
        { flag: "segmented", environment: "staging" },
      ]);
    });
  });
});
