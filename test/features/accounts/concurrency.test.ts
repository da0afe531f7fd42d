import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { findApiKey } from "../../../src/features/accounts/api-key.store.js";
import { changePassword } from "../../../src/features/accounts/change-password.js";
import { createApiKey } from "../../../src/features/accounts/create-api-key.js";
import { createLastUse } from "../../../src/features/accounts/last-use.js";
import { deactivateUser } from "../../../src/features/accounts/deactivate-user.js";
import { login } from "../../../src/features/accounts/login.js";
import { logoutEverywhere } from "../../../src/features/accounts/logout.js";
import { makeAdmin } from "../../../src/features/accounts/make-admin.js";
import { refresh } from "../../../src/features/accounts/refresh.js";
import { setUserRole } from "../../../src/features/accounts/set-user-role.js";
import type { Session } from "../../../src/features/accounts/session.js";
import { users } from "../../../src/features/accounts/user.queries.js";
import { Problem } from "../../../src/platform/problems.js";
import { adminCaller, anonymousCaller, recorded, testStart } from "../../support/tools.js";
import {
  addUser,
  clearAccounts,
  type Instance,
  noticed,
  openAccounts,
  openBeside,
  password,
  signIn,
} from "./accounts-fixture.js";

describe.each(["pglite", "postgresql"] as const)("at once, on %s", (kind) => {
  let instance: Instance;
  let other: Instance;
  let tools: Instance["tools"];

  beforeAll(async () => {
    instance = await openAccounts({ kind });
    ({ tools } = instance);
    other = await openBeside(instance);
  });
  afterAll(async () => {
    await other.close();
    await instance.close();
  });
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

  it("forty sign-ins of ten users are all answered", async () => {
    const emails = Array.from({ length: 10 }, (_, index) => `user-${index}@example.com`);
    for (const one of emails) await addUser(tools, one);
    const logins = emails.flatMap((one, index) => {
      const caller = { ...anonymousCaller(), ip: `192.0.2.${index}` };
      return [1, 2, 3, 4].map(async () => login(tools, caller, { email: one, password }));
    });
    const sessions = await Promise.all(logins);
    expect(new Set(sessions.map(({ refreshToken }) => refreshToken)).size).toBe(40);
  });

  /** Sixteen presentations of one token, every other one to the other instance. */
  function sixteen({ refreshToken }: Session): Promise<Session>[] {
    return Array.from({ length: 16 }, async (_, index) =>
      refresh(index % 2 === 0 ? tools : other.tools, anonymousCaller(), { refreshToken }),
    );
  }

  it("sixteen refreshes with one token, on two instances, give one and the same successor", async () => {
    await addUser(tools, email);
    const { session } = await signIn(tools, email);
    const [first = session, ...rest] = await Promise.all(sixteen(session));
    expect(first.refreshToken).not.toBe(session.refreshToken);
    for (const { refreshToken } of rest) expect(refreshToken).toBe(first.refreshToken);
    await expect(refresh(tools, anonymousCaller(), first)).resolves.toMatchObject({ user: { email } });
  });

  it("sixteen reuses of one token, on two instances, end its session once", async () => {
    await addUser(tools, email);
    const { session } = await signIn(tools, email);
    await refresh(tools, anonymousCaller(), await refresh(tools, anonymousCaller(), session));
    expect(await successes(sixteen(session))).toBe(0);
    const ends = (await recorded(tools)).filter((row) => row.kind === "session.revoked");
    expect(ends.filter(({ subject }) => subject === session.user.id)).toHaveLength(1);
    await other.tools.security.flush();
    expect(await noticed(tools, "TOKEN_REUSED")).toMatchObject([{ subject: email, occurrences: 1 }]);
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

  async function demote(by: Instance, user: string): Promise<unknown> {
    return setUserRole(by.tools, admin, { email: user, role: "MANAGER" });
  }

  it.each([
    ["demoted", demote],
    ["deactivated", async (by: Instance, user: string) => deactivateUser(by.tools, admin, { email: user })],
  ])("one of the last two ADMINs is demoted or %s, the other stays", async (_what, end) => {
    const second = "bob@example.com";
    for (const one of [email, second]) await addUser(tools, one, "ADMIN");
    const ends = [demote(instance, email), end(other, second)];
    expect(await successes(ends)).toBe(1);
    const { edges } = await users(tools, admin, null, {});
    expect(edges.filter(({ node }) => node.active && node.role === "ADMIN")).toHaveLength(1);
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
