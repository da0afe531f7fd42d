import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { changePassword } from "../../../src/features/accounts/change-password.js";
import { deactivateUser } from "../../../src/features/accounts/deactivate-user.js";
import { login } from "../../../src/features/accounts/login.js";
import { logout, logoutEverywhere } from "../../../src/features/accounts/logout.js";
import { refresh } from "../../../src/features/accounts/refresh.js";
import { register } from "../../../src/features/accounts/register.js";
import { adminCaller, anonymousCaller, keyCaller, recorded, testStart } from "../../support/tools.js";
import {
  addUser,
  callerBy,
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
  instance = await openAccounts({ allowSignup: true });
  ({ tools } = instance);
});
afterAll(async () => instance.close());
beforeEach(async () => {
  await clearAccounts(tools);
  tools.setClock(testStart);
});

const email = "alice@example.com";

function refused(reason: string): unknown {
  return expect.objectContaining({ code: "UNAUTHENTICATED", details: { reason } });
}

describe("login", () => {
  it("gives a session to whoever knows the password, in whatever case the address is typed", async () => {
    const user = await addUser(tools, email, "DEVELOPER", { default: "MANAGER" });
    const session = await login(tools, anonymousCaller(), {
      email: "ALICE@example.com",
      password,
      otp: "123456",
    });
    expect(session.expiresAt.getTime()).toBe(testStart + 600_000);
    expect(session.user).toEqual({ ...user, lastLoginAt: new Date(testStart) });
    expect(await identityOf(tools, session.accessToken)).toEqual({
      kind: "USER",
      id: user.id,
      email,
      role: "DEVELOPER",
      projectRoles: new Map([["default", "MANAGER"]]),
      sessionId: expect.any(String),
      expiresAt: testStart + 600_000,
      steppedUpUntil: 0,
      secondFactor: "NONE",
    });
  });

  it("refuses a wrong password, an unknown and an inactive user in the same words", async () => {
    await addUser(tools, email);
    await addUser(tools, "bob@example.com");
    await deactivateUser(tools, adminCaller(), { email: "bob@example.com" });
    const attempts = [
      { email, password: "wrong password" },
      { email, password: "short" },
      { email: "nobody@example.com", password },
      { email: "\0", password },
      { email: "bob@example.com", password },
    ];
    for (const attempt of attempts) {
      await expect(login(tools, anonymousCaller(), attempt)).rejects.toMatchObject({
        code: "UNAUTHENTICATED",
        message: "The e-mail address or the password is wrong.",
        details: { reason: "INVALID" },
      });
    }
  });
});

describe("logout", () => {
  it("ends this session at once, and no other", async () => {
    const user = await addUser(tools, email);
    const one = await signIn(tools, email);
    const other = await signIn(tools, email);
    expect(await logout(tools, one.caller)).toBe(true);
    expect(await identityOf(tools, one.session.accessToken)).toEqual({
      kind: "ANONYMOUS",
      reason: "REVOKED",
    });
    expect(await identityOf(tools, other.session.accessToken)).toMatchObject({ kind: "USER" });
    expect((await recorded(tools)).at(-1)).toMatchObject({ kind: "session.revoked", subject: user.id });
  });

  it("ends all of the user's sessions with logoutEverywhere, and nobody else's", async () => {
    await addUser(tools, email);
    await addUser(tools, "bob@example.com");
    const mine = [await signIn(tools, email), await signIn(tools, email)];
    const bob = await signIn(tools, "bob@example.com");
    const [{ caller }] = mine as [(typeof mine)[0]];
    expect(await logoutEverywhere(tools, caller)).toBe(true);
    for (const { session } of mine) {
      expect(await identityOf(tools, session.accessToken)).toEqual({ kind: "ANONYMOUS", reason: "REVOKED" });
    }
    expect(await identityOf(tools, bob.session.accessToken)).toMatchObject({ kind: "USER" });
  });

  it.each([logout, logoutEverywhere])("is for signed-in users: %o", async (operation) => {
    await expect(operation(tools, anonymousCaller())).rejects.toEqual(refused("MISSING"));
    await expect(operation(tools, keyCaller())).rejects.toMatchObject({ code: "FORBIDDEN" });
  });
});

describe("changePassword", () => {
  const newPassword = "another password";

  it("ends the other sessions, and this one goes on", async () => {
    await addUser(tools, email);
    const here = await signIn(tools, email);
    const elsewhere = await signIn(tools, email);
    const next = await changePassword(tools, here.caller, { currentPassword: password, newPassword });
    expect(await identityOf(tools, elsewhere.session.accessToken)).toMatchObject({ reason: "REVOKED" });
    expect(await identityOf(tools, next.accessToken)).toEqual(here.caller.identity);
    expect(await identityOf(tools, here.session.accessToken)).toEqual(here.caller.identity);
    await expect(refresh(tools, anonymousCaller(), here.session)).rejects.toEqual(refused("REVOKED"));
    await expect(refresh(tools, anonymousCaller(), next)).resolves.toMatchObject({ user: { email } });
    await expect(login(tools, anonymousCaller(), { email, password })).rejects.toEqual(refused("INVALID"));
    await expect(login(tools, anonymousCaller(), { email, password: newPassword })).resolves.toMatchObject({
      user: { email },
    });
  });

  it("leaves no trace of either password in the ledger", async () => {
    await addUser(tools, email);
    const { caller } = await signIn(tools, email);
    await changePassword(tools, caller, { currentPassword: password, newPassword });
    const rows = await recorded(tools);
    expect(rows.at(-1)).toMatchObject({ kind: "user.password_changed", before: null, after: { email } });
    expect(JSON.stringify(rows)).not.toMatch(/argon2|correct horse|another password/);
  });

  it("wants the present password, and a new one that will do", async () => {
    await addUser(tools, email);
    const { caller } = await signIn(tools, email);
    const wrong = changePassword(tools, caller, { currentPassword: "wrong password", newPassword });
    await expect(wrong).rejects.toMatchObject({
      code: "BAD_USER_INPUT",
      details: { fields: [{ path: "input.currentPassword", message: "is not the present password." }] },
    });
    const short = changePassword(tools, caller, { currentPassword: password, newPassword: "short" });
    await expect(short).rejects.toMatchObject({
      code: "BAD_USER_INPUT",
      details: {
        fields: [{ path: "input.newPassword", message: "must be 8 to 128 characters long, got 5." }],
      },
    });
  });
});

describe("register", () => {
  it("makes a VIEWER of the project default and nothing more, signed in", async () => {
    const session = await register(tools, anonymousCaller(), { email, password, name: "Alice" });
    expect(session.user).toMatchObject({
      email,
      name: "Alice",
      role: null,
      projectRoles: [{ project: "default", role: "VIEWER" }],
      lastLoginAt: new Date(testStart),
    });
    const { identity } = await callerBy(tools, session.accessToken);
    expect(identity).toMatchObject({ role: null, projectRoles: new Map([["default", "VIEWER"]]) });
  });

  it("refuses an address that is taken, in whatever case", async () => {
    await addUser(tools, email);
    const again = register(tools, anonymousCaller(), { email: "Alice@Example.com", password });
    await expect(again).rejects.toMatchObject({ code: "ALREADY_EXISTS" });
  });

  it("names every mistake", async () => {
    const wrong = { email: "alice", password: "short", name: "x".repeat(201) };
    await expect(register(tools, anonymousCaller(), wrong)).rejects.toMatchObject({
      code: "BAD_USER_INPUT",
      details: {
        fields: [
          { path: "input.email", message: 'must be an e-mail address, got "alice".' },
          { path: "input.name", message: "must be at most 200 characters long, got 201." },
          { path: "input.password", message: "must be 8 to 128 characters long, got 5." },
        ],
      },
    });
  });

  it("is closed unless the server allows it", async () => {
    const closed = register({ ...tools, allowSignup: false }, anonymousCaller(), { email, password });
    await expect(closed).rejects.toMatchObject({ code: "FORBIDDEN" });
  });
});
