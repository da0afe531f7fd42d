import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { findApiKey } from "../../../src/features/accounts/api-key.store.js";
import { changePassword } from "../../../src/features/accounts/change-password.js";
import { createApiKey } from "../../../src/features/accounts/create-api-key.js";
import { createLastUse } from "../../../src/features/accounts/last-use.js";
import { login } from "../../../src/features/accounts/login.js";
import { logoutEverywhere } from "../../../src/features/accounts/logout.js";
import { makeAdmin } from "../../../src/features/accounts/make-admin.js";
import { refresh } from "../../../src/features/accounts/refresh.js";
import { setUserRole } from "../../../src/features/accounts/set-user-role.js";
import { Problem } from "../../../src/platform/problems.js";
import { adminCaller, anonymousCaller, testStart } from "../../support/tools.js";
import { addUser, clearAccounts, type Instance, openAccounts, password, signIn } from "./accounts-fixture.js";

describe.each(["pglite", "postgresql"] as const)("at once, on %s", (kind) => {
  let instance: Instance;
  let tools: Instance["tools"];

  beforeAll(async () => {
    instance = await openAccounts({ kind });
    ({ tools } = instance);
  });
  afterAll(async () => instance.close());
  beforeEach(async () => clearAccounts(tools));

  const admin = adminCaller();
  const email = "alice@example.com";

  /** How many succeeded; whoever failed did so in an expected way. */
  async function successes(work: readonly Promise<unknown>[]): Promise<number> {
    const outcomes = await Promise.allSettled(work);
    const failures = outcomes.filter((outcome) => outcome.status === "rejected");
    for (const { reason } of failures) expect(reason).toBeInstanceOf(Problem);
    return outcomes.length - failures.length;
  }

  it("fifty sign-ins are all answered", async () => {
    await addUser(tools, email);
    const logins = Array.from({ length: 50 }, async () =>
      login(tools, anonymousCaller(), { email, password }),
    );
    const sessions = await Promise.all(logins);
    expect(new Set(sessions.map(({ refreshToken }) => refreshToken)).size).toBe(50);
  });

  it("one of several refreshes with one token gets through", async () => {
    await addUser(tools, email);
    const { session } = await signIn(tools, email);
    expect(await successes([1, 2, 3, 4].map(async () => refresh(tools, anonymousCaller(), session)))).toBe(1);
  });

  it("one of two changes of a password gets through", async () => {
    await addUser(tools, email);
    const { caller } = await signIn(tools, email);
    const changes = ["another password", "a third password"].map(async (newPassword) =>
      changePassword(tools, caller, { currentPassword: password, newPassword }),
    );
    expect(await successes(changes)).toBe(1);
  });

  it("all that ends and continues sessions of one user gets along", async () => {
    await addUser(tools, email);
    const signedIn = [await signIn(tools, email), await signIn(tools, email), await signIn(tools, email)];
    const [{ caller }] = signedIn as [(typeof signedIn)[0]];
    await successes([
      ...signedIn.map(async ({ session }) => refresh(tools, anonymousCaller(), session)),
      changePassword(tools, caller, { currentPassword: password, newPassword: "another password" }),
      ...signedIn.map(async (one) => logoutEverywhere(tools, one.caller)),
      setUserRole(tools, admin, { email, role: "VIEWER" }),
      login(tools, anonymousCaller(), { email, password }),
    ]);
  });

  it("one of two last ADMINs is demoted", async () => {
    const both = [email, "bob@example.com"];
    for (const one of both) await addUser(tools, one, "ADMIN");
    const demotions = both.map(async (one) => setUserRole(tools, admin, { email: one, role: null }));
    expect(await successes(demotions)).toBe(1);
  });

  it("one of two first starts makes the administrator", async () => {
    const starts = await Promise.all([1, 2].map(async () => makeAdmin(tools, admin, { email, password })));
    expect(starts.filter(({ created }) => created)).toHaveLength(1);
  });

  it("the last use of many keys is written in one go", async () => {
    const lastUse = createLastUse(tools);
    const names = ["one", "two", "three"];
    const make = async (name: string) =>
      createApiKey(tools, admin, { name, kind: "CLIENT", environment: "staging" });
    const keys = await Promise.all(names.map(make));
    for (const { apiKey } of keys) lastUse.touch(apiKey.id);
    await lastUse.close();
    for (const { apiKey } of keys) {
      expect((await findApiKey(tools.database, apiKey.id))?.lastUsedAt).toEqual(new Date(testStart));
    }
  });
});
