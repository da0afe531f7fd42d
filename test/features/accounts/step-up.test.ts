/** Showing the second factor once more, and how long that counts. */
import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { createApiKey } from "../../../src/features/accounts/create-api-key.js";
import { deactivateUser } from "../../../src/features/accounts/deactivate-user.js";
import { login } from "../../../src/features/accounts/login.js";
import { logout } from "../../../src/features/accounts/logout.js";
import { refresh } from "../../../src/features/accounts/refresh.js";
import { setUserRole } from "../../../src/features/accounts/set-user-role.js";
import { stepUp } from "../../../src/features/accounts/step-up.js";
import type { Caller } from "../../../src/features/permissions/index.js";
import { anonymousCaller, keyCaller, testStart } from "../../support/tools.js";
import {
  addUser,
  callerBy,
  clearAccounts,
  identityOf,
  type Instance,
  noticed,
  openAccounts,
  signIn,
} from "./accounts-fixture.js";
import { enrol } from "./two-factor-fixture.js";

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

const email = "alice@example.com";
const minute = 60_000;

/** The same session, with tokens of now: what was fresh at the start is stale by then. */
async function stale(caller: Caller): Promise<Caller> {
  tools.setClock(tools.now() + 15 * minute);
  const { identity } = caller;
  if (identity.kind !== "USER") throw new Error("Only users have sessions.");
  return { ...caller, identity: { ...identity, secondFactor: "STALE" } };
}

describe("stepUp", () => {
  it.each(["a code", "a recovery code"])(
    "makes %s count for 15 minutes, through refreshes, and no longer",
    async (by) => {
      const { caller: enrolled, code, recoveryCodes } = await enrol(tools, email);
      const caller = await stale(enrolled);
      const proof = by === "a code" ? code() : (recoveryCodes[0] ?? "");
      const session = await stepUp(tools, caller, { code: proof });
      const fresh = { secondFactor: "FRESH", steppedUpUntil: tools.now() + 15 * minute };
      expect(await identityOf(tools, session.accessToken)).toMatchObject(fresh);
      tools.setClock(tools.now() + 9 * minute);
      const second = await refresh(tools, anonymousCaller(), session);
      expect(await identityOf(tools, second.accessToken)).toMatchObject(fresh);
      tools.setClock(tools.now() + 6 * minute - 1);
      expect(await identityOf(tools, second.accessToken)).toMatchObject({ secondFactor: "FRESH" });
      tools.setClock(tools.now() + 1);
      expect(await identityOf(tools, second.accessToken)).toMatchObject({ secondFactor: "STALE" });
      const third = await refresh(tools, anonymousCaller(), second);
      expect(await identityOf(tools, third.accessToken)).toMatchObject({ secondFactor: "STALE" });
      expect(await noticed(tools, "STEPPED_UP")).toMatchObject([{ subject: email, actor: { name: email } }]);
    },
  );

  it("takes no code twice, and none that is wrong", async () => {
    const { caller, code } = await enrol(tools, email);
    const taken = code();
    await stepUp(tools, caller, { code: taken });
    for (const wrong of [taken, "000000", "", "🔑".repeat(40)]) {
      await expect(stepUp(tools, caller, { code: wrong })).rejects.toMatchObject({ code: "BAD_USER_INPUT" });
    }
    expect(await noticed(tools, "TWO_FACTOR_FAILED")).toMatchObject([{ subject: email, occurrences: 4 }]);
  });

  it("is a CONFLICT for who has no second factor, and nothing for who has no session", async () => {
    await addUser(tools, email);
    const { caller } = await signIn(tools, email);
    const input = { code: "123456" };
    await expect(stepUp(tools, caller, input)).rejects.toMatchObject({
      code: "CONFLICT",
      message: expect.stringContaining("beginTwoFactor") as unknown,
    });
    await expect(stepUp(tools, keyCaller(), input)).rejects.toMatchObject({ code: "FORBIDDEN" });
    await expect(stepUp(tools, anonymousCaller(), input)).rejects.toMatchObject({ code: "UNAUTHENTICATED" });
  });

  it("does not bring an ended session back", async () => {
    const { caller, code } = await enrol(tools, email);
    await logout(tools, caller);
    await expect(stepUp(tools, caller, { code: code() })).rejects.toMatchObject({
      code: "UNAUTHENTICATED",
      details: { reason: "REVOKED" },
    });
  });
});

describe("what asks for it everywhere", () => {
  const attempts: readonly (readonly [string, (caller: Caller) => Promise<unknown>])[] = [
    [
      "making an API key",
      async (caller) =>
        createApiKey(tools, caller, { name: "Key", kind: "SERVER", environment: "development" }),
    ],
    [
      "setting a role",
      async (caller) => setUserRole(tools, caller, { email: "bob@example.com", role: "VIEWER" }),
    ],
    ["deactivating a user", async (caller) => deactivateUser(tools, caller, { email: "bob@example.com" })],
  ];

  it.each(attempts)("%s", async (_what, attempt) => {
    const { caller, code } = await enrol(tools, email, "ADMIN");
    await addUser(tools, "bob@example.com");
    const before = await stale(caller);
    await expect(attempt(before)).rejects.toMatchObject({ code: "STEP_UP_REQUIRED" });
    const { accessToken } = await stepUp(tools, before, { code: code() });
    await expect(attempt(await callerBy(tools, accessToken))).resolves.toBeDefined();
  });

  it.each(attempts)("%s, but not of who has no second factor", async (_what, attempt) => {
    await addUser(tools, email, "ADMIN");
    await addUser(tools, "bob@example.com");
    const session = await login(tools, anonymousCaller(), { email, password: "correct horse battery" });
    await expect(attempt(await callerBy(tools, session.accessToken))).resolves.toBeDefined();
  });
});
