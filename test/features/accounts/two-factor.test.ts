/** Setting a second factor up, signing in with it, and being rid of it. */
import { sql } from "drizzle-orm";
import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { beginTwoFactor } from "../../../src/features/accounts/begin-two-factor.js";
import { confirmTwoFactor } from "../../../src/features/accounts/confirm-two-factor.js";
import { deactivateUser } from "../../../src/features/accounts/deactivate-user.js";
import { disableTwoFactor } from "../../../src/features/accounts/disable-two-factor.js";
import { login } from "../../../src/features/accounts/login.js";
import { regenerateRecoveryCodes } from "../../../src/features/accounts/regenerate-recovery-codes.js";
import { resetTwoFactor } from "../../../src/features/accounts/reset-two-factor.js";
import { stepUp } from "../../../src/features/accounts/step-up.js";
import { findUser } from "../../../src/features/accounts/user.store.js";
import { updateSettings } from "../../../src/features/settings/update-settings.js";
import { rowsOf } from "../../../src/platform/database/index.js";
import { codeAt } from "../../support/authenticator.js";
import {
  adminCaller,
  anonymousCaller,
  keyCaller,
  recorded,
  testStart,
  userCaller,
} from "../../support/tools.js";
import {
  addUser,
  callerBy,
  clearAccounts,
  identityOf,
  type Instance,
  noticed,
  openAccounts,
  openBeside,
  password,
  secretKeys,
  signIn,
} from "./accounts-fixture.js";
import { enrol, stepMs } from "./two-factor-fixture.js";

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

async function logIn(otp?: string | null, by = tools) {
  return login(by, anonymousCaller(), { email, password, otp });
}

const refusedLogin = {
  code: "UNAUTHENTICATED",
  message: "The e-mail address, the password or the code is wrong.",
  details: { reason: "INVALID" },
};
const wrongCode = {
  code: "BAD_USER_INPUT",
  details: { fields: [{ path: "input.code", message: "is wrong, or was used before." }] },
};

describe("setting it up", () => {
  it("asks for nothing before a first code proved it; then this session goes on, stepped up, and no other", async () => {
    await addUser(tools, email);
    const { caller } = await signIn(tools, email);
    const other = await signIn(tools, email);
    const abandoned = await beginTwoFactor(tools, caller, { password });
    const { secret, uri } = await beginTwoFactor(tools, caller, { password });
    expect(uri).toContain(`secret=${secret}&`);
    expect((await logIn()).user.twoFactorEnabled).toBe(false);
    for (const code of [codeAt(abandoned.secret, testStart), "nothing", "½".repeat(6)]) {
      await expect(confirmTwoFactor(tools, caller, { code })).rejects.toMatchObject(wrongCode);
    }
    const code = codeAt(secret, testStart).replace(/^.../, "$& ");
    const { session, recoveryCodes } = await confirmTwoFactor(tools, caller, { code });
    expect(session.user.twoFactorEnabled).toBe(true);
    expect(new Set(recoveryCodes).size).toBe(10);
    expect(await identityOf(tools, session.accessToken)).toMatchObject({
      kind: "USER",
      secondFactor: "FRESH",
    });
    expect(await identityOf(tools, other.session.accessToken)).toEqual({
      kind: "ANONYMOUS",
      reason: "REVOKED",
    });
    await expect(beginTwoFactor(tools, caller, { password })).rejects.toMatchObject({ code: "CONFLICT" });
    await expect(confirmTwoFactor(tools, caller, { code })).rejects.toMatchObject({ code: "CONFLICT" });
    expect(await noticed(tools, "TWO_FACTOR_ENABLED")).toMatchObject([
      { subject: email, actor: { name: email } },
    ]);
  });

  it("has to be begun before it is confirmed, and is for users", async () => {
    await addUser(tools, email);
    const { caller } = await signIn(tools, email);
    const input = { code: "123456", password };
    await expect(confirmTwoFactor(tools, caller, input)).rejects.toMatchObject({ code: "CONFLICT" });
    for (const use of [beginTwoFactor, confirmTwoFactor, stepUp, disableTwoFactor, regenerateRecoveryCodes]) {
      await expect(use(tools, keyCaller(), input)).rejects.toMatchObject({ code: "FORBIDDEN" });
      await expect(use(tools, anonymousCaller(), input)).rejects.toMatchObject({ code: "UNAUTHENTICATED" });
    }
  });

  it("begins with the password: a wrong one is refused, changes nothing, and counts as it does at sign-in", async () => {
    await addUser(tools, email);
    const { caller } = await signIn(tools, email);
    const before = (await recorded(tools)).length;
    const wrong = ["wrong password", "", password.toUpperCase(), `${password} `, "x".repeat(200)];
    for (const typed of wrong) {
      await expect(beginTwoFactor(tools, caller, { password: typed })).rejects.toMatchObject({
        code: "BAD_USER_INPUT",
        details: { fields: [{ path: "input.password", message: "is not the present password." }] },
      });
    }
    expect(await recorded(tools)).toHaveLength(before);
    const stored = await tools.database.execute(sql`select totp_secret from users where email = ${email}`);
    expect(rowsOf(stored)).toEqual([{ totp_secret: null }]);
    const limited = { code: "RATE_LIMITED" };
    await expect(beginTwoFactor(tools, caller, { password })).rejects.toMatchObject(limited);
    await expect(logIn()).rejects.toMatchObject(limited);
    tools.setClock(testStart + 1_000);
    await expect(beginTwoFactor(tools, caller, { password })).resolves.toBeDefined();
  });

  it("leaves neither secret nor recovery codes where somebody could read them", async () => {
    const { userId, secret, recoveryCodes, code } = await enrol(tools, email);
    await logIn(code());
    await logIn(recoveryCodes[0]);
    const tables = ["users", "recovery_codes", "changes", "security_events", "sessions"];
    await tools.security.flush();
    for (const table of tables) {
      const rows = JSON.stringify(rowsOf(await tools.database.execute(sql.raw(`select * from ${table}`))));
      expect(rows.length).toBeGreaterThan(100);
      for (const text of [secret, ...recoveryCodes, ...recoveryCodes.map((it) => it.replaceAll("-", ""))]) {
        expect(rows).not.toContain(text);
      }
    }
    const [row] = rowsOf(
      await tools.database.execute(sql`select totp_secret from users where id = ${userId}`),
    );
    expect(row?.["totp_secret"]).toMatch(/^v1\./);
  });

  it("keeps a secret to whose it is: copied to somebody else, it opens nothing", async () => {
    const alice = await enrol(tools, email);
    const mallory = await enrol(tools, "mallory@example.com");
    const own = sql`select totp_secret from users where id = ${mallory.userId}`;
    await tools.database.execute(sql`update users set totp_secret = (${own}) where id = ${alice.userId}`);
    await expect(logIn(mallory.code())).rejects.toThrow();
  });

  it("is in the ledger without a secret, under the user's next version", async () => {
    const { userId } = await enrol(tools, email);
    const rows = (await recorded(tools)).filter(({ subject }) => subject === userId);
    expect(rows.map(({ kind, before, after }) => [kind, before, after]).slice(1)).toEqual([
      ["user.two_factor_begun", null, { email }],
      ["user.two_factor_enabled", { email, twoFactorEnabled: false }, { email, twoFactorEnabled: true }],
    ]);
    expect((await findUser(tools.database, userId))?.version).toBe(2);
  });
});

describe("signing in with it", () => {
  it("asks for a code once the password is proved, and counts it as fresh", async () => {
    const { code } = await enrol(tools, email);
    for (const otp of [undefined, null, "", "  "]) {
      await expect(logIn(otp)).rejects.toMatchObject({ code: "TWO_FACTOR_REQUIRED" });
    }
    const wrong = login(tools, anonymousCaller(), { email, password: "wrong password" });
    await expect(wrong).rejects.toMatchObject({ code: "UNAUTHENTICATED" });
    const session = await logIn(code());
    const identity = await identityOf(tools, session.accessToken);
    expect(identity).toMatchObject({ secondFactor: "FRESH", steppedUpUntil: tools.now() + 15 * minute });
  });

  it("does not say whether the password or the code was wrong", async () => {
    const { code } = await enrol(tools, email);
    const refused = async (attempt: { email: string; password: string; otp: string }) =>
      expect(login(tools, anonymousCaller(), attempt)).rejects.toMatchObject(refusedLogin);
    for (const otp of ["000000", "not a code", "\0".repeat(16)]) await refused({ email, password, otp });
    await logIn(code(-1));
    for (const otp of ["9".repeat(100_000), "½".repeat(6)]) await refused({ email, password, otp });
    await refused({ email, password: "wrong password", otp: code() });
    await refused({ email: "nobody@example.com", password, otp: code() });
  });

  it("lets nobody in who was deactivated, and does not tell them that a code is missing", async () => {
    const { code } = await enrol(tools, email);
    await deactivateUser(tools, adminCaller(), { email });
    for (const otp of [undefined, code()]) {
      await expect(logIn(otp)).rejects.toMatchObject({ code: "UNAUTHENTICATED" });
    }
  });

  it("takes a code of the step before and of the one after, none of two away, and none twice", async () => {
    const { code } = await enrol(tools, email);
    for (const steps of [-2, 2]) await expect(logIn(code(steps))).rejects.toMatchObject(refusedLogin);
    const [before, now, after] = [code(-1), code(), code(1)];
    for (const otp of [before, now, after]) {
      await logIn(otp);
      await expect(logIn(otp)).rejects.toMatchObject(refusedLogin);
    }
    tools.setClock(tools.now() + 2 * stepMs);
    await expect(logIn(after)).rejects.toMatchObject(refusedLogin);
    await expect(logIn(code(-1))).rejects.toMatchObject(refusedLogin);
    await expect(logIn(code())).resolves.toMatchObject({ user: { email } });
  });

  it("takes each recovery code once, however it is typed, and says how many are left", async () => {
    const { recoveryCodes } = await enrol(tools, email);
    const [first = "", second = "", third = ""] = recoveryCodes;
    for (const otp of [first, second.toUpperCase(), third.replaceAll("-", " ")]) {
      const session = await logIn(otp);
      expect(await identityOf(tools, session.accessToken)).toMatchObject({ secondFactor: "FRESH" });
      await expect(logIn(otp)).rejects.toMatchObject(refusedLogin);
    }
    const used = await noticed(tools, "RECOVERY_CODE_USED");
    expect(used.map(({ subject, detail }) => [subject, detail])).toEqual([
      [email, { left: 9 }],
      [email, { left: 8 }],
      [email, { left: 7 }],
    ]);
  });

  it("knows recovery codes and secrets of before a newer key", async () => {
    const { code, recoveryCodes } = await enrol(tools, email);
    const newer = await openBeside(instance, [
      "second-secret-of-at-least-32-bytes-9876543210",
      ...secretKeys,
    ]);
    await expect(logIn(code(), newer.tools)).resolves.toMatchObject({ user: { email } });
    await expect(logIn(recoveryCodes[0], newer.tools)).resolves.toMatchObject({ user: { email } });
    await newer.close();
  });

  it("is told to the security log: who came in, who did not and why", async () => {
    const { code } = await enrol(tools, email);
    await tools.security.flush();
    await tools.database.execute(sql`delete from security_events`);
    await logIn().catch(() => undefined);
    await logIn("000000").catch(() => undefined);
    await login(tools, anonymousCaller(), { email: "ALICE@example.com", password: "secret word" }).catch(
      () => undefined,
    );
    await logIn(code());
    const events = await noticed(tools, "SIGNED_IN", "SIGN_IN_FAILED", "TWO_FACTOR_FAILED");
    expect(events.map(({ kind, subject, ip }) => [kind, subject, ip])).toEqual([
      ["TWO_FACTOR_FAILED", email, "192.0.2.1"],
      ["SIGN_IN_FAILED", "ALICE@example.com", "192.0.2.1"],
      ["SIGNED_IN", email, "192.0.2.1"],
    ]);
    expect(JSON.stringify(events)).not.toContain("secret word");
  });
});

describe("new recovery codes", () => {
  it("take the place of the former ones, for a code", async () => {
    const { caller, code, recoveryCodes } = await enrol(tools, email);
    await expect(regenerateRecoveryCodes(tools, caller, { code: "000000" })).rejects.toMatchObject(wrongCode);
    const [first = ""] = await regenerateRecoveryCodes(tools, caller, { code: code() });
    await expect(logIn(recoveryCodes[0])).rejects.toMatchObject(refusedLogin);
    await expect(logIn(first)).resolves.toMatchObject({ user: { email } });
    expect((await recorded(tools)).at(-1)).toMatchObject({
      kind: "user.recovery_codes_replaced",
      after: { email },
    });
    expect(await noticed(tools, "RECOVERY_CODES_REPLACED")).toHaveLength(1);
    expect(await noticed(tools, "TWO_FACTOR_FAILED")).toHaveLength(2);
  });
});

describe("turning it off", () => {
  it.each(["a code", "a recovery code"])(
    "takes %s, ends the other sessions, and asks for nothing more",
    async (by) => {
      const { caller, code, recoveryCodes } = await enrol(tools, email);
      const other = await logIn(code(-1));
      await expect(disableTwoFactor(tools, caller, { code: "000000" })).rejects.toMatchObject(wrongCode);
      const proof = by === "a code" ? code() : (recoveryCodes[0] ?? "");
      const session = await disableTwoFactor(tools, caller, { code: proof });
      expect(session.user.twoFactorEnabled).toBe(false);
      expect(await identityOf(tools, session.accessToken)).toMatchObject({
        secondFactor: "NONE",
        steppedUpUntil: 0,
      });
      expect(await identityOf(tools, other.accessToken)).toMatchObject({ reason: "REVOKED" });
      expect((await logIn()).user.email).toBe(email);
      const again = await callerBy(tools, session.accessToken);
      for (const use of [disableTwoFactor, stepUp, regenerateRecoveryCodes]) {
        await expect(use(tools, again, { code: code(1) })).rejects.toMatchObject({ code: "CONFLICT" });
      }
      expect(await noticed(tools, "TWO_FACTOR_DISABLED")).toMatchObject([{ subject: email }]);
    },
  );

  it("is refused while the server asks everyone for a second factor", async () => {
    const { caller, code } = await enrol(tools, email);
    await updateSettings(tools, keyCaller(), { requireTwoFactor: true });
    await expect(disableTwoFactor(tools, caller, { code: code() })).rejects.toMatchObject({
      code: "CONFLICT",
    });
    await updateSettings(tools, keyCaller(), { requireTwoFactor: false });
    await expect(disableTwoFactor(tools, caller, { code: code() })).resolves.toMatchObject({
      user: { email },
    });
  });

  it("is done by an ADMIN for who lost their phone; all sessions end, and a new one can be set up", async () => {
    const { caller, userId } = await enrol(tools, email);
    for (const refused of [userCaller("MANAGER"), userCaller(null, { default: "ADMIN" })]) {
      await expect(resetTwoFactor(tools, refused, { email })).rejects.toMatchObject({ code: "FORBIDDEN" });
    }
    const user = await resetTwoFactor(tools, adminCaller(), { email: "ALICE@example.com", reason: "Lost." });
    expect(user).toMatchObject({ id: userId, twoFactorEnabled: false, version: 3 });
    expect(await identityOf(tools, "")).toMatchObject({ kind: "ANONYMOUS" });
    expect(instance.tools.directory.user(userId)).toMatchObject({ twoFactorEnabled: false });
    const { sessionId } = caller.identity as { readonly sessionId: string };
    expect(tools.directory.isRevoked(sessionId)).toBe(true);
    const rows = (await recorded(tools)).slice(-2);
    expect(rows).toMatchObject([
      { kind: "user.two_factor_reset", reason: "Lost.", before: { twoFactorEnabled: true } },
      { kind: "session.revoked", reason: "Lost." },
    ]);
    expect(await noticed(tools, "TWO_FACTOR_RESET")).toMatchObject([{ subject: email }]);
    const again = await signIn(tools, email);
    await expect(beginTwoFactor(tools, again.caller, { password })).resolves.toBeDefined();
  });

  it("leaves no trace where there is none to reset, and knows nobody who is not there", async () => {
    await addUser(tools, email);
    const before = (await recorded(tools)).length;
    expect(await resetTwoFactor(tools, adminCaller(), { email })).toMatchObject({ email, version: 1 });
    expect(await recorded(tools)).toHaveLength(before);
    expect(await noticed(tools, "TWO_FACTOR_RESET")).toEqual([]);
    const nobody = resetTwoFactor(tools, adminCaller(), { email: "nobody@example.com" });
    await expect(nobody).rejects.toMatchObject({ code: "NOT_FOUND" });
  });
});

describe.each(["pglite", "postgresql"] as const)(
  "tried at the same moment on two instances, on %s",
  (kind) => {
    let one: Instance;
    let other: Instance;
    beforeAll(async () => {
      one = await openAccounts({ kind });
      other = await openBeside(one);
    });
    afterAll(async () => {
      await other.close();
      await one.close();
    });
    beforeEach(async () => clearAccounts(one.tools));

    const instanceOf = (index: number): Instance => (index % 2 === 0 ? one : other);
    const fulfilled = (outcomes: readonly PromiseSettledResult<unknown>[]): number =>
      outcomes.filter(({ status }) => status === "fulfilled").length;

    it("a code lets one in", async () => {
      const { code } = await enrol(one.tools, email);
      const otp = code();
      const logins = Array.from({ length: 8 }, async (_, index) => logIn(otp, instanceOf(index).tools));
      expect(fulfilled(await Promise.allSettled(logins))).toBe(1);
    });

    it("a code steps one up", async () => {
      const { caller, code } = await enrol(one.tools, email);
      const shown = code();
      const steps = Array.from({ length: 8 }, async (_, index) =>
        stepUp(instanceOf(index).tools, caller, { code: shown }),
      );
      expect(fulfilled(await Promise.allSettled(steps))).toBe(1);
    });

    it("a recovery code lets one in", async () => {
      const { recoveryCodes } = await enrol(one.tools, email);
      const logins = Array.from({ length: 8 }, async (_, index) =>
        logIn(recoveryCodes[0], instanceOf(index).tools),
      );
      expect(fulfilled(await Promise.allSettled(logins))).toBe(1);
    });

    it("a first code turns it on once", async () => {
      await addUser(one.tools, email);
      const { caller } = await signIn(one.tools, email);
      const { secret } = await beginTwoFactor(one.tools, caller, { password });
      const code = codeAt(secret, one.tools.now());
      const confirmed = Array.from({ length: 4 }, async (_, index) =>
        confirmTwoFactor(instanceOf(index).tools, caller, { code }),
      );
      expect(fulfilled(await Promise.allSettled(confirmed))).toBe(1);
    });
  },
);
