import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { type Change, listChangesAfter } from "../../../src/features/ledger/index.js";
import { changeSegmentMembers } from "../../../src/features/segments/change-segment-members.js";
import { createSegment } from "../../../src/features/segments/create-segment.js";
import { deleteSegment } from "../../../src/features/segments/delete-segment.js";
import type { SegmentTools } from "../../../src/features/segments/guard-segment.js";
import { revertSegmentChange } from "../../../src/features/segments/revert-segment.js";
import { loadSegments } from "../../../src/features/segments/segment-definitions.store.js";
import { findSegment } from "../../../src/features/segments/segment.queries.js";
import { updateSegment } from "../../../src/features/segments/update-segment.js";
import type { OpenDatabase } from "../../../src/platform/database/index.js";
import { freshDatabase } from "../../support/databases.js";
import {
  adminCaller,
  clearDatabase,
  recorded,
  seedProject,
  testTools,
  userCaller,
} from "../../support/tools.js";
import { inUse, segmentTools } from "./segment-fixture.js";

let open: OpenDatabase;
let tools: SegmentTools;
const admin = adminCaller();
const byCountry = { attribute: "country", operator: "IN", values: ["DE"] } as const;

beforeAll(async () => {
  open = await freshDatabase();
  tools = segmentTools(open.database);
});
afterAll(async () => open.close());
beforeEach(async () => {
  await clearDatabase(open.database);
  await seedProject(testTools(open.database));
  await createSegment(tools, admin, { key: "staff", description: "Us.", included: ["bob", "alice"] });
});

async function lastChange(): Promise<Change> {
  const change = (await listChangesAfter(open.database, 0, Number.MAX_SAFE_INTEGER, 1_000)).at(-1);
  if (change === undefined) throw new Error("The ledger is empty.");
  return change;
}

const manner = (reason: string | null) => ({ reason, expectedVersion: undefined });
const revert = async (change: Change, caller = admin) =>
  revertSegmentChange(tools, caller, change, manner("back"));
const staff = async () => findSegment(tools, admin, null, "staff");
const definition = async () => (await loadSegments(open.database, "default", ["staff"]))[0];

describe("a revert of an update", () => {
  it("restores what it altered, touches nothing else, and can be reverted in turn", async () => {
    await updateSegment(tools, admin, { segment: "staff", name: "Staff", when: byCountry });
    const change = await lastChange();
    await updateSegment(tools, admin, { segment: "staff", description: "All of us." });
    const id = await revert(change);
    expect(await staff()).toMatchObject({ name: "staff", when: null, description: "All of us.", version: 4 });
    const row = await lastChange();
    expect(row.id).toBe(id);
    expect((await recorded(tools)).at(-1)).toMatchObject({
      kind: "segment.reverted",
      before: { name: "Staff", when: byCountry },
      after: { name: "staff", when: null },
      reason: "back",
    });
    await revert(row);
    expect(await staff()).toMatchObject({ name: "Staff", when: byCountry, version: 5 });
  });

  it("may name the version that it builds on", async () => {
    await updateSegment(tools, admin, { segment: "staff", name: "Staff" });
    const stale = revertSegmentChange(tools, admin, await lastChange(), {
      ...manner(null),
      expectedVersion: 1,
    });
    await expect(stale).rejects.toMatchObject({ code: "CONFLICT", details: { currentVersion: 2 } });
    await deleteSegment(tools, admin, { segment: "staff" });
    const deletion = await lastChange();
    const late = revertSegmentChange(tools, admin, deletion, { ...manner(null), expectedVersion: 1 });
    await expect(late).rejects.toMatchObject({ code: "CONFLICT", details: { currentVersion: 2 } });
    await revertSegmentChange(tools, admin, deletion, { ...manner(null), expectedVersion: 2 });
    expect(await staff()).toMatchObject({ name: "Staff", version: 3 });
  });

  it("is refused when something later altered the same", async () => {
    await updateSegment(tools, admin, { segment: "staff", name: "Staff", when: byCountry });
    const change = await lastChange();
    await updateSegment(tools, admin, { segment: "staff", name: "Crew" });
    await expect(revert(change)).rejects.toMatchObject({
      code: "CONFLICT",
      message: 'Segment "staff" cannot go back: its name changed again since.',
    });
    expect((await staff()).version).toBe(3);
  });

  it("is refused when the former condition names what is gone", async () => {
    await createSegment(tools, admin, { key: "beta" });
    await updateSegment(tools, admin, { segment: "staff", when: { segment: "beta" } });
    await updateSegment(tools, admin, { segment: "staff", when: null });
    const change = await lastChange();
    await deleteSegment(tools, admin, { segment: "beta" });
    await expect(revert(change)).rejects.toMatchObject({
      code: "CONFLICT",
      message: 'The former condition cannot come back: it must be an existing segment, got "beta".',
    });
  });

  it("writes down again what the condition names", async () => {
    await createSegment(tools, admin, { key: "beta" });
    await updateSegment(tools, admin, { segment: "staff", when: { segment: "beta" } });
    await updateSegment(tools, admin, { segment: "staff", when: null });
    await revert(await lastChange());
    await expect(deleteSegment(tools, admin, { segment: "beta" })).rejects.toMatchObject({
      code: "CONFLICT",
    });
  });

  it("needs the rights of what it writes", async () => {
    await updateSegment(tools, admin, { segment: "staff", name: "Staff" });
    const change = await lastChange();
    await expect(revert(change, userCaller("VIEWER"))).rejects.toMatchObject({ code: "FORBIDDEN" });
    const used = inUse(tools, { environments: ["production"] });
    const developer = userCaller("DEVELOPER");
    await expect(revertSegmentChange(used, developer, change, manner(null))).rejects.toMatchObject({
      code: "FORBIDDEN",
      message: expect.stringContaining("in use in production") as string,
    });
    await expect(revertSegmentChange(used, admin, change, manner(null))).resolves.toEqual(expect.any(String));
  });
});

describe("a revert of a change of members", () => {
  it("takes off whom it added, brings back whom it removed, and leaves the others", async () => {
    await changeSegmentMembers(tools, admin, { segment: "staff", add: ["carol"], remove: ["bob"] });
    const change = await lastChange();
    await changeSegmentMembers(tools, admin, { segment: "staff", add: ["dave"] });
    await revert(change);
    expect((await definition())?.included?.toSorted()).toEqual(["alice", "bob", "dave"]);
    expect((await recorded(tools)).at(-1)).toMatchObject({
      kind: "segment.reverted",
      before: { list: "INCLUDED", members: ["carol"] },
      after: { list: "INCLUDED", members: ["bob"] },
    });
    await revert(await lastChange());
    expect((await definition())?.included?.toSorted()).toEqual(["alice", "carol", "dave"]);
  });

  it("is refused when these members came or went since", async () => {
    await changeSegmentMembers(tools, admin, { segment: "staff", add: ["carol"], remove: ["bob"] });
    const change = await lastChange();
    await changeSegmentMembers(tools, admin, { segment: "staff", add: ["bob"] });
    await expect(revert(change)).rejects.toMatchObject({
      code: "CONFLICT",
      message: 'Segment "staff" cannot go back: these members changed again since.',
    });
  });
});

describe("a revert of a deletion or creation", () => {
  it("brings a segment back with its members, and takes it away again", async () => {
    await createSegment(tools, admin, { key: "beta" });
    await updateSegment(tools, admin, { segment: "staff", when: { segment: "beta" } });
    const before = await staff();
    await deleteSegment(tools, admin, { segment: "staff" });
    await revert(await lastChange());
    expect(await staff()).toMatchObject({
      id: before.id,
      description: "Us.",
      when: { segment: "beta" },
      version: 3,
    });
    expect((await definition())?.included?.toSorted()).toEqual(["alice", "bob"]);
    await expect(deleteSegment(tools, admin, { segment: "beta" })).rejects.toMatchObject({
      code: "CONFLICT",
    });
    await revert(await lastChange());
    await expect(staff()).rejects.toMatchObject({ code: "NOT_FOUND" });
  });

  it("is refused when the key was taken, when it changed since, and while something names it", async () => {
    const creation = await lastChange();
    await createSegment(tools, admin, { key: "beta", when: { segment: "staff" } });
    await expect(revert(creation)).rejects.toMatchObject({
      code: "CONFLICT",
      message: 'Segment "staff" is used by segment "beta".',
    });
    await deleteSegment(tools, admin, { segment: "beta" });
    const deletion = await lastChange();
    await createSegment(tools, admin, { key: "Beta" });
    await expect(revert(deletion)).rejects.toMatchObject({
      code: "CONFLICT",
      message: 'The key "beta" was given to another segment meanwhile.',
    });
    await changeSegmentMembers(tools, admin, { segment: "staff", add: ["carol"] });
    await expect(revert(creation)).rejects.toMatchObject({ code: "CONFLICT" });
    await changeSegmentMembers(tools, admin, { segment: "staff", remove: ["carol"] });
    await expect(revert(creation, userCaller("DEVELOPER"))).rejects.toMatchObject({ code: "FORBIDDEN" });
    await revert(creation);
    await expect(staff()).rejects.toMatchObject({ code: "NOT_FOUND" });
  });
});
