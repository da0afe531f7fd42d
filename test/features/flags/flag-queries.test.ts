import { sql } from "drizzle-orm";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { Flag } from "../../../src/features/flags/flag.js";
import { archiveFlag } from "../../../src/features/flags/archive-flag.js";
import { updateFlag } from "../../../src/features/flags/update-flag.js";
import { FlagOrderField } from "../../../src/features/flags/flag-list.store.js";
import { type FlagFilter, getFlag, pageOfFlags } from "../../../src/features/flags/flag.queries.js";
import { createSegment } from "../../../src/features/segments/index.js";
import { encodeCursor, type PageArguments } from "../../../src/platform/graphql/page.js";
import { adminCaller, anonymousCaller, keyCaller, userCaller } from "../../support/tools.js";
import { type Fixture, mistakesOf, openFixture, problemOf } from "./settings-fixture.js";

const viewer = userCaller("VIEWER");
const byKey = { field: FlagOrderField.KEY, descending: false };
let fixture: Fixture;

const page = async (filter: FlagFilter, args: PageArguments = {}, order: typeof byKeyOrder = byKey) =>
  pageOfFlags(fixture.tools, viewer, null, filter, order, args);
const byKeyOrder: { field: FlagOrderField; descending: boolean } = byKey;
const keysOf = async (filter: FlagFilter, args: PageArguments = {}, order: typeof byKeyOrder = byKey) =>
  (await page(filter, args, order)).edges.map(({ node }) => node.key);

beforeAll(async () => {
  fixture = await openFixture();
  const { tools, addFlag } = fixture;
  await tools.database.execute(
    sql`insert into users (email, password_hash) values ('owner@example.com', 'x'), ('idle@example.com', 'x')`,
  );
  await tools.database.execute(sql`update projects set flag_key_pattern = '.'`);
  await createSegment(tools, adminCaller(), { key: "staff" });
  await createSegment(tools, adminCaller(), { key: "empty" });
  await addFlag("Banner", { name: "Zulu", description: "Says 50 %_off", tags: ["shop", "sale"] });
  await addFlag("amount", {
    name: "bravo",
    type: "NUMBER",
    kind: "CONFIG",
    tags: ["shop"],
    variants: [{ key: "one", value: 1 }],
    owner: "owner@example.com",
  });
  const rules = [{ when: { segment: "staff" }, serve: { variant: "on" } }];
  await addFlag("checkout", { name: "Alpha", environments: [{ environment: "staging", rules }] });
  await addFlag("delta", { name: "alpha", environments: [{ environment: "production", enabled: true }] });
  await addFlag("elder");
  await archiveFlag(tools, adminCaller(), { flagKey: "elder" });
});
afterAll(async () => fixture.opened.close());

describe("getFlag", () => {
  it("gives a flag with its variants", async () => {
    const flag: Flag = await getFlag(fixture.tools, viewer, null, "amount");
    expect(flag.variants).toEqual([{ key: "one", name: null, description: null, value: 1 }]);
  });

  it("does not find what is not there or may not be seen", async () => {
    const get = async (key: string, project: string | null = null, caller = viewer) =>
      (await problemOf(getFlag(fixture.tools, caller, project, key))).code;
    expect(await get("nothing")).toBe("NOT_FOUND");
    expect(await get("a\0b")).toBe("NOT_FOUND");
    expect(await get("amount", "elsewhere")).toBe("NOT_FOUND");
    expect(await get("amount", null, userCaller(null, { other: "ADMIN" }))).toBe("NOT_FOUND");
    expect(await get("amount", null, anonymousCaller())).toBe("UNAUTHENTICATED");
    expect(await get("amount", null, keyCaller({ keyKind: "CLIENT" }))).toBe("FORBIDDEN");
  });
});

describe("a list of flags", () => {
  it.each<[string, FlagFilter, string[]]>([
    ["all", {}, ["amount", "Banner", "checkout", "delta", "elder"]],
    ["those in use", { archived: false }, ["amount", "Banner", "checkout", "delta"]],
    ["archived ones", { archived: true }, ["elder"]],
    ["a search in keys", { search: "BANN" }, ["Banner"]],
    ["a search in names", { search: " alph " }, ["checkout", "delta"]],
    ["a search in descriptions", { search: "says" }, ["Banner"]],
    ["a search for signs that are wildcards elsewhere", { search: "%_off" }, ["Banner"]],
    ["a wildcard that stands for itself", { search: "a_o" }, []],
    ["a backslash that stands for itself", { search: "\\" }, []],
    ["one tag", { tags: ["shop"] }, ["amount", "Banner"]],
    ["all of several tags", { tags: ["shop", " sale"] }, ["Banner"]],
    ["types", { types: ["NUMBER", "JSON"] }, ["amount"]],
    ["kinds", { kinds: ["CONFIG"] }, ["amount"]],
    ["an owner", { owner: "OWNER@example.com" }, ["amount"]],
    ["an owner of nothing", { owner: "idle@example.com" }, []],
    ["enabled in an environment", { enabledIn: "production" }, ["delta"]],
    ["using a segment", { usesSegment: "staff" }, ["checkout"]],
    ["using an unused segment", { usesSegment: "empty" }, []],
    ["several at once", { tags: ["shop"], search: "says", archived: false }, ["Banner"]],
    [
      "empty lists and nulls, which ask for nothing",
      { tags: [], types: [], kinds: null, search: "" },
      ["amount", "Banner", "checkout", "delta", "elder"],
    ],
  ])("by %s", async (_what, filter, keys) => {
    expect(await keysOf(filter)).toEqual(keys);
    expect(await (await page(filter, { first: 1 })).count()).toBe(keys.length);
  });

  it("refuses unknown environments with the valid ones, and does not find owners and segments", async () => {
    expect(await mistakesOf(page({ enabledIn: "moon" }))).toEqual({
      "filter.enabledIn": 'must be one of development, staging, production, got "moon".',
    });
    expect(await problemOf(page({ owner: "nobody@example.com" }))).toMatchObject({
      code: "NOT_FOUND",
      message: 'User "nobody@example.com" was not found.',
    });
    expect(await problemOf(page({ usesSegment: "ghosts" }))).toMatchObject({
      code: "NOT_FOUND",
      message: 'Segment "ghosts" was not found.',
    });
    expect(await mistakesOf(page({ search: "a\0" }))).toEqual({
      "filter.search": expect.stringContaining("NUL") as unknown,
    });
  });

  it("is sorted by name without regard to case, equal ones by key", async () => {
    const byName = { field: FlagOrderField.NAME, descending: false };
    expect(await keysOf({}, {}, byName)).toEqual(["checkout", "delta", "amount", "elder", "Banner"]);
    expect(await keysOf({}, {}, { ...byName, descending: true })).toEqual([
      "Banner",
      "elder",
      "amount",
      "delta",
      "checkout",
    ]);
  });

  it.each(Object.values(FlagOrderField))("by %s pages both ways, each entry once", async (field) => {
    for (const descending of [false, true]) {
      const order = { field, descending };
      const whole = await keysOf({}, {}, order);
      expect(whole).toHaveLength(5);
      const forth: string[] = [];
      for (let after: string | null = null, more = true; more;) {
        const next = await page({}, { first: 2, after }, order);
        forth.push(...next.edges.map(({ node }) => node.key));
        expect(next.hasPreviousPage).toBe(after !== null);
        more = next.hasNextPage;
        after = next.edges.at(-1)?.cursor ?? null;
      }
      expect(forth).toEqual(whole);
      const back: string[] = [];
      for (let before: string | null = null, more = true; more;) {
        const next = await page({}, { last: 2, before }, order);
        back.unshift(...next.edges.map(({ node }) => node.key));
        more = next.hasPreviousPage;
        before = next.edges[0]?.cursor ?? null;
      }
      expect(back).toEqual(whole);
    }
  });

  it("goes on in its place when others change meanwhile", async () => {
    const order = { field: FlagOrderField.KEY, descending: false };
    const first = await page({}, { first: 2 }, order);
    await fixture.addFlag("aardvark");
    const after = first.edges.at(-1)?.cursor;
    expect(await keysOf({}, { after }, order)).toEqual(["checkout", "delta", "elder"]);
  });

  it("by UPDATED_AT brings forward what was changed", async () => {
    const order = { field: FlagOrderField.UPDATED_AT, descending: true };
    await updateFlag(fixture.tools, adminCaller(), { flagKey: "amount", description: "New" });
    expect((await keysOf({}, { first: 1 }, order))[0]).toBe("amount");
  });

  it.each<[string, PageArguments, string]>([
    ["of another order", { after: encodeCursor("flags by NAME", ["a", "a"]) }, "after"],
    ["of another list", { after: encodeCursor("auditEvents", [1]) }, "after"],
    ["that is broken", { before: "?" }, "before"],
    ["with a number for a text", { after: encodeCursor("flags by KEY", [1, "a"]) }, "after"],
    ["with a number for a key", { before: encodeCursor("flags by KEY", ["a", 1]) }, "before"],
  ])("refuses a cursor %s", async (_what, args, path) => {
    const mistakes = await mistakesOf(page({}, args));
    expect(mistakes).toEqual({ [path]: expect.stringMatching(/^is not a cursor of this list/) as unknown });
  });

  it("refuses a cursor whose moment is none", async () => {
    const order = { field: FlagOrderField.CREATED_AT, descending: false };
    const args = { after: encodeCursor("flags by CREATED_AT", [1.5, "a"]) };
    expect(Object.keys(await mistakesOf(page({}, args, order)))).toEqual(["after"]);
  });

  it("refuses sizes out of bounds and both directions at once", async () => {
    expect(Object.keys(await mistakesOf(page({}, { first: 101 })))).toEqual(["first"]);
    expect(Object.keys(await mistakesOf(page({}, { first: 1, last: 1 })))).toEqual(["last"]);
  });
});
