import { sql } from "drizzle-orm";
import { beforeEach, expect, it } from "vitest";
import { changeSegmentMembers } from "../../../src/features/segments/change-segment-members.js";
import { createSegment } from "../../../src/features/segments/create-segment.js";
import { deleteSegment } from "../../../src/features/segments/delete-segment.js";
import { loadSegments } from "../../../src/features/segments/segment-definitions.store.js";
import { listCounts } from "../../../src/features/segments/segment.loaders.js";
import { listMembers } from "../../../src/features/segments/segment.queries.js";
import { describeDatabases } from "../../support/databases.js";
import {
  adminCaller,
  clearDatabase,
  recorded,
  seedProject,
  testTools,
  userCaller,
} from "../../support/tools.js";
import { inUse, segmentTools } from "./segment-fixture.js";

const admin = adminCaller();
const staff = { project: "default", key: "staff" };

describeDatabases("members of segments", (subject) => {
  const tools = () => segmentTools(subject().database);
  const members = async (list: "INCLUDED" | "EXCLUDED" = "INCLUDED") =>
    (await listMembers(tools(), admin, staff, { list })).edges.map(({ node }) => node);

  beforeEach(async () => {
    await clearDatabase(subject().database);
    await seedProject(testTools(subject().database));
    await createSegment(tools(), admin, { key: "staff", included: ["alice", "bob"], excluded: ["eve"] });
  });

  it("come and go, and the ledger holds only what really changed", async () => {
    const add = ["carol", "alice", "carol", 'd"\\,{}\n'];
    const changed = await changeSegmentMembers(tools(), admin, {
      segment: "staff",
      add,
      remove: ["bob", "nobody"],
      reason: "moved",
    });
    expect(changed.version).toBe(2);
    expect(await members()).toEqual(["alice", "carol", 'd"\\,{}\n']);
    expect(await members("EXCLUDED")).toEqual(["eve"]);
    expect((await recorded(tools())).at(-1)).toMatchObject({
      kind: "segment.members_changed",
      subject: "staff",
      before: { list: "INCLUDED", members: ["bob"] },
      after: { list: "INCLUDED", members: ["carol", 'd"\\,{}\n'] },
      reason: "moved",
    });
    await changeSegmentMembers(tools(), admin, { segment: "staff", list: "EXCLUDED", add: ["alice"] });
    expect(await members("EXCLUDED")).toEqual(["alice", "eve"]);
  });

  it("are in one order on every instance, however they came", async () => {
    await changeSegmentMembers(tools(), admin, { segment: "staff", add: ["dora", "aaron"] });
    await changeSegmentMembers(tools(), admin, { segment: "staff", remove: ["alice"] });
    await changeSegmentMembers(tools(), admin, { segment: "staff", add: ["alice"] });
    await subject().database.execute(sql`analyze segment_members`); // a small table is read as it lies, by no index
    const [loaded] = await loadSegments(subject().database, "default", null);
    expect(loaded?.included).toEqual(["aaron", "alice", "bob", "dora"]);
  });

  it("leave no trace when nobody comes or goes", async () => {
    const before = await recorded(tools());
    const same = { segment: "staff", add: ["alice"], remove: ["nobody"] };
    expect((await changeSegmentMembers(tools(), admin, same)).version).toBe(1);
    expect(await recorded(tools())).toEqual(before);
  });

  it("are at most 5 000 a call, each either added or removed", async () => {
    const many = (count: number, prefix: string) =>
      Array.from({ length: count }, (_, at) => `${prefix}-${at}`);
    const call = async (input: { add?: string[]; remove?: string[] }) =>
      changeSegmentMembers(tools(), admin, { segment: "staff", ...input });
    const refused = (path: string, message: string) =>
      expect.objectContaining({ code: "BAD_USER_INPUT", details: { fields: [{ path, message }] } }) as Error;
    await expect(call({ add: many(5_001, "a") })).rejects.toEqual(
      refused("input.add", "must have at most 5000 entries, got 5001."),
    );
    await expect(call({ add: many(3_000, "a"), remove: many(2_001, "b") })).rejects.toEqual(
      refused("input", "must add and remove at most 5000 members a call, got 5001."),
    );
    await expect(call({ add: ["x", "y"], remove: ["y"] })).rejects.toEqual(
      refused("input.remove", 'must not name what is added too, got "y".'),
    );
    await call({ add: many(5_000, "user") });
    expect(await listCounts(tools()).load(staff)).toEqual({ INCLUDED: 5_002, EXCLUDED: 1 });
  });

  it("are changed by those only who may wherever the segment is in use", async () => {
    const used = inUse(tools(), { environments: ["production"] });
    const input = { segment: "staff", add: ["carol"] };
    await expect(changeSegmentMembers(used, userCaller("DEVELOPER"), input)).rejects.toMatchObject({
      code: "FORBIDDEN",
    });
    await expect(changeSegmentMembers(used, userCaller("MANAGER"), input)).rejects.toMatchObject({
      code: "PRECONDITION_REQUIRED",
    });
    const versioned = { ...input, expectedVersion: 1 };
    await expect(changeSegmentMembers(used, userCaller("MANAGER"), versioned)).resolves.toMatchObject({
      version: 2,
    });
  });

  it("are paged in order and searched in any case", async () => {
    await changeSegmentMembers(tools(), admin, { segment: "staff", add: ["Bobby", "user_1", "user%2"] });
    const all = await members();
    const first = await listMembers(tools(), admin, staff, { list: "INCLUDED", first: 3 });
    const after = first.edges.at(-1)?.cursor ?? null;
    const second = await listMembers(tools(), admin, staff, { list: "INCLUDED", first: 3, after });
    expect([...first.edges, ...second.edges].map(({ node }) => node)).toEqual(all);
    expect(second.hasNextPage).toBe(false);
    const search = async (text: string) => {
      const page = await listMembers(tools(), admin, staff, { list: "INCLUDED", search: text });
      expect(await page.count()).toBe(page.edges.length);
      return page.edges.map(({ node }) => node).toSorted();
    };
    expect(await search("BOB")).toEqual(["Bobby", "bob"]);
    expect(await search("_")).toEqual(["user_1"]);
    expect(await search("%")).toEqual(["user%2"]);
  });

  it("reach an evaluator as they are, each segment with its own", async () => {
    await seedProject(testTools(subject().database), "shop");
    await createSegment(tools(), admin, { key: "staff", included: ["mallory"], project: "shop" });
    await createSegment(tools(), admin, { key: "beta", when: { segment: "staff" } });
    const { database } = subject();
    expect(await loadSegments(database, "default", null)).toEqual([
      { key: "beta", included: [], excluded: [], when: { segment: "staff" } },
      { key: "staff", included: ["alice", "bob"], excluded: ["eve"] },
    ]);
    expect((await loadSegments(database, "default", ["beta", "gone"])).map(({ key }) => key)).toEqual([
      "beta",
    ]);
    expect(await loadSegments(database, "default", [])).toEqual([]);
    expect(await loadSegments(database, "shop", null)).toEqual([
      { key: "staff", included: ["mallory"], excluded: [] },
    ]);
    expect(await loadSegments(database, "nowhere", null)).toEqual([]);
  });

  it("are counted for many segments in one statement, empty lists too", async () => {
    await createSegment(tools(), admin, { key: "beta" });
    const loader = listCounts(tools());
    const names = ["staff", "beta", "gone"].map((key) => ({ project: "default", key }));
    expect(await loader.loadMany(names)).toEqual([
      { INCLUDED: 2, EXCLUDED: 1 },
      { INCLUDED: 0, EXCLUDED: 0 },
      { INCLUDED: 0, EXCLUDED: 0 },
    ]);
  });

  it("too many for the ledger are recorded by their number when the segment goes", async () => {
    await subject().database.execute(sql`
      insert into segment_members (project, segment, list, member)
      select 'default', 'staff', 'INCLUDED', 'user-' || number from generate_series(1, 20000) as number`);
    const [segment] = await loadSegments(subject().database, "default", ["staff"]);
    expect(segment?.included).toHaveLength(20_002);
    await deleteSegment(tools(), admin, { segment: "staff" });
    const before = (await recorded(tools())).at(-1)?.before;
    expect(before).toMatchObject({ key: "staff", includedCount: 20_002, excludedCount: 1 });
    expect(before).not.toHaveProperty("included");
  });
});
