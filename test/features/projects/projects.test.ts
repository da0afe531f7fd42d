import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { sql } from "drizzle-orm";
import { createProject } from "../../../src/features/projects/create-project.js";
import { deleteProject } from "../../../src/features/projects/delete-project.js";
import { checkFlagKey } from "../../../src/features/projects/project.js";
import { findProject, getProject, listProjects } from "../../../src/features/projects/project.queries.js";
import { updateProject } from "../../../src/features/projects/update-project.js";
import { createSegment } from "../../../src/features/segments/create-segment.js";
import type { OpenDatabase } from "../../../src/platform/database/index.js";
import { Mistakes } from "../../../src/platform/input.js";
import { freshDatabase } from "../../support/databases.js";
import {
  adminCaller,
  anonymousCaller,
  clearDatabase,
  keyCaller,
  recorded,
  seedProject,
  type TestTools,
  testTools,
  userCaller,
} from "../../support/tools.js";

let open: OpenDatabase;
let tools: TestTools;
const admin = adminCaller();

beforeAll(async () => {
  open = await freshDatabase();
  tools = testTools(open.database);
});
afterAll(async () => open.close());
beforeEach(async () => {
  await clearDatabase(open.database);
  await seedProject(tools);
});

describe("createProject", () => {
  it("makes a project with its first environments, all in one transaction of the ledger", async () => {
    const project = await createProject(tools, admin, { key: "shop", reason: "a second product" });
    expect(project).toMatchObject({
      key: "shop",
      name: "shop",
      description: null,
      flagKeyPattern: "^[a-z0-9][a-z0-9_-]*$",
      version: 1,
    });
    const rows = (await recorded(tools)).slice(-4);
    expect(rows.map(({ kind, subject, environment }) => [kind, subject, environment])).toEqual([
      ["project.created", "shop", null],
      ["environment.created", "development", "development"],
      ["environment.created", "staging", "staging"],
      ["environment.created", "production", "production"],
    ]);
    expect(rows[0]).toMatchObject({
      project: "shop",
      before: null,
      after: { id: project.id, key: "shop", name: "shop", description: null },
      reason: "a second product",
    });
    expect(rows[3]?.after).toMatchObject({ protected: true, requireExpectedVersion: true, position: 2 });
  });

  it("refuses a key that differs from another in case alone", async () => {
    await expect(createProject(tools, admin, { key: "Default" })).rejects.toMatchObject({
      code: "ALREADY_EXISTS",
      message: 'Project "Default" exists already.',
    });
  });

  it("tells all mistakes at once", async () => {
    const input = { key: "API", name: "", flagKeyPattern: "(?=a)", reason: "x".repeat(1_001) };
    await expect(createProject(tools, admin, input)).rejects.toMatchObject({
      code: "BAD_USER_INPUT",
      details: {
        fields: [
          { path: "input.key", message: 'is a reserved word, got "API".' },
          { path: "input.name", message: "must not be empty." },
          {
            path: "input.flagKeyPattern",
            message: 'must be a regular expression in RE2 syntax, got "(?=a)".',
          },
          { path: "input.reason", message: "must be at most 1000 characters long, got 1001." },
        ],
      },
    });
    await expect(createProject(tools, admin, { key: "a\0b" })).rejects.toMatchObject({
      details: { fields: [{ path: "input.key" }] },
    });
  });

  it("is for administrators of the whole server", async () => {
    for (const caller of [
      userCaller("MANAGER"),
      userCaller(null, { default: "ADMIN" }),
      keyCaller({ project: "default" }),
      keyCaller({ keyKind: "SERVER" }),
    ]) {
      await expect(createProject(tools, caller, { key: "shop" })).rejects.toMatchObject({
        code: "FORBIDDEN",
      });
    }
    await expect(createProject(tools, anonymousCaller(), { key: "shop" })).rejects.toMatchObject({
      code: "UNAUTHENTICATED",
    });
    await expect(createProject(tools, keyCaller(), { key: "shop" })).resolves.toMatchObject({ key: "shop" });
  });
});

describe("updateProject", () => {
  it("changes what is given and records what changed", async () => {
    const updated = await updateProject(tools, admin, {
      project: "default",
      name: "Shop",
      description: "Where things are sold.",
    });
    expect(updated).toMatchObject({ name: "Shop", description: "Where things are sold.", version: 2 });
    expect((await recorded(tools)).at(-1)).toMatchObject({
      kind: "project.updated",
      before: { name: "default", description: null },
      after: { name: "Shop", description: "Where things are sold." },
    });
    const cleared = await updateProject(tools, admin, { project: "default", description: null });
    expect(cleared).toMatchObject({ name: "Shop", description: null, version: 3 });
    expect((await recorded(tools)).at(-1)?.after).toEqual({ description: null });
  });

  it("leaves no trace when nothing changes", async () => {
    const before = await recorded(tools);
    const same = await updateProject(tools, admin, { project: "default", name: "default" });
    expect(same.version).toBe(1);
    expect(await recorded(tools)).toEqual(before);
  });

  it("refuses a stale version and null for what cannot be cleared", async () => {
    const stale = { project: "default", name: "Shop", expectedVersion: 7 };
    await expect(updateProject(tools, admin, stale)).rejects.toMatchObject({
      code: "CONFLICT",
      details: { currentVersion: 1 },
    });
    const cleared = { project: "default", name: null, flagKeyPattern: null };
    await expect(updateProject(tools, admin, cleared)).rejects.toMatchObject({
      details: { fields: [{ path: "input.name" }, { path: "input.flagKeyPattern" }] },
    });
  });

  it("is allowed to the project's own administrator, and to nobody below", async () => {
    const input = { project: "default", name: "Shop" };
    await expect(updateProject(tools, userCaller("MANAGER"), input)).rejects.toMatchObject({
      code: "FORBIDDEN",
    });
    const own = userCaller(null, { default: "ADMIN" });
    await expect(updateProject(tools, own, input)).resolves.toMatchObject({ name: "Shop" });
  });
});

describe("deleteProject", () => {
  it("takes everything in the project along", async () => {
    await createProject(tools, admin, { key: "shop" });
    await createSegment(tools, admin, { key: "staff", included: ["alice"], project: "shop" });
    await createSegment(tools, admin, { key: "beta", when: { segment: "staff" }, project: "shop" });
    await useEverything("shop");
    const deleted = await deleteProject(tools, admin, { project: "shop", expectedVersion: 1 });
    expect(deleted).toMatchObject({ key: "shop", version: 1 });
    expect((await recorded(tools)).at(-1)).toMatchObject({
      kind: "project.deleted",
      subject: "shop",
      before: { key: "shop", name: "shop" },
      after: null,
    });
    await expect(findProject(tools, admin, "shop")).rejects.toMatchObject({ code: "NOT_FOUND" });
    await expect(findProject(tools, admin, "default")).resolves.toMatchObject({ key: "default" });
  });

  it("must name the version while a flag is enabled where updates must", async () => {
    await createProject(tools, admin, { key: "shop" });
    await createSegment(tools, admin, { key: "beta", project: "shop" });
    await useEverything("shop");
    await open.database.execute(sql`update flag_environments set enabled = true where project = 'shop'`);
    await expect(deleteProject(tools, admin, { project: "shop" })).rejects.toMatchObject({
      code: "PRECONDITION_REQUIRED",
      details: { currentVersion: 1 },
    });
    await open.database.execute(sql`update flags set archived = true where project = 'shop'`);
    await expect(deleteProject(tools, admin, { project: "shop" })).resolves.toMatchObject({ key: "shop" });
  });

  it("refuses a stale version and those who are no administrators", async () => {
    const stale = { project: "default", expectedVersion: 2 };
    await expect(deleteProject(tools, admin, stale)).rejects.toMatchObject({ code: "CONFLICT" });
    const manager = userCaller("MANAGER");
    await expect(deleteProject(tools, manager, { project: "default" })).rejects.toMatchObject({
      code: "FORBIDDEN",
    });
  });

  /** Flags that name each other and segments, by hand: their room is a later one. */
  async function useEverything(project: string): Promise<void> {
    for (const flag of ["first", "second"]) {
      await open.database.execute(
        sql`insert into flags (project, key, name, type, kind) values (${project}, ${flag}, ${flag}, 'BOOLEAN', 'RELEASE')`,
      );
      await open.database.execute(
        sql`insert into variants (project, flag, key, position, value) values (${project}, ${flag}, 'off', 0, 'false')`,
      );
      await open.database.execute(
        sql`insert into flag_environments (project, flag, environment, off_variant, fallthrough, targets, rules, prerequisites)
            values (${project}, ${flag}, 'production', 'off', '{"variant":"off"}', '[]', '[]', '[]')`,
      );
      await open.database.execute(
        sql`insert into flag_segment_uses (project, flag, environment, uses_segment) values (${project}, ${flag}, 'production', 'beta')`,
      );
    }
    await open.database.execute(
      sql`insert into flag_flag_uses (project, flag, environment, uses_flag) values (${project}, 'second', 'production', 'first')`,
    );
  }
});

describe("finding projects", () => {
  it("means the API key's own project, else `default`", async () => {
    await createProject(tools, admin, { key: "shop" });
    await expect(findProject(tools, admin, null)).resolves.toMatchObject({ key: "default" });
    const key = keyCaller({ keyKind: "SERVER", project: "shop" });
    await expect(findProject(tools, key, undefined)).resolves.toMatchObject({ key: "shop" });
    await expect(findProject(tools, key, "shop")).resolves.toMatchObject({ key: "shop" });
  });

  it("tells strangers nothing, and nobody of what they may not see", async () => {
    await createProject(tools, admin, { key: "shop" });
    await expect(findProject(tools, anonymousCaller(), "shop")).rejects.toMatchObject({
      code: "UNAUTHENTICATED",
    });
    const foreign = [
      userCaller(null, { default: "ADMIN" }),
      keyCaller({ project: "default" }),
      keyCaller({ keyKind: "CLIENT" }),
    ];
    for (const caller of foreign) {
      for (const key of ["shop", "nowhere", "no\0where"]) {
        await expect(findProject(tools, caller, key)).rejects.toMatchObject({
          code: "NOT_FOUND",
          message: `Project ${JSON.stringify(key)} was not found.`,
        });
      }
    }
    await expect(findProject(tools, admin, "no\0where")).rejects.toMatchObject({ code: "NOT_FOUND" });
  });

  it("lists those that the caller may see", async () => {
    await createProject(tools, admin, { key: "shop" });
    const keys = async (caller: Parameters<typeof listProjects>[1]) =>
      (await listProjects(tools, caller)).map(({ key }) => key);
    expect(await keys(admin)).toEqual(["default", "shop"]);
    expect(await keys(userCaller(null, { shop: "VIEWER" }))).toEqual(["shop"]);
    expect(await keys(userCaller(null))).toEqual([]);
    expect(await keys(keyCaller({ project: "default" }))).toEqual(["default"]);
    await expect(keys(anonymousCaller())).rejects.toMatchObject({ code: "UNAUTHENTICATED" });
    await expect(keys(keyCaller({ keyKind: "CLIENT" }))).rejects.toMatchObject({ code: "FORBIDDEN" });
  });

  it("does not describe a project to keys that evaluate", async () => {
    await expect(getProject(tools, keyCaller({ keyKind: "SERVER" }), "default")).rejects.toMatchObject({
      code: "FORBIDDEN",
    });
    await expect(getProject(tools, userCaller("VIEWER"), "default")).resolves.toMatchObject({ version: 1 });
  });
});

describe("the pattern for flag keys", () => {
  it("decides about keys of new flags", () => {
    const check = (key: string, flagKeyPattern: string) => {
      const mistakes = new Mistakes();
      checkFlagKey("input.key", key, { flagKeyPattern }, mistakes);
      return mistakes.isEmpty;
    };
    expect(check("new-checkout", "^[a-z0-9][a-z0-9_-]*$")).toBe(true);
    expect(check("New.Checkout", "^[a-z0-9][a-z0-9_-]*$")).toBe(false);
    expect(check("shop.banner", "^shop\\.")).toBe(true);
  });
});
