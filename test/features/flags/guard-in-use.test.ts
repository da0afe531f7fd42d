/** What is shared by all environments changes with the rights of every environment in which it is in use, however it is approached. */
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { deleteEnvironment } from "../../../src/features/environments/delete-environment.js";
import { updateEnvironment } from "../../../src/features/environments/update-environment.js";
import { addVariant } from "../../../src/features/flags/add-variant.js";
import { archiveFlag } from "../../../src/features/flags/archive-flag.js";
import { copyFlagEnvironment } from "../../../src/features/flags/copy-flag-environment.js";
import { createFlag } from "../../../src/features/flags/create-flag.js";
import { deleteFlag } from "../../../src/features/flags/delete-flag.js";
import { killFlag } from "../../../src/features/flags/kill-flag.js";
import { removeVariant } from "../../../src/features/flags/remove-variant.js";
import { restoreFlag } from "../../../src/features/flags/restore-flag.js";
import { revertChange } from "../../../src/features/flags/revert-change.js";
import { setFlagEnabled } from "../../../src/features/flags/set-flag-enabled.js";
import { setPrerequisites } from "../../../src/features/flags/set-prerequisites.js";
import { updateFlag } from "../../../src/features/flags/update-flag.js";
import { updateFlagEnvironment } from "../../../src/features/flags/update-flag-environment.js";
import { updateVariant } from "../../../src/features/flags/update-variant.js";
import { AuditSubject, lastChanges } from "../../../src/features/ledger/index.js";
import type { Caller } from "../../../src/features/permissions/index.js";
import { changeSegmentMembers } from "../../../src/features/segments/change-segment-members.js";
import { createSegment } from "../../../src/features/segments/create-segment.js";
import { updateSegment } from "../../../src/features/segments/update-segment.js";
import { createProject } from "../../../src/features/projects/index.js";
import { adminCaller, userCaller, withFactor } from "../../support/tools.js";
import { type Fixture, openFixture, problemOf } from "./settings-fixture.js";

const admin = adminCaller();
const developer = userCaller("DEVELOPER");
const manager = userCaller("MANAGER");

let fixture: Fixture;
let tools: Fixture["tools"];
beforeAll(async () => {
  fixture = await openFixture();
  ({ tools } = fixture);
});
afterAll(async () => fixture.opened.close());

const on = (environment: string) => ({ environments: [{ environment, enabled: true }] });

/** A flag that is off in production, and one that is on there and has it as a prerequisite. */
async function addNeeded(key: string): Promise<void> {
  await fixture.addFlag(key);
  const prerequisites = [{ flagKey: key, variants: ["on"] }];
  await fixture.addFlag(`${key}-user`, {
    environments: [{ environment: "production", enabled: true, prerequisites }],
  });
}

/** A segment that a flag uses which is on in production; with `within`, by way of another segment. */
async function addSegment(key: string, within = false): Promise<void> {
  await createSegment(tools, admin, { key, included: ["user-1"] });
  if (within) await createSegment(tools, admin, { key: `${key}-outer`, when: { segment: key } });
  const rules = [{ when: { segment: within ? `${key}-outer` : key }, serve: { variant: "on" } }];
  await fixture.addFlag(`${key}-user`, {
    environments: [{ environment: "production", enabled: true, rules }],
  });
}

async function changeOf(subjectType: AuditSubject, subject: string, environment?: string): Promise<string> {
  const [change] = await lastChanges(tools.database, [
    { project: "default", subjectType, subject, environment },
  ]);
  return change?.id ?? "";
}

interface Attempt {
  /** What must be there first; the attempt is given what it gives. */
  readonly prepare: (key: string) => Promise<unknown>;
  readonly attempt: (caller: Caller, key: string, prepared: unknown) => Promise<unknown>;
}

const enabled = async (key: string) => fixture.addFlag(key, on("production"));
const paint = { variant: "on", value: false };

/** Everything by which answers in production could change, from near and from far. */
const reaching: Readonly<Record<string, Attempt>> = {
  "a new flag that is on there": {
    prepare: async () => undefined,
    attempt: async (caller, key) => createFlag(tools, caller, { key, ...on("production") }),
  },
  "switching a flag on": {
    prepare: fixtureFlag,
    attempt: async (caller, flagKey) =>
      setFlagEnabled(tools, caller, {
        flagKey,
        environment: "production",
        enabled: true,
        expectedVersion: 1,
      }),
  },
  "switching a flag off": {
    prepare: enabled,
    attempt: async (caller, flagKey) =>
      setFlagEnabled(tools, caller, { flagKey, environment: "production", enabled: false }),
  },
  "its settings": {
    prepare: enabled,
    attempt: async (caller, flagKey) =>
      updateFlagEnvironment(tools, caller, {
        ...{ flagKey, environment: "production", offVariant: "on", expectedVersion: 1 },
      }),
  },
  "its prerequisites": {
    prepare: enabled,
    attempt: async (caller, flagKey) =>
      setPrerequisites(tools, caller, {
        ...{ flagKey, environment: "production", expectedVersion: 1 },
        prerequisites: [{ flagKey: "always-there", variants: ["on"] }],
      }),
  },
  "copying settings there": {
    prepare: async (key) => fixture.addFlag(key, on("development")),
    attempt: async (caller, flagKey) =>
      copyFlagEnvironment(tools, caller, {
        flagKey,
        from: "development",
        to: "production",
        expectedVersion: 1,
      }),
  },
  "a variant's value": {
    prepare: enabled,
    attempt: async (caller, flagKey) =>
      updateVariant(tools, caller, { flagKey, ...paint, expectedVersion: 1 }),
  },
  "a variant's value of a prerequisite": {
    prepare: addNeeded,
    attempt: async (caller, flagKey) =>
      updateVariant(tools, caller, { flagKey, ...paint, expectedVersion: 1 }),
  },
  "a flag's visibility to clients": {
    prepare: enabled,
    attempt: async (caller, flagKey) =>
      updateFlag(tools, caller, { flagKey, clientVisible: false, expectedVersion: 1 }),
  },
  "a flag's value schema": {
    prepare: enabled,
    attempt: async (caller, flagKey) =>
      updateFlag(tools, caller, { flagKey, valueSchema: { type: "boolean" }, expectedVersion: 1 }),
  },
  archiving: {
    prepare: enabled,
    attempt: async (caller, flagKey) => archiveFlag(tools, caller, { flagKey, expectedVersion: 1 }),
  },
  restoring: {
    prepare: async (key) => {
      await enabled(key);
      await archiveFlag(tools, admin, { flagKey: key, expectedVersion: 1 });
    },
    attempt: async (caller, flagKey) => restoreFlag(tools, caller, { flagKey, expectedVersion: 2 }),
  },
  deleting: {
    prepare: enabled,
    attempt: async (caller, flagKey) => deleteFlag(tools, caller, { flagKey, expectedVersion: 1 }),
  },
  "a segment's condition": {
    prepare: addSegment,
    attempt: async (caller, segment) =>
      updateSegment(tools, caller, {
        ...{ segment, when: { attribute: "country", operator: "EXISTS" }, expectedVersion: 1 },
      }),
  },
  "a segment's members": {
    prepare: addSegment,
    attempt: async (caller, segment) =>
      changeSegmentMembers(tools, caller, { segment, add: ["user-2"], expectedVersion: 1 }),
  },
  "the members of a segment within a segment": {
    prepare: async (key) => addSegment(key, true),
    attempt: async (caller, segment) =>
      changeSegmentMembers(tools, caller, { segment, remove: ["user-1"], expectedVersion: 1 }),
  },
  "reverting a variant's value": {
    prepare: async (key) => {
      await enabled(key);
      await updateVariant(tools, admin, { flagKey: key, ...paint, expectedVersion: 1 });
      return changeOf(AuditSubject.FLAG, key);
    },
    attempt: revert,
  },
  "reverting settings": {
    prepare: async (key) => {
      await fixture.addFlag(key);
      await setFlagEnabled(tools, admin, {
        ...{ flagKey: key, environment: "production", enabled: true, expectedVersion: 1 },
      });
      return changeOf(AuditSubject.FLAG, key, "production");
    },
    attempt: revert,
  },
  "reverting a kill": {
    prepare: async (key) => {
      const environments = ["development", "production"].map((environment) => ({
        environment,
        enabled: true,
      }));
      await fixture.addFlag(key, { environments });
      await killFlag(tools, admin, { flagKey: key });
      return changeOf(AuditSubject.FLAG, key);
    },
    attempt: revert,
  },
  "reverting an archiving": {
    prepare: async (key) => {
      await enabled(key);
      await archiveFlag(tools, admin, { flagKey: key, expectedVersion: 1 });
      return changeOf(AuditSubject.FLAG, key);
    },
    attempt: revert,
  },
  "reverting a segment's members": {
    prepare: async (key) => {
      await addSegment(key);
      await changeSegmentMembers(tools, admin, { segment: key, add: ["user-2"], expectedVersion: 1 });
      return changeOf(AuditSubject.SEGMENT, key);
    },
    attempt: revert,
  },
  "reverting a segment's condition": {
    prepare: async (key) => {
      await addSegment(key);
      const when = { attribute: "country", operator: "EXISTS" } as const;
      await updateSegment(tools, admin, { segment: key, when, expectedVersion: 1 });
      return changeOf(AuditSubject.SEGMENT, key);
    },
    attempt: revert,
  },
  "taking protection away": {
    prepare: project,
    attempt: async (caller, key) =>
      updateEnvironment(tools, caller, {
        ...{ project: key, environment: "production", protected: false, expectedVersion: 1 },
      }),
  },
  "deleting the environment": {
    prepare: project,
    attempt: async (caller, key) =>
      deleteEnvironment(tools, caller, { project: key, environment: "production", expectedVersion: 1 }),
  },
};

async function fixtureFlag(key: string): Promise<unknown> {
  return fixture.addFlag(key);
}

async function project(key: string): Promise<unknown> {
  return createProject(tools, admin, { key });
}

async function revert(caller: Caller, _key: string, change: unknown): Promise<unknown> {
  return revertChange(tools, caller, { changeId: String(change) });
}

describe("production is not reached by", () => {
  beforeAll(async () => fixture.addFlag("always-there"));
  const cases = Object.entries(reaching).map(([name, one], index) => ({
    name,
    key: `thing-${index}`,
    ...one,
  }));

  it.each(cases)(
    "$name without the role, nor without a fresh second factor",
    async ({ key, prepare, attempt }) => {
      const prepared = await prepare(key);
      for (const factor of ["NONE", "STALE", "FRESH"] as const) {
        const { code, message } = await problemOf(attempt(withFactor(developer, factor), key, prepared));
        expect([code, message]).toEqual(["FORBIDDEN", expect.stringMatching(/ needs the role MANAGER\b/)]);
      }
      const stale = await problemOf(attempt(withFactor(manager, "STALE"), key, prepared));
      expect([stale.code, stale.message]).toEqual([
        "STEP_UP_REQUIRED",
        expect.stringContaining("call stepUp"),
      ]);
      await expect(attempt(withFactor(manager, "FRESH"), key, prepared)).resolves.toBeDefined();
    },
  );
});

describe("no fresh second factor is asked for", () => {
  const stale = withFactor(manager, "STALE");

  it("by a kill, whatever is protected", async () => {
    await enabled("killed");
    await killFlag(tools, withFactor(developer, "STALE"), { flagKey: "killed" });
    expect(await fixture.stored("killed", "production")).toMatchObject({ enabled: false });
  });

  it("by what is in use where nothing is protected", async () => {
    await fixture.addFlag("open", on("development"));
    await updateVariant(tools, stale, { flagKey: "open", ...paint });
    await addVariant(tools, stale, { flagKey: "open", variant: { key: "spare", value: true } });
    await removeVariant(tools, stale, { flagKey: "open", variant: "spare" });
    await setFlagEnabled(tools, stale, { flagKey: "open", environment: "staging", enabled: true });
    await archiveFlag(tools, stale, { flagKey: "open" });
    await deleteFlag(tools, stale, { flagKey: "open" });
    await updateEnvironment(tools, stale, { environment: "staging", name: "Stage" });
  });

  it("by what alters no answer in production", async () => {
    await enabled("described");
    await updateFlag(tools, stale, { flagKey: "described", description: "Words." });
    await updateVariant(tools, stale, { flagKey: "described", variant: "on", name: "On" });
  });
});
