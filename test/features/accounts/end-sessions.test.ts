import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { beginTwoFactor } from "../../../src/features/accounts/begin-two-factor.js";
import { changePassword } from "../../../src/features/accounts/change-password.js";
import { confirmTwoFactor } from "../../../src/features/accounts/confirm-two-factor.js";
import { deactivateUser } from "../../../src/features/accounts/deactivate-user.js";
import { recognise } from "../../../src/features/accounts/index.js";
import { logout, logoutEverywhere } from "../../../src/features/accounts/logout.js";
import { makeAdmin } from "../../../src/features/accounts/make-admin.js";
import { refresh } from "../../../src/features/accounts/refresh.js";
import { register } from "../../../src/features/accounts/register.js";
import { resetPassword } from "../../../src/features/accounts/reset-password.js";
import type { Session } from "../../../src/features/accounts/session.js";
import { setUserRole } from "../../../src/features/accounts/set-user-role.js";
import { updateUser } from "../../../src/features/accounts/update-user.js";
import { type Caller, cliCaller } from "../../../src/features/permissions/index.js";
import { SecurityEventKind } from "../../../src/features/security/index.js";
import { codeAt } from "../../support/authenticator.js";
import { adminCaller, anonymousCaller, testStart } from "../../support/tools.js";
import {
  addUser,
  clearAccounts,
  identityOf,
  type Instance,
  noticed,
  openAccounts,
  openBeside,
  password,
  signIn,
} from "./accounts-fixture.js";

let instance: Instance;
let other: Instance;
let tools: Instance["tools"];

beforeAll(async () => {
  instance = await openAccounts({ allowSignup: true });
  other = await openBeside(instance);
  ({ tools } = instance);
});
afterAll(async () => {
  await other.close();
  await instance.close();
});
beforeEach(async () => {
  await clearAccounts(tools);
  tools.setClock(testStart);
  await addUser(tools, email, "VIEWER");
});

const admin = adminCaller();
const email = "alice@example.com";
const newPassword = "another password";

interface SignedIn {
  readonly session: Session;
  readonly caller: Caller;
}

/** Neither by its tokens nor on a connection that is open does anybody get on, on either instance. */
async function expectEnded({ session, caller }: SignedIn): Promise<void> {
  await other.reader.reach(instance.reader.position());
  for (const each of [tools, other.tools]) {
    expect(await identityOf(each, session.accessToken)).toEqual({ kind: "ANONYMOUS", reason: "REVOKED" });
    expect(recognise(each, caller).identity).toEqual({ kind: "ANONYMOUS", reason: "REVOKED" });
  }
  await expect(refresh(other.tools, anonymousCaller(), session)).rejects.toMatchObject({
    code: "UNAUTHENTICATED",
    details: { reason: "REVOKED" },
  });
}

async function expectOpen({ session, caller }: SignedIn): Promise<void> {
  await other.reader.reach(instance.reader.position());
  for (const each of [tools, other.tools]) {
    expect(await identityOf(each, session.accessToken)).toMatchObject({ kind: "USER", email });
    expect(recognise(each, caller).identity).toMatchObject({ kind: "USER", email });
  }
}

describe("all sessions of a user end", () => {
  const ends: Record<string, (caller: Caller) => Promise<unknown>> = {
    "when their password is reset": async () => resetPassword(tools, admin, { email, newPassword }),
    "when they get another role": async () => setUserRole(tools, admin, { email, role: "ADMIN" }),
    "when they lose their role": async () => setUserRole(tools, admin, { email, role: null }),
    "when they get a role in a project": async () =>
      setUserRole(tools, admin, { email, project: "default", role: "MANAGER" }),
    "when they are deactivated": async () => deactivateUser(tools, admin, { email }),
    "when the command line makes them ADMIN": async () =>
      makeAdmin(tools, cliCaller("request-1"), { email, password }),
    "when they sign out everywhere": async (caller) => logoutEverywhere(tools, caller),
  };

  it.each(Object.entries(ends))("%s", async (_when, end) => {
    const all = [await signIn(tools, email), await signIn(tools, email)];
    const [one = await signIn(tools, email)] = all;
    await end(one.caller);
    for (const each of all) await expectEnded(each);
  });

  it("but not when their name changes, nor for a role that they have", async () => {
    const one = await signIn(tools, email);
    await updateUser(tools, admin, { email, name: "Alice" });
    await setUserRole(tools, admin, { email, role: "VIEWER" });
    await expectOpen(one);
  });
});

describe("the session goes on, and the user's others end", () => {
  const changes: Record<string, (caller: Caller) => Promise<unknown>> = {
    "when they change their password": async (caller) =>
      changePassword(tools, caller, { currentPassword: password, newPassword }),
    "when they set up a second factor": async (caller) => {
      const { secret } = await beginTwoFactor(tools, caller, { password });
      return confirmTwoFactor(tools, caller, { code: codeAt(secret, tools.now()) });
    },
  };

  it.each(Object.entries(changes))("%s", async (_when, change) => {
    const here = await signIn(tools, email);
    const elsewhere = await signIn(tools, email);
    await change(here.caller);
    await expectEnded(elsewhere);
    await expectOpen(here);
  });
});

describe("recognise", () => {
  it("lets nobody on longer than their access token lasts", async () => {
    const { caller } = await signIn(tools, email);
    tools.setClock(testStart + 599_999);
    expect(recognise(tools, caller)).toEqual(caller);
    tools.setClock(testStart + 600_000);
    expect(recognise(tools, caller).identity).toEqual({ kind: "ANONYMOUS", reason: "EXPIRED" });
  });
});

describe("the security log is told", () => {
  const all = Object.values(SecurityEventKind).filter((kind) => kind !== "SIGNED_IN");

  /** What it says of the last change, the sign-in before it left out. */
  async function told() {
    return noticed(tools, ...all);
  }

  it("who signed out", async () => {
    const [one, two, three] = [
      await signIn(tools, email),
      await signIn(tools, email),
      await signIn(tools, email),
    ];
    await logout(tools, one.caller);
    await logoutEverywhere(tools, two.caller);
    await expectEnded(three);
    expect(await told()).toMatchObject([
      { kind: "SIGNED_OUT", subject: email, actor: { name: email }, detail: { sessions: 1 } },
      { kind: "SIGNED_OUT", subject: email, actor: { name: email }, detail: { sessions: 2 } },
    ]);
  });

  it("who changed whose password", async () => {
    const { caller } = await signIn(tools, email);
    await changePassword(tools, caller, { currentPassword: password, newPassword });
    await resetPassword(tools, cliCaller("request-1"), { email: "ALICE@example.com", newPassword });
    const events = await told();
    expect(events).toMatchObject([
      { kind: "PASSWORD_CHANGED", subject: email, actor: { kind: "USER", name: email } },
      { kind: "PASSWORD_CHANGED", subject: email, actor: { kind: "CLI" } },
    ]);
    expect(JSON.stringify(events)).not.toMatch(/argon2|correct horse|another password/);
  });

  it("who changed whose role, and what it was", async () => {
    await setUserRole(tools, admin, { email, role: null });
    await setUserRole(tools, admin, { email, project: "default", role: "MANAGER" });
    const projectRoles = [{ project: "default", role: "MANAGER" }];
    expect(await told()).toMatchObject([
      { kind: "ROLE_CHANGED", subject: email, detail: { before: { role: "VIEWER" }, after: { role: null } } },
      { kind: "ROLE_CHANGED", detail: { before: { projectRoles: [] }, after: { projectRoles } } },
    ]);
  });

  it("whose sessions ended with their account", async () => {
    await signIn(tools, email);
    await deactivateUser(tools, admin, { email });
    const detail = { sessions: 1, because: "user.deactivated" };
    expect(await told()).toMatchObject([{ kind: "SESSION_REVOKED", subject: email, detail }]);
  });

  it("who signed up", async () => {
    await register(tools, anonymousCaller(), { email: "bob@example.com", password });
    expect(await noticed(tools, "SIGNED_IN")).toMatchObject([
      { subject: "bob@example.com", actor: null, ip: "192.0.2.1" },
    ]);
  });

  it("nothing of what was refused or changed nothing", async () => {
    const { caller } = await signIn(tools, email);
    await expect(changePassword(tools, caller, { currentPassword: "wrong", newPassword })).rejects.toThrow();
    await expect(deactivateUser(tools, caller, { email })).rejects.toThrow();
    await setUserRole(tools, admin, { email, role: "VIEWER" });
    expect(await told()).toEqual([]);
  });
});
