import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import {
  createEnvironment,
  type EnvironmentTools,
} from "../../../src/features/environments/create-environment.js";
import { deleteEnvironment } from "../../../src/features/environments/delete-environment.js";
import {
  environmentByName,
  environmentsOfProject,
} from "../../../src/features/environments/environment.loaders.js";
import {
  findEnvironment,
  getEnvironment,
  listEnvironments,
} from "../../../src/features/environments/environment.queries.js";
import { updateEnvironment } from "../../../src/features/environments/update-environment.js";
import type { OpenDatabase } from "../../../src/platform/database/index.js";
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
let statements: string[] = [];
const manager = userCaller("MANAGER");

beforeAll(async () => {
  open = await freshDatabase("pglite", { onStatement: (statement) => statements.push(statement) });
  tools = testTools(open.database);
});
afterAll(async () => open.close());
beforeEach(async () => {
  await clearDatabase(open.database);
  await seedProject(tools);
  statements = [];
});

const order = async () =>
  (await listEnvironments(tools, manager, null)).map(({ key, position }) => `${position} ${key}`);

describe("createEnvironment", () => {
  it("puts the environment at the end and has its flag settings made", async () => {
    const furnished: unknown[] = [];
    const watching: EnvironmentTools = {
      ...tools,
      furnishEnvironment: async (_tx, environment, copyFrom) => {
        furnished.push([environment.key, copyFrom?.key ?? null]);
      },
    };
    const created = await createEnvironment(watching, manager, { key: "qa", reason: "to try things" });
    expect(created).toMatchObject({
      key: "qa",
      name: "qa",
      project: "default",
      protected: false,
      requireExpectedVersion: false,
      position: 3,
      version: 1,
    });
    await createEnvironment(watching, manager, { key: "live", protected: true, copyFrom: "production" });
    expect(furnished).toEqual([
      ["qa", null],
      ["live", "production"],
    ]);
    const [qa, live] = (await recorded(tools)).slice(-2);
    expect(qa).toMatchObject({
      kind: "environment.created",
      project: "default",
      environment: "qa",
      after: { id: created.id, key: "qa", position: 3 },
      reason: "to try things",
    });
    expect(live?.after).toMatchObject({
      protected: true,
      requireExpectedVersion: true,
      copyFrom: "production",
    });
  });

  it("undoes everything when the settings cannot be made", async () => {
    const failing = { ...tools, furnishEnvironment: async () => Promise.reject(new Error("broken")) };
    await expect(createEnvironment(failing, manager, { key: "qa" })).rejects.toThrow("broken");
    expect(await order()).toHaveLength(3);
  });

  it("refuses taken and mistaken keys, and a source that does not exist", async () => {
    await expect(createEnvironment(tools, manager, { key: "PRODUCTION" })).rejects.toMatchObject({
      code: "ALREADY_EXISTS",
    });
    await expect(createEnvironment(tools, manager, { key: "new" })).rejects.toMatchObject({
      details: { fields: [{ path: "input.key", message: 'is a reserved word, got "new".' }] },
    });
    for (const copyFrom of ["nowhere", "no\0where"]) {
      await expect(createEnvironment(tools, manager, { key: "qa", copyFrom })).rejects.toMatchObject({
        code: "NOT_FOUND",
      });
    }
  });

  it("needs the role MANAGER", async () => {
    const developer = userCaller("DEVELOPER");
    await expect(createEnvironment(tools, developer, { key: "qa" })).rejects.toMatchObject({
      code: "FORBIDDEN",
    });
    await expect(createEnvironment(tools, anonymousCaller(), { key: "qa" })).rejects.toMatchObject({
      code: "UNAUTHENTICATED",
    });
    const elsewhere = userCaller(null, { shop: "ADMIN" });
    await expect(createEnvironment(tools, elsewhere, { key: "qa" })).rejects.toMatchObject({
      code: "NOT_FOUND",
    });
  });
});

describe("updateEnvironment", () => {
  it("changes what is given and records what changed", async () => {
    const updated = await updateEnvironment(tools, manager, {
      environment: "staging",
      name: "Dress rehearsal",
      protected: true,
    });
    expect(updated).toMatchObject({ protected: true, requireExpectedVersion: false, version: 2 });
    expect((await recorded(tools)).at(-1)).toMatchObject({
      kind: "environment.updated",
      environment: "staging",
      before: { name: "Staging", protected: false },
      after: { name: "Dress rehearsal", protected: true },
    });
  });

  it.each([
    ["production", 0, ["0 production", "1 development", "2 staging"]],
    ["development", 2, ["0 staging", "1 production", "2 development"]],
    ["staging", 0, ["0 staging", "1 development", "2 production"]],
  ])("moves %s to place %i", async (environment, position, expected) => {
    const { version } = await findEnvironment(tools, manager, null, environment);
    await updateEnvironment(tools, manager, { environment, position, expectedVersion: version });
    expect(await order()).toEqual(expected);
  });

  it("refuses places outside the list and null for what cannot be cleared", async () => {
    const outside = { environment: "staging", position: 3 };
    await expect(updateEnvironment(tools, manager, outside)).rejects.toMatchObject({
      details: { fields: [{ path: "input.position", message: "must be between 0 and 2, got 3." }] },
    });
    const cleared = { environment: "staging", name: null, protected: null, position: null };
    await expect(updateEnvironment(tools, manager, cleared)).rejects.toMatchObject({
      details: { fields: [{ path: "input.name" }, { path: "input.protected" }, { path: "input.position" }] },
    });
    expect(await order()).toEqual(["0 development", "1 staging", "2 production"]);
  });

  it("needs expectedVersion where the environment says so", async () => {
    const input = { environment: "production", name: "Live" };
    await expect(updateEnvironment(tools, manager, input)).rejects.toMatchObject({
      code: "PRECONDITION_REQUIRED",
      details: { currentVersion: 1 },
    });
    await expect(updateEnvironment(tools, manager, { ...input, expectedVersion: 2 })).rejects.toMatchObject({
      code: "CONFLICT",
      details: { currentVersion: 1 },
    });
    await expect(updateEnvironment(tools, manager, { ...input, expectedVersion: 1 })).resolves.toMatchObject({
      name: "Live",
      version: 2,
    });
  });

  it("leaves no trace when nothing changes", async () => {
    const before = await recorded(tools);
    const same = { environment: "staging", name: "Staging", position: 1, protected: false };
    expect((await updateEnvironment(tools, manager, same)).version).toBe(1);
    expect(await recorded(tools)).toEqual(before);
  });
});

describe("deleteEnvironment", () => {
  it("closes the gap and records the environment as it was", async () => {
    const deleted = await deleteEnvironment(tools, manager, { environment: "staging" });
    expect(deleted).toMatchObject({ key: "staging", position: 1 });
    expect(await order()).toEqual(["0 development", "1 production"]);
    expect((await recorded(tools)).at(-1)).toMatchObject({
      kind: "environment.deleted",
      subject: "staging",
      before: { id: deleted.id, key: "staging", name: "Staging", protected: false, position: 1 },
      after: null,
    });
  });

  it("needs the role MANAGER, and the version where the environment says so", async () => {
    const developer = userCaller("DEVELOPER");
    await expect(deleteEnvironment(tools, developer, { environment: "staging" })).rejects.toMatchObject({
      code: "FORBIDDEN",
    });
    await expect(deleteEnvironment(tools, manager, { environment: "production" })).rejects.toMatchObject({
      code: "PRECONDITION_REQUIRED",
    });
    const current = { environment: "production", expectedVersion: 1 };
    await expect(deleteEnvironment(tools, manager, current)).resolves.toMatchObject({ key: "production" });
  });
});

describe("finding environments", () => {
  it("shows evaluation keys their own environment only", async () => {
    const key = keyCaller({ keyKind: "CLIENT", environment: "production" });
    await expect(findEnvironment(tools, key, null, "production")).resolves.toMatchObject({
      key: "production",
    });
    await expect(findEnvironment(tools, key, null, "staging")).rejects.toMatchObject({
      code: "NOT_FOUND",
      message: 'Environment "staging" was not found.',
    });
    await expect(getEnvironment(tools, key, null, "production")).rejects.toMatchObject({ code: "FORBIDDEN" });
    await expect(listEnvironments(tools, key, null)).rejects.toMatchObject({ code: "FORBIDDEN" });
  });

  it("says alike that something is absent, foreign or no key at all", async () => {
    for (const key of ["nowhere", "", "a\0b"]) {
      await expect(getEnvironment(tools, adminCaller(), null, key)).rejects.toMatchObject({
        code: "NOT_FOUND",
      });
    }
    const elsewhere = userCaller(null, { shop: "ADMIN" });
    await expect(getEnvironment(tools, elsewhere, "default", "staging")).rejects.toMatchObject({
      code: "NOT_FOUND",
    });
  });
});

describe("loaders", () => {
  it("read the environments of many projects in one statement", async () => {
    await seedProject(tools, "shop");
    statements = [];
    const loader = environmentsOfProject(tools);
    const [own, shop, none] = await Promise.all(
      ["default", "shop", "nowhere"].map((key) => loader.load(key)),
    );
    expect(own?.map(({ key }) => key)).toEqual(["development", "staging", "production"]);
    expect(shop?.every(({ project }) => project === "shop")).toBe(true);
    expect(none).toEqual([]);
    expect(statements).toHaveLength(1);
  });

  it("read many environments in one statement", async () => {
    const loader = environmentByName(tools);
    const found = await Promise.all([
      loader.load({ project: "default", environment: "staging" }),
      loader.load({ project: "default", environment: "staging" }),
      loader.load({ project: "default", environment: "nowhere" }),
    ]);
    expect(found.map((environment) => environment?.key ?? null)).toEqual(["staging", "staging", null]);
    expect(statements).toHaveLength(1);
  });
});
