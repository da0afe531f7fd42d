import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { setFlagEnabled } from "../../../src/features/flags/set-flag-enabled.js";
import { archiveFlag } from "../../../src/features/flags/archive-flag.js";
import { bodyOf } from "../../../src/features/ledger/index.js";
import { adminCaller, anonymousCaller, keyCaller, userCaller } from "../../support/tools.js";
import { type Fixture, openFixture, problemOf } from "./settings-fixture.js";

const admin = adminCaller();
let fixture: Fixture;

beforeAll(async () => {
  fixture = await openFixture();
  for (const key of ["banner", "idle", "gone"]) await fixture.addFlag(key);
});
afterAll(async () => fixture.opened.close());

describe("setFlagEnabled", () => {
  it("switches one environment, raises its version and records what changed", async () => {
    const input = { flagKey: "banner", environment: "staging", enabled: true, reason: "launch" };
    const settings = await setFlagEnabled(fixture.tools, admin, input);
    expect(settings).toMatchObject({ environment: "staging", enabled: true, version: 2 });
    expect(await fixture.stored("banner", "staging")).toEqual(settings);
    expect(await fixture.stored("banner", "development")).toMatchObject({ enabled: false, version: 1 });
    const change = await fixture.lastChange("banner", "staging");
    expect(change).toMatchObject({ kind: "flag.enabled", project: "default", environment: "staging" });
    expect(bodyOf(change)).toMatchObject({
      before: { enabled: false },
      after: { enabled: true },
      reason: "launch",
    });
  });

  it("records nothing where nothing changes", async () => {
    const before = await fixture.lastChange("idle");
    const input = { flagKey: "idle", environment: "staging", enabled: false };
    expect(await setFlagEnabled(fixture.tools, admin, input)).toMatchObject({ version: 1 });
    expect((await fixture.lastChange("idle")).seq).toBe(before.seq);
  });

  it("needs the version in production to switch on, and never to switch off", async () => {
    const input = { flagKey: "banner", environment: "production" };
    const problem = await problemOf(setFlagEnabled(fixture.tools, admin, { ...input, enabled: true }));
    expect(problem).toMatchObject({ code: "PRECONDITION_REQUIRED", details: { currentVersion: 1 } });
    await setFlagEnabled(fixture.tools, admin, { ...input, enabled: true, expectedVersion: 1 });
    const off = await setFlagEnabled(fixture.tools, admin, { ...input, enabled: false });
    expect(off).toMatchObject({ enabled: false, version: 3 });
    expect((await fixture.lastChange("banner", "production")).kind).toBe("flag.disabled");
  });

  it("refuses a stale version, to switch off too", async () => {
    for (const enabled of [true, false]) {
      const input = { flagKey: "idle", environment: "staging", enabled, expectedVersion: 9 };
      expect(await problemOf(setFlagEnabled(fixture.tools, admin, input))).toMatchObject({
        code: "CONFLICT",
        details: { currentVersion: 1 },
        message: 'Flag "idle" in staging is at version 1, not 9: read it again.',
      });
    }
  });

  it("is for DEVELOPERs, in protected environments for MANAGERs", async () => {
    const tried = async (caller: ReturnType<typeof userCaller>, environment: string) => {
      const input = { flagKey: "idle", environment, enabled: true, expectedVersion: 9 };
      return (await problemOf(setFlagEnabled(fixture.tools, caller, input))).code;
    };
    expect(await tried(userCaller("DEVELOPER"), "staging")).toBe("CONFLICT");
    expect(await tried(userCaller("DEVELOPER"), "production")).toBe("FORBIDDEN");
    expect(await tried(userCaller(null, { default: "MANAGER" }), "production")).toBe("CONFLICT");
    expect(await tried(userCaller("VIEWER"), "staging")).toBe("FORBIDDEN");
    expect(await tried(keyCaller({ keyKind: "SERVER", environment: "staging" }), "staging")).toBe(
      "FORBIDDEN",
    );
    expect(await tried(userCaller(null, { other: "ADMIN" }), "staging")).toBe("NOT_FOUND");
    expect(await tried(anonymousCaller(), "staging")).toBe("UNAUTHENTICATED");
  });

  it("says NOT_FOUND for a flag, an environment and a project that are not there", async () => {
    const input = { flagKey: "idle", environment: "staging", enabled: true };
    for (const absent of [{ flagKey: "nobody" }, { environment: "moon" }, { project: "moon" }]) {
      const problem = await problemOf(setFlagEnabled(fixture.tools, admin, { ...input, ...absent }));
      expect(problem.code).toBe("NOT_FOUND");
    }
  });

  it("refuses an archived flag and a reason that is too long", async () => {
    await archiveFlag(fixture.tools, admin, { flagKey: "gone" });
    const input = { flagKey: "gone", environment: "staging", enabled: true };
    expect(await problemOf(setFlagEnabled(fixture.tools, admin, input))).toMatchObject({
      code: "CONFLICT",
      message: 'Flag "gone" is archived: restore it first.',
    });
    const wordy = { ...input, flagKey: "idle", reason: "x".repeat(1_001) };
    expect(await problemOf(setFlagEnabled(fixture.tools, admin, wordy))).toMatchObject({
      code: "BAD_USER_INPUT",
      details: { fields: [{ path: "input.reason" }] },
    });
  });
});
