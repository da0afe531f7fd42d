import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { createUser } from "../../../src/features/accounts/create-user.js";
import type { UserRef } from "../../../src/features/accounts/change-user.js";
import { deactivateUser } from "../../../src/features/accounts/deactivate-user.js";
import { login } from "../../../src/features/accounts/login.js";
import { hasNoUsers, makeAdmin } from "../../../src/features/accounts/make-admin.js";
import { reactivateUser } from "../../../src/features/accounts/reactivate-user.js";
import { resetPassword } from "../../../src/features/accounts/reset-password.js";
import { resetTwoFactor } from "../../../src/features/accounts/reset-two-factor.js";
import { setUserRole } from "../../../src/features/accounts/set-user-role.js";
import { updateUser } from "../../../src/features/accounts/update-user.js";
import { me, users } from "../../../src/features/accounts/user.queries.js";
import { cliCaller, Role } from "../../../src/features/permissions/index.js";
import {
  adminCaller,
  anonymousCaller,
  keyCaller,
  recorded,
  seedProject,
  testStart,
  userCaller,
} from "../../support/tools.js";
import {
  addUser,
  clearAccounts,
  identityOf,
  type Instance,
  openAccounts,
  password,
  signIn,
} from "./accounts-fixture.js";

let instance: Instance;
let tools: Instance["tools"];

beforeAll(async () => {
  instance = await openAccounts();
  ({ tools } = instance);
  await seedProject(tools, "shop");
});
afterAll(async () => instance.close());
beforeEach(async () => {
  await clearAccounts(tools);
  tools.setClock(testStart);
});

const admin = adminCaller();
const email = "alice@example.com";
const ref = { email };

async function lastRecord() {
  return (await recorded(tools)).at(-1);
}

describe("createUser", () => {
  it("makes an account with roles on the server and in projects", async () => {
    const user = await createUser(tools, admin, {
      email,
      password,
      name: "Alice",
      role: "VIEWER",
      projectRoles: [
        { project: "shop", role: "ADMIN" },
        { project: "default", role: "DEVELOPER" },
      ],
      reason: "joins the team",
    });
    const projectRoles = [
      { project: "default", role: "DEVELOPER" },
      { project: "shop", role: "ADMIN" },
    ];
    const settings = { email, name: "Alice", role: "VIEWER", projectRoles, active: true };
    expect(user).toMatchObject({ ...settings, twoFactorEnabled: false, lastLoginAt: null, version: 1 });
    expect(await lastRecord()).toMatchObject({
      kind: "user.created",
      subject: user.id,
      before: null,
      after: settings,
      reason: "joins the team",
    });
  });

  it("refuses an address that is taken, in whatever case", async () => {
    await addUser(tools, email);
    const again = createUser(tools, admin, { email: "ALICE@example.com", password });
    await expect(again).rejects.toMatchObject({ code: "ALREADY_EXISTS" });
  });

  it.each(["nowhere", "no\0where"])("refuses a project that does not exist: %j", async (project) => {
    const lost = createUser(tools, admin, { email, password, projectRoles: [{ project, role: "VIEWER" }] });
    await expect(lost).rejects.toMatchObject({ code: "NOT_FOUND" });
    expect(await hasNoUsers(tools)).toBe(true);
  });

  it("names every mistake", async () => {
    const role = { project: "shop", role: Role.VIEWER };
    const wrong = { email: "a b@example.com", password: "short", projectRoles: [role, role], reason: "\0" };
    await expect(createUser(tools, admin, wrong)).rejects.toMatchObject({
      code: "BAD_USER_INPUT",
      details: {
        fields: [
          { path: "input.email", message: 'must be an e-mail address, got "a b@example.com".' },
          { path: "input.projectRoles[1].project", message: 'is given twice, got "shop".' },
          { path: "input.password", message: "must be 8 to 128 characters long, got 5." },
          { path: "input.reason", message: expect.any(String) },
        ],
      },
    });
  });
});

describe("updateUser", () => {
  it("changes name and address, and raises the version", async () => {
    await addUser(tools, email);
    const changed = await updateUser(tools, admin, {
      email,
      name: "Alice",
      newEmail: "Alice@example.org",
      expectedVersion: 1,
    });
    expect(changed).toMatchObject({ email: "Alice@example.org", name: "Alice", version: 2 });
    expect(await lastRecord()).toMatchObject({
      kind: "user.updated",
      before: { email, name: null },
      after: { email: "Alice@example.org", name: "Alice" },
    });
    const cleared = await updateUser(tools, admin, { email: "alice@example.org", name: null });
    expect(cleared).toMatchObject({ name: null, version: 3 });
  });

  it("leaves no trace when nothing changes", async () => {
    const user = await addUser(tools, email);
    const before = await recorded(tools);
    expect(await updateUser(tools, admin, { email, newEmail: email, name: undefined })).toEqual(user);
    expect(await recorded(tools)).toEqual(before);
  });

  it.each([
    ["setUserRole", async (user: UserRef) => setUserRole(tools, admin, { ...user, role: "VIEWER" })],
    ["deactivateUser", async (user: UserRef) => deactivateUser(tools, admin, user)],
    ["reactivateUser", async (user: UserRef) => reactivateUser(tools, admin, user)],
    [
      "resetPassword",
      async (user: UserRef) => resetPassword(tools, admin, { ...user, newPassword: "correct horse battery" }),
    ],
    ["resetTwoFactor", async (user: UserRef) => resetTwoFactor(tools, admin, user)],
  ])("%s may name the version it builds on", async (_name, change) => {
    await addUser(tools, email);
    await expect(change({ email, expectedVersion: 7 })).rejects.toMatchObject({
      code: "CONFLICT",
      details: { currentVersion: 1 },
    });
    expect(await change({ email, expectedVersion: 1 })).toMatchObject({ email });
  });

  it("refuses a stale version, a taken address, no address and an unknown user", async () => {
    await addUser(tools, email);
    await addUser(tools, "bob@example.com");
    const stale = updateUser(tools, admin, { email, name: "Alice", expectedVersion: 7 });
    await expect(stale).rejects.toMatchObject({ code: "CONFLICT", details: { currentVersion: 1 } });
    const taken = updateUser(tools, admin, { email, newEmail: "BOB@example.com" });
    await expect(taken).rejects.toMatchObject({ code: "ALREADY_EXISTS" });
    await expect(updateUser(tools, admin, { email, newEmail: null })).rejects.toMatchObject({
      code: "BAD_USER_INPUT",
      details: { fields: [{ path: "input.newEmail" }] },
    });
    for (const unknown of ["nobody@example.com", "\0"]) {
      const lost = updateUser(tools, admin, { email: unknown, name: "Nobody" });
      await expect(lost).rejects.toMatchObject({ code: "NOT_FOUND" });
    }
  });
});

describe("setUserRole", () => {
  it("sets, changes and takes away a role in a project, at once and with a new sign-in", async () => {
    await addUser(tools, email);
    const { session } = await signIn(tools, email);
    await setUserRole(tools, admin, { email, project: "shop", role: "VIEWER" });
    expect(await identityOf(tools, session.accessToken)).toEqual({ kind: "ANONYMOUS", reason: "REVOKED" });

    await setUserRole(tools, admin, { email, project: "shop", role: "MANAGER" });
    const { caller } = await signIn(tools, email);
    expect(caller.identity).toMatchObject({ role: null, projectRoles: new Map([["shop", "MANAGER"]]) });

    const user = await setUserRole(tools, admin, { email, project: "shop", role: null });
    expect(user).toMatchObject({ role: null, projectRoles: [], version: 4 });
    expect((await recorded(tools)).at(-2)).toMatchObject({
      kind: "user.role_set",
      before: { email, projectRoles: [{ project: "shop", role: "MANAGER" }] },
      after: { email, projectRoles: [] },
    });
  });

  it("sets and takes away the role on the whole server", async () => {
    await addUser(tools, email);
    expect(await setUserRole(tools, admin, { email, role: "DEVELOPER" })).toMatchObject({
      role: "DEVELOPER",
    });
    expect(await setUserRole(tools, admin, { email, role: null })).toMatchObject({ role: null });
  });

  it("refuses a project that does not exist, and a role that is left out", async () => {
    await addUser(tools, email);
    const lost = setUserRole(tools, admin, { email, project: "nowhere", role: "VIEWER" });
    await expect(lost).rejects.toMatchObject({ code: "NOT_FOUND" });
    await expect(setUserRole(tools, admin, { email })).rejects.toMatchObject({
      code: "BAD_USER_INPUT",
      details: { fields: [{ path: "input.role" }] },
    });
  });

  it("lets nobody raise their own role", async () => {
    await addUser(tools, email, "MANAGER", { default: "ADMIN" });
    const { caller } = await signIn(tools, email);
    await expect(setUserRole(tools, caller, { email, role: "ADMIN" })).rejects.toMatchObject({
      code: "FORBIDDEN",
    });
    const inProject = setUserRole(tools, caller, { email, project: "default", role: "ADMIN" });
    await expect(inProject).rejects.toMatchObject({ code: "FORBIDDEN" });
  });
});

describe("the last active ADMIN", () => {
  const conflict = expect.objectContaining({ code: "CONFLICT" });

  it("stays", async () => {
    await addUser(tools, email, "ADMIN");
    await addUser(tools, "bob@example.com", "ADMIN");
    await deactivateUser(tools, admin, { email: "bob@example.com" });
    await expect(setUserRole(tools, admin, { email, role: "MANAGER" })).rejects.toEqual(conflict);
    await expect(setUserRole(tools, admin, { email, role: null })).rejects.toEqual(conflict);
    await expect(deactivateUser(tools, admin, ref)).rejects.toEqual(conflict);
    expect(await updateUser(tools, admin, { email, name: "Alice" })).toMatchObject({ role: "ADMIN" });
    await reactivateUser(tools, admin, { email: "bob@example.com" });
    expect(await setUserRole(tools, admin, { email, role: null })).toMatchObject({ role: null });
  });
});

describe("deactivateUser and reactivateUser", () => {
  it("shut out at once and let in again, with the roles as they were", async () => {
    await addUser(tools, email, "DEVELOPER");
    const { session } = await signIn(tools, email);
    expect(await deactivateUser(tools, admin, ref)).toMatchObject({ active: false, role: "DEVELOPER" });
    expect(await identityOf(tools, session.accessToken)).toEqual({ kind: "ANONYMOUS", reason: "REVOKED" });
    const before = await recorded(tools);
    await deactivateUser(tools, admin, ref);
    expect(await recorded(tools)).toEqual(before);

    expect(await reactivateUser(tools, admin, ref)).toMatchObject({ active: true });
    expect(await identityOf(tools, session.accessToken)).toEqual({ kind: "ANONYMOUS", reason: "REVOKED" });
    const { caller } = await signIn(tools, email);
    expect(caller.identity).toMatchObject({ role: "DEVELOPER" });
  });
});

describe("resetPassword", () => {
  it("sets another one and ends the sessions", async () => {
    await addUser(tools, email);
    const { session } = await signIn(tools, email);
    await resetPassword(tools, admin, { email, newPassword: "another password" });
    expect(await identityOf(tools, session.accessToken)).toEqual({ kind: "ANONYMOUS", reason: "REVOKED" });
    await expect(login(tools, anonymousCaller(), { email, password })).rejects.toMatchObject({
      code: "UNAUTHENTICATED",
    });
    const again = login(tools, anonymousCaller(), { email, password: "another password" });
    await expect(again).resolves.toMatchObject({ user: { email, version: 2 } });
  });

  it("refuses a password that will not do, and an unknown user", async () => {
    await expect(resetPassword(tools, admin, { email, newPassword: "short" })).rejects.toMatchObject({
      code: "BAD_USER_INPUT",
      details: { fields: [{ path: "input.newPassword" }] },
    });
    await expect(resetPassword(tools, admin, { email, newPassword: password })).rejects.toMatchObject({
      code: "NOT_FOUND",
    });
  });
});

describe("makeAdmin", () => {
  const cli = cliCaller("request-1");

  it("makes the first user, and is content the next time", async () => {
    expect(await hasNoUsers(tools)).toBe(true);
    const { user, created } = await makeAdmin(tools, cli, { email, password });
    expect(created).toBe(true);
    expect(user).toMatchObject({ email, role: "ADMIN", active: true });
    expect(await hasNoUsers(tools)).toBe(false);
    const before = await recorded(tools);
    expect(await makeAdmin(tools, cli, { email: "Alice@example.com", password: "another one" })).toEqual({
      user,
      created: false,
    });
    expect(await recorded(tools)).toEqual(before);
    await expect(login(tools, anonymousCaller(), { email, password })).resolves.toMatchObject({
      user: { email },
    });
  });

  it("raises and reactivates somebody who exists", async () => {
    await addUser(tools, email, "VIEWER");
    await deactivateUser(tools, admin, ref);
    const { user, created } = await makeAdmin(tools, cli, { email, password });
    expect(created).toBe(false);
    expect(user).toMatchObject({ role: "ADMIN", active: true });
  });
});

describe("reading users", () => {
  const visitors = ["alice@example.com", "Bob@example.com", "carol@example.com", "100%_sure@example.com"];

  it("pages by address, searches in address and name, and counts", async () => {
    for (const visitor of visitors) await addUser(tools, visitor);
    await updateUser(tools, admin, { email, name: "Bobby" });
    const first = await users(tools, admin, undefined, { first: 3 });
    expect(first.edges.map(({ node }) => node.email)).toEqual([
      "100%_sure@example.com",
      "alice@example.com",
      "Bob@example.com",
    ]);
    expect([first.hasNextPage, await first.count()]).toEqual([true, 4]);
    const rest = await users(tools, admin, null, { first: 3, after: first.edges.at(-1)?.cursor });
    expect(rest.edges.map(({ node }) => node.email)).toEqual(["carol@example.com"]);
    expect(rest.hasNextPage).toBe(false);
    const found = await users(tools, admin, "BOB", {});
    expect(found.edges.map(({ node }) => node.email)).toEqual(["alice@example.com", "Bob@example.com"]);
    const literal = await users(tools, admin, "%_", {});
    expect(literal.edges.map(({ node }) => node.email)).toEqual(["100%_sure@example.com"]);
  });

  it("refuses a broken cursor", async () => {
    await expect(users(tools, admin, null, { after: "broken" })).rejects.toMatchObject({
      code: "BAD_USER_INPUT",
      details: { fields: [{ path: "after" }] },
    });
  });

  it("tells who is signed in", async () => {
    await addUser(tools, email);
    const { caller, session } = await signIn(tools, email);
    expect(await me(tools, caller)).toEqual(session.user);
    expect(await me(tools, keyCaller())).toBeNull();
    await expect(me(tools, anonymousCaller())).rejects.toMatchObject({ code: "UNAUTHENTICATED" });
  });
});

describe("users are for ADMINs of the whole server", () => {
  const operations = {
    users: async (caller: typeof admin) => users(tools, caller, null, {}),
    createUser: async (caller: typeof admin) => createUser(tools, caller, { email, password }),
    updateUser: async (caller: typeof admin) => updateUser(tools, caller, ref),
    setUserRole: async (caller: typeof admin) => setUserRole(tools, caller, { email, role: null }),
    deactivateUser: async (caller: typeof admin) => deactivateUser(tools, caller, ref),
    reactivateUser: async (caller: typeof admin) => reactivateUser(tools, caller, ref),
    resetPassword: async (caller: typeof admin) =>
      resetPassword(tools, caller, { email, newPassword: password }),
  };

  it.each(Object.entries(operations))("%s", async (_name, operation) => {
    await expect(operation(anonymousCaller())).rejects.toMatchObject({ code: "UNAUTHENTICATED" });
    const others = [
      userCaller("MANAGER", { default: "ADMIN" }),
      keyCaller({ role: "MANAGER" }),
      keyCaller({ project: "default" }),
      keyCaller({ keyKind: "SERVER" }),
    ];
    for (const other of others) {
      await expect(operation(other)).rejects.toMatchObject({ code: "FORBIDDEN" });
    }
  });
});
