import { sql } from "drizzle-orm";
import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { createApiKey } from "../../../src/features/accounts/create-api-key.js";
import { deactivateUser } from "../../../src/features/accounts/deactivate-user.js";
import { eraseUser } from "../../../src/features/accounts/erase-user.js";
import { login } from "../../../src/features/accounts/login.js";
import { register } from "../../../src/features/accounts/register.js";
import { reactivateUser } from "../../../src/features/accounts/reactivate-user.js";
import { resetPassword } from "../../../src/features/accounts/reset-password.js";
import { updateUser } from "../../../src/features/accounts/update-user.js";
import { AuditSubject, listChangesAfter, write } from "../../../src/features/ledger/index.js";
import { personOf } from "../../../src/features/ledger/change.js";
import { actorOf, type Caller, permit } from "../../../src/features/permissions/index.js";
import { rowsOf } from "../../../src/platform/database/index.js";
import {
  adminCaller,
  anonymousCaller,
  keyCaller,
  recorded,
  testStart,
  userCaller,
  withFactor,
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
import { verifyChain } from "../../support/verify-chain.js";

let instance: Instance;
let tools: Instance["tools"];

beforeAll(async () => {
  instance = await openAccounts();
  ({ tools } = instance);
});
afterAll(async () => instance.close());
beforeEach(async () => {
  await clearAccounts(tools);
  tools.setClock(testStart);
});

const admin = adminCaller();
const email = "lorina@example.com";

/** Everything that is stored, as text. */
async function everything(): Promise<string> {
  await tools.security.flush();
  const tables = [
    "changes",
    "users",
    "api_keys",
    "sessions",
    "security_events",
    "project_roles",
    "refresh_tokens",
  ];
  const texts: string[] = [];
  for (const table of tables) {
    const rows = rowsOf(await tools.database.execute(sql.raw(`select t::text as line from ${table} t`)));
    texts.push(...rows.map(({ line }) => String(line)));
  }
  return texts.join("\n");
}

/** Lorina has an account, a session, a key, and did something. */
async function furnish(): Promise<{
  readonly id: string;
  readonly caller: Caller;
  readonly accessToken: string;
}> {
  await addUser(tools, "root@example.com", "ADMIN");
  const user = await addUser(tools, email, "ADMIN", { default: "MANAGER" });
  await updateUser(tools, admin, { email, name: "Lorina Liddell" });
  await login(tools, anonymousCaller(), { email, password: "wrong password" }).catch(() => undefined);
  const { caller, session } = await signIn(tools, email);
  await createApiKey(tools, caller, { name: "ci", kind: "MANAGEMENT", role: "VIEWER", project: "default" });
  await write(tools, permit(caller, "project:update", { project: "default" }), async (_tx, record) =>
    Promise.resolve(
      record({
        kind: "flag.updated",
        subjectType: AuditSubject.FLAG,
        subject: "a",
        project: "default",
        after: 1,
      }),
    ),
  );
  return { id: user.id, caller, accessToken: session.accessToken };
}

describe("eraseUser", () => {
  it("leaves nothing by which to know whose the account was", async () => {
    const { id, accessToken } = await furnish();
    expect(await everything()).toMatch(/lorina|liddell/i);
    const erased = await eraseUser(tools, admin, { email, reason: "Asked for." });
    expect(erased).toMatchObject({
      ...{ id, email: `erased-${id}@invalid`, name: null, role: null, projectRoles: [], active: false },
      ...{ twoFactorEnabled: false, lastLoginAt: null },
    });
    expect(await everything()).not.toMatch(/lorina|liddell/i);
    expect(await identityOf(tools, accessToken)).toMatchObject({ kind: "ANONYMOUS" });
    const again = login(tools, anonymousCaller(), { email: erased.email, password });
    await expect(again).rejects.toMatchObject({ code: "UNAUTHENTICATED" });
  });

  it("leaves what was done and by which account, and the log verifies", async () => {
    const { id } = await furnish();
    await eraseUser(tools, admin, { email, reason: "Asked for." });
    const changes = await recorded(tools);
    expect(changes.slice(-2)).toMatchObject([
      { kind: "user.erased", subject: id, after: { email: `erased-${id}@invalid` }, reason: "Asked for." },
      { kind: "ledger.erased", after: { user: id } },
    ]);
    const done = await listChangesAfter(tools.database, 0, Number.MAX_SAFE_INTEGER, 1_000);
    const flag = done.findLast(({ kind }) => kind === "flag.updated");
    expect(flag).toMatchObject({ actorKind: "USER", actorId: id, person: null });
    expect(flag?.body).not.toBeNull();
    expect(await verifyChain(tools.database)).toBeNull();
  });

  it("keeps the others' traces, also who did what to the account", async () => {
    const { id } = await furnish();
    await eraseUser(tools, admin, { email });
    expect(await everything()).toContain("root@example.com");
    const about = (await listChangesAfter(tools.database, 0, Number.MAX_SAFE_INTEGER, 1_000)).filter(
      ({ subjectType, subject }) => subjectType === "USER" && subject === id,
    );
    const others = about.filter(({ kind }) => kind === "user.updated");
    expect(others).toMatchObject([{ body: null, actorKind: admin.identity.kind }]);
    expect(others.map((row) => personOf(row).actor)).toEqual([actorOf(admin).name]);
  });

  it("forgets from where somebody registered, before they were anybody", async () => {
    await addUser(tools, "root@example.com", "ADMIN");
    const from = { ...anonymousCaller(), ip: "203.0.113.7" };
    const { user } = await register({ ...tools, allowSignup: true }, from, { email, password });
    expect(await everything()).toContain("203.0.113.7");
    await eraseUser(tools, admin, { email });
    const rows = await listChangesAfter(tools.database, 0, Number.MAX_SAFE_INTEGER, 1_000);
    expect(rows.filter(({ subject }) => subject === user.id).map(({ person }) => person)).toContain(null);
    expect(rows.some(({ person }) => person?.includes("203.0.113.7"))).toBe(false);
    expect(await verifyChain(tools.database)).toBeNull();
  });

  it("is for ever", async () => {
    const { id } = await furnish();
    const erased = await eraseUser(tools, admin, { email });
    const before = (await recorded(tools)).length;
    expect(await eraseUser(tools, admin, { email: erased.email })).toEqual(erased);
    expect(await recorded(tools)).toHaveLength(before);
    const ref = { email: erased.email };
    await expect(reactivateUser(tools, admin, ref)).rejects.toMatchObject({ code: "CONFLICT" });
    await expect(updateUser(tools, admin, { ...ref, name: "Bob" })).rejects.toMatchObject({
      code: "CONFLICT",
    });
    await expect(resetPassword(tools, admin, { ...ref, newPassword: password })).rejects.toMatchObject({
      code: "CONFLICT",
    });
    const anew = await addUser(tools, email);
    expect(anew.id).not.toBe(id);
  });

  it("spares the last ADMIN, oneself, and a user who was changed meanwhile", async () => {
    const root = await addUser(tools, "root@example.com", "ADMIN");
    await expect(eraseUser(tools, keyCaller(), { email: root.email })).rejects.toMatchObject({
      code: "CONFLICT",
    });
    await addUser(tools, email, "ADMIN");
    const { caller } = await signIn(tools, email);
    await expect(eraseUser(tools, caller, { email })).rejects.toMatchObject({ code: "CONFLICT" });
    await deactivateUser(tools, admin, { email });
    const stale = eraseUser(tools, admin, { email, expectedVersion: 1 });
    await expect(stale).rejects.toMatchObject({ code: "CONFLICT", details: { currentVersion: 2 } });
    await expect(eraseUser(tools, admin, { email: "bob@example.com" })).rejects.toMatchObject({
      code: "NOT_FOUND",
    });
  });

  it.each([
    ["a MANAGER", userCaller("MANAGER"), "FORBIDDEN"],
    ["an ADMIN who has not shown the second factor lately", withFactor(admin, "STALE"), "STEP_UP_REQUIRED"],
    ["a stranger", anonymousCaller(), "UNAUTHENTICATED"],
  ])("is not for %s", async (_who, caller, code) => {
    await expect(eraseUser(tools, caller, { email })).rejects.toMatchObject({ code });
  });
});
