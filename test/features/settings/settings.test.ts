/** What administrators decide for the whole server, and how instances hear of it. */
import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { sql } from "drizzle-orm";
import { createReader, type Reader } from "../../../src/features/ledger/index.js";
import { createCurrentSettings, type CurrentSettings } from "../../../src/features/settings/index.js";
import { settings } from "../../../src/features/settings/settings.queries.js";
import { updateSettings } from "../../../src/features/settings/update-settings.js";
import type { OpenDatabase } from "../../../src/platform/database/index.js";
import { freshDatabase } from "../../support/databases.js";
import {
  adminCaller,
  anonymousCaller,
  keyCaller,
  recorded,
  testTools,
  type TestTools,
  userCaller,
  withFactor,
} from "../../support/tools.js";

let open: OpenDatabase;
let tools: TestTools;
let current: CurrentSettings;
let beside: CurrentSettings;
let readers: readonly Reader[];

beforeAll(async () => {
  open = await freshDatabase();
  current = createCurrentSettings();
  beside = createCurrentSettings();
  tools = testTools(open.database, async (position) => readers[0]?.reach(position));
  readers = [createReader(tools, [current]), createReader(tools, [beside])];
  for (const reader of readers) await reader.start();
});
afterAll(async () => {
  for (const reader of readers) await reader.close();
  await open.close();
});
beforeEach(async () => {
  await open.database.execute(sql`delete from server_settings`);
});

const admin = withFactor(adminCaller(), "FRESH");

describe("the settings", () => {
  it("are the defaults before anybody decided anything", async () => {
    expect(await settings(tools, admin)).toEqual({
      ...{ requireTwoFactor: false, auditRetentionDays: null },
      ...{ version: 1, updatedAt: null },
    });
  });

  it("change for this instance at once, and for others when they read on", async () => {
    const changed = await updateSettings(tools, admin, { requireTwoFactor: true, reason: "Policy." });
    expect(changed).toEqual({
      ...{ requireTwoFactor: true, auditRetentionDays: null },
      ...{ version: 2, updatedAt: expect.any(Date) as Date },
    });
    expect(current.current()).toEqual(changed);
    expect(await settings(tools, admin)).toEqual(changed);
    readers[1]?.nudge();
    await expect.poll(() => beside.current()).toEqual(changed);
    expect((await recorded(tools)).at(-1)).toMatchObject({
      ...{ kind: "settings.updated", subject: "server", project: null, reason: "Policy." },
      ...{ before: { requireTwoFactor: false }, after: { requireTwoFactor: true } },
    });
  });

  it("keep their version, and leave no trace, where nothing changes", async () => {
    const before = (await recorded(tools)).length;
    expect(await updateSettings(tools, admin, {})).toMatchObject({ version: 1 });
    expect(await updateSettings(tools, admin, { requireTwoFactor: false })).toMatchObject({ version: 1 });
    expect(await recorded(tools)).toHaveLength(before);
  });

  it("refuse a stale version and what cannot be", async () => {
    await updateSettings(tools, admin, { requireTwoFactor: true, expectedVersion: 1 });
    const stale = updateSettings(tools, admin, { requireTwoFactor: false, expectedVersion: 1 });
    await expect(stale).rejects.toMatchObject({ code: "CONFLICT", details: { currentVersion: 2 } });
    const cleared = updateSettings(tools, admin, { requireTwoFactor: null, reason: "\0" });
    await expect(cleared).rejects.toMatchObject({
      code: "BAD_USER_INPUT",
      details: { fields: [{ path: "input.requireTwoFactor" }, { path: "input.reason" }] },
    });
  });

  it("say for how long the audit log is kept, and what they say stays when something else changes", async () => {
    const kept = await updateSettings(tools, adminCaller(), { auditRetentionDays: 365 });
    expect(kept).toMatchObject({ auditRetentionDays: 365, version: 2 });
    expect((await recorded(tools)).at(-1)).toMatchObject({
      ...{ before: { auditRetentionDays: null }, after: { auditRetentionDays: 365 } },
    });
    await updateSettings(tools, admin, { requireTwoFactor: true });
    expect(current.current()).toMatchObject({ requireTwoFactor: true, auditRetentionDays: 365 });
    const forEver = await updateSettings(tools, adminCaller(), { auditRetentionDays: null });
    expect(forEver).toMatchObject({ requireTwoFactor: true, auditRetentionDays: null, version: 4 });
  });

  it.each([0, -1, 36_501, 1.5])("refuse to keep the audit log for %s days", async (days) => {
    await expect(updateSettings(tools, admin, { auditRetentionDays: days })).rejects.toMatchObject({
      code: "BAD_USER_INPUT",
      details: { fields: [{ path: "input.auditRetentionDays" }] },
    });
  });

  it("ask everyone for a second factor only by who has one; a key may", async () => {
    const change = { requireTwoFactor: true };
    await expect(updateSettings(tools, adminCaller(), change)).rejects.toMatchObject({
      code: "CONFLICT",
      message: expect.stringContaining("beginTwoFactor") as unknown,
    });
    const stale = withFactor(adminCaller(), "STALE");
    await expect(updateSettings(tools, stale, change)).rejects.toMatchObject({ code: "STEP_UP_REQUIRED" });
    await expect(updateSettings(tools, keyCaller(), change)).resolves.toMatchObject(change);
    await expect(updateSettings(tools, adminCaller(), { requireTwoFactor: false })).resolves.toMatchObject({
      requireTwoFactor: false,
    });
  });

  it.each([
    ["a MANAGER", userCaller("MANAGER"), "FORBIDDEN"],
    ["an ADMIN of a project", userCaller(null, { default: "ADMIN" }), "FORBIDDEN"],
    ["a key of a project", keyCaller({ project: "default" }), "FORBIDDEN"],
    ["a SERVER key", keyCaller({ keyKind: "SERVER" }), "FORBIDDEN"],
    ["a stranger", anonymousCaller(), "UNAUTHENTICATED"],
  ])("are neither read nor changed by %s", async (_who, caller, code) => {
    await expect(settings(tools, caller)).rejects.toMatchObject({ code });
    await expect(updateSettings(tools, caller, { requireTwoFactor: true })).rejects.toMatchObject({ code });
  });
});
