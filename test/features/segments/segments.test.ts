import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { createSegment } from "../../../src/features/segments/create-segment.js";
import { deleteSegment } from "../../../src/features/segments/delete-segment.js";
import type { SegmentTools } from "../../../src/features/segments/guard-segment.js";
import { findSegment, listSegments } from "../../../src/features/segments/segment.queries.js";
import { segmentUsers } from "../../../src/features/segments/segment.loaders.js";
import { updateSegment } from "../../../src/features/segments/update-segment.js";
import type { OpenDatabase } from "../../../src/platform/database/index.js";
import { freshDatabase } from "../../support/databases.js";
import {
  adminCaller,
  anonymousCaller,
  clearDatabase,
  keyCaller,
  recorded,
  seedProject,
  testTools,
  userCaller,
} from "../../support/tools.js";
import { inUse, segmentTools } from "./segment-fixture.js";

let open: OpenDatabase;
let tools: SegmentTools;
const admin = adminCaller();
const developer = userCaller("DEVELOPER");
const byCountry = { attribute: "country", operator: "IN", values: ["DE", "FR"] } as const;

beforeAll(async () => {
  open = await freshDatabase();
  tools = segmentTools(open.database);
});
afterAll(async () => open.close());
beforeEach(async () => {
  await clearDatabase(open.database);
  await seedProject(testTools(open.database));
});

describe("createSegment", () => {
  it("makes a segment with members and a condition, and records it whole", async () => {
    const segment = await createSegment(tools, developer, {
      key: "staff",
      description: "Us.",
      included: ["alice", "bob", "alice"],
      excluded: ["user-1"],
      when: byCountry,
      reason: "for trials",
    });
    expect(segment).toMatchObject({
      project: "default",
      key: "staff",
      name: "staff",
      description: "Us.",
      when: byCountry,
      version: 1,
    });
    expect((await recorded(tools)).at(-1)).toEqual({
      kind: "segment.created",
      project: "default",
      environment: null,
      subject: "staff",
      before: null,
      after: {
        id: segment.id,
        key: "staff",
        name: "staff",
        description: "Us.",
        when: byCountry,
        included: ["alice", "bob"],
        excluded: ["user-1"],
      },
      reason: "for trials",
    });
  });

  it("refuses keys that differ in case alone, and tells all mistakes at once", async () => {
    await createSegment(tools, developer, { key: "staff" });
    await expect(createSegment(tools, developer, { key: "Staff" })).rejects.toMatchObject({
      code: "ALREADY_EXISTS",
      message: 'Segment "Staff" exists already.',
    });
    const mistaken = {
      key: "a b",
      included: ["ok", "a\0", ""],
      excluded: ["x".repeat(513)],
      when: { any: [{ attribute: "age", operator: "GT", values: ["old"] }] },
    } as const;
    await expect(createSegment(tools, developer, mistaken)).rejects.toMatchObject({
      code: "BAD_USER_INPUT",
      details: {
        fields: [
          { path: "input.key" },
          { path: "input.when.any[0].values[0]" },
          { path: "input.included[1]" },
          { path: "input.included[2]" },
          { path: "input.excluded[0]" },
        ],
      },
    });
    const many = { key: "many", included: Array.from({ length: 5_001 }, (_, index) => `user-${index}`) };
    await expect(createSegment(tools, developer, many)).rejects.toMatchObject({
      details: { fields: [{ path: "input.included", message: "must have at most 5000 entries, got 5001." }] },
    });
  });

  it("refuses conditions on flags and segments that do not exist, and leaves nothing behind", async () => {
    const onFlag = { key: "odd", when: { not: { flag: "payments", variants: ["on"] } } };
    await expect(createSegment(tools, developer, onFlag)).rejects.toMatchObject({
      details: {
        fields: [
          {
            path: "input.when.not.flag",
            message: "is for the rules of flags: a segment cannot depend on a flag.",
          },
        ],
      },
    });
    const before = await recorded(tools);
    const unknown = { key: "odd", when: { all: [{ segment: "nobody" }] } };
    await expect(createSegment(tools, developer, unknown)).rejects.toMatchObject({
      code: "BAD_USER_INPUT",
      details: {
        fields: [
          { path: "input.when.all[0].segment", message: 'must be an existing segment, got "nobody".' },
        ],
      },
    });
    expect(await recorded(tools)).toEqual(before);
    await expect(findSegment(tools, developer, null, "odd")).rejects.toMatchObject({ code: "NOT_FOUND" });
  });

  it("needs the role DEVELOPER in the project", async () => {
    const input = { key: "staff" };
    const refusals = [
      [userCaller("VIEWER"), "FORBIDDEN"],
      [keyCaller({ keyKind: "SERVER" }), "FORBIDDEN"],
      [userCaller(null, { shop: "ADMIN" }), "NOT_FOUND"],
      [anonymousCaller(), "UNAUTHENTICATED"],
    ] as const;
    for (const [caller, code] of refusals) {
      await expect(createSegment(tools, caller, input)).rejects.toMatchObject({ code });
    }
  });
});

describe("circles of segments", () => {
  it("are refused with their path, however long", async () => {
    await createSegment(tools, developer, { key: "staff" });
    await createSegment(tools, developer, { key: "beta", when: { any: [{ segment: "staff" }] } });
    await createSegment(tools, developer, { key: "early", when: { not: { segment: "beta" } } });
    const closing = { segment: "staff", when: { all: [byCountry, { segment: "early" }] } };
    await expect(updateSegment(tools, developer, closing)).rejects.toMatchObject({
      code: "BAD_USER_INPUT",
      details: {
        fields: [
          {
            path: "input.when.all[1].segment",
            message: "must not lead back to the segment: staff → early → beta → staff.",
          },
        ],
      },
    });
    const alone = { key: "self", when: { segment: "self" } };
    await expect(createSegment(tools, developer, alone)).rejects.toMatchObject({
      details: {
        fields: [{ path: "input.when.segment", message: "must not lead back to the segment: self → self." }],
      },
    });
  });

  it("may be opened by the update that would have closed them", async () => {
    await createSegment(tools, developer, { key: "staff" });
    await createSegment(tools, developer, { key: "beta", when: { segment: "staff" } });
    await updateSegment(tools, developer, { segment: "beta", when: byCountry });
    const turned = await updateSegment(tools, developer, { segment: "staff", when: { segment: "beta" } });
    expect(turned.when).toEqual({ segment: "beta" });
    const users = await segmentUsers(tools).load({ project: "default", key: "beta" });
    expect(users.map(({ key }) => key)).toEqual(["staff"]);
  });
});

describe("updateSegment", () => {
  it("changes what is given and records what changed", async () => {
    await createSegment(tools, developer, { key: "staff", description: "Us.", when: byCountry });
    const updated = await updateSegment(tools, developer, { segment: "staff", name: "Staff", when: null });
    expect(updated).toMatchObject({ name: "Staff", description: "Us.", when: null, version: 2 });
    expect((await recorded(tools)).at(-1)).toMatchObject({
      kind: "segment.updated",
      before: { name: "staff", when: byCountry },
      after: { name: "Staff", when: null },
    });
  });

  it("leaves no trace when nothing changes", async () => {
    await createSegment(tools, developer, { key: "staff", when: byCountry });
    const before = await recorded(tools);
    const same = await updateSegment(tools, developer, { segment: "staff", name: "staff", when: byCountry });
    expect(same.version).toBe(1);
    expect(await recorded(tools)).toEqual(before);
  });

  it("refuses a stale version and null for what cannot be cleared", async () => {
    await createSegment(tools, developer, { key: "staff" });
    const stale = { segment: "staff", name: "Staff", expectedVersion: 4 };
    await expect(updateSegment(tools, developer, stale)).rejects.toMatchObject({
      code: "CONFLICT",
      details: { currentVersion: 1 },
    });
    await expect(updateSegment(tools, developer, { segment: "staff", name: null })).rejects.toMatchObject({
      details: { fields: [{ path: "input.name" }] },
    });
    for (const segment of ["nobody", "a\0b"]) {
      await expect(updateSegment(tools, developer, { segment, name: "x" })).rejects.toMatchObject({
        code: "NOT_FOUND",
      });
    }
  });

  it("needs the right and the version of every environment in which the segment is in use", async () => {
    await createSegment(tools, developer, { key: "staff" });
    const used = inUse(tools, { environments: ["development", "production", "live"] });
    await expect(updateSegment(used, developer, { segment: "staff", name: "S" })).rejects.toMatchObject({
      code: "FORBIDDEN",
      message:
        'segment:update needs the role MANAGER, because segment "staff" is in use in production and live.',
    });
    const manager = userCaller("MANAGER");
    await expect(updateSegment(used, manager, { segment: "staff", name: "S" })).rejects.toMatchObject({
      code: "PRECONDITION_REQUIRED",
      details: { currentVersion: 1 },
    });
    const versioned = { segment: "staff", name: "S", expectedVersion: 1 };
    await expect(updateSegment(used, manager, versioned)).resolves.toMatchObject({ name: "S", version: 2 });
    const open_ = inUse(tools, { environments: ["development"] });
    await expect(updateSegment(open_, developer, { segment: "staff", name: "T" })).resolves.toMatchObject({
      version: 3,
    });
  });
});

describe("deleteSegment", () => {
  it("records the segment as it was, members and all", async () => {
    const made = await createSegment(tools, developer, { key: "staff", included: ["bob", "alice"] });
    await expect(deleteSegment(tools, developer, { segment: "staff" })).rejects.toMatchObject({
      code: "FORBIDDEN",
    });
    const deleted = await deleteSegment(tools, admin, { segment: "staff", expectedVersion: 1 });
    expect(deleted).toEqual(made);
    expect((await recorded(tools)).at(-1)).toMatchObject({
      kind: "segment.deleted",
      before: { id: made.id, key: "staff", included: ["alice", "bob"], excluded: [], when: null, version: 1 },
      after: null,
    });
    await expect(findSegment(tools, admin, null, "staff")).rejects.toMatchObject({ code: "NOT_FOUND" });
  });

  it("is refused while something names the segment, with the list of users", async () => {
    await createSegment(tools, developer, { key: "staff" });
    await createSegment(tools, developer, { key: "beta", when: { segment: "staff" } });
    const used = inUse(tools, {
      flags: [
        { flag: "banner", environment: "production" },
        { flag: "new-checkout", environment: "production" },
        { flag: "new-checkout", environment: "staging" },
      ],
    });
    await expect(deleteSegment(used, admin, { segment: "staff" })).rejects.toMatchObject({
      code: "CONFLICT",
      message:
        'Segment "staff" is used by flag "banner" in production, by flag "new-checkout" in production and staging and by segment "beta".',
    });
    await expect(deleteSegment(tools, admin, { segment: "staff" })).rejects.toMatchObject({
      message: 'Segment "staff" is used by segment "beta".',
    });
    await deleteSegment(tools, admin, { segment: "beta" });
    await expect(deleteSegment(tools, admin, { segment: "staff" })).resolves.toMatchObject({ key: "staff" });
  });
});

describe("listSegments", () => {
  it("pages by key and searches keys, names and descriptions", async () => {
    await createSegment(tools, developer, { key: "beta", name: "Early birds" });
    await createSegment(tools, developer, { key: "staff", description: "All 100% of us" });
    await createSegment(tools, developer, { key: "alpha" });
    const first = await listSegments(tools, userCaller("VIEWER"), { first: 2 });
    expect(first.edges.map(({ node }) => node.key)).toEqual(["alpha", "beta"]);
    expect(first).toMatchObject({ hasNextPage: true, hasPreviousPage: false });
    const after = first.edges.at(-1)?.cursor ?? null;
    const second = await listSegments(tools, userCaller("VIEWER"), { first: 2, after });
    expect(second.edges.map(({ node }) => node.key)).toEqual(["staff"]);
    expect(second).toMatchObject({ hasNextPage: false, hasPreviousPage: true });
    expect(await second.count()).toBe(3);
    const search = async (text: string) => {
      const page = await listSegments(tools, admin, { search: text });
      expect(await page.count()).toBe(page.edges.length);
      return page.edges.map(({ node }) => node.key);
    };
    expect(await search("BIRD")).toEqual(["beta"]);
    expect(await search("0%")).toEqual(["staff"]);
    expect(await search("a")).toEqual(["alpha", "beta", "staff"]);
    expect(await search("%")).toEqual(["staff"]);
  });

  it("refuses foreign cursors, sizes and searches that cannot be", async () => {
    const path = async (query: Parameters<typeof listSegments>[2]) =>
      listSegments(tools, admin, query).then(
        () => "nothing",
        (error: unknown) => error,
      );
    expect(await path({ after: "bm9uc2Vuc2U" })).toMatchObject({ details: { fields: [{ path: "after" }] } });
    expect(await path({ first: 101 })).toMatchObject({ details: { fields: [{ path: "first" }] } });
    expect(await path({ search: "a\0" })).toMatchObject({ details: { fields: [{ path: "search" }] } });
    expect(await path({ project: "nowhere" })).toMatchObject({ code: "NOT_FOUND" });
    const key = keyCaller({ keyKind: "SERVER" });
    await expect(listSegments(tools, key, {})).rejects.toMatchObject({ code: "FORBIDDEN" });
  });
});
