import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { continueSession, openSession } from "../../../src/features/accounts/open-session.js";
import { refresh } from "../../../src/features/accounts/refresh.js";
import { revokeSession } from "../../../src/features/accounts/revoke-session.js";
import { login } from "../../../src/features/accounts/login.js";
import { logout } from "../../../src/features/accounts/logout.js";
import { sessions } from "../../../src/features/accounts/session.queries.js";
import { note } from "../../../src/features/ledger/index.js";
import type { Caller, SecondFactor, UserIdentity } from "../../../src/features/permissions/index.js";
import { adminCaller, anonymousCaller, keyCaller, recorded, testStart } from "../../support/tools.js";
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
  signIn,
} from "./accounts-fixture.js";

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
const email = "alice@example.com";
const bob = "bob@example.com";
const notFound = expect.objectContaining({ code: "NOT_FOUND" });

function self({ identity }: Caller): UserIdentity {
  if (identity.kind !== "USER") throw new Error("Nobody is signed in.");
  return identity;
}

function standing(caller: Caller, secondFactor: SecondFactor): Caller {
  return { ...caller, identity: { ...self(caller), secondFactor } };
}

describe("sessions", () => {
  it("lists where one is signed in, newest sign-in first, with the last use of each", async () => {
    await addUser(tools, email);
    await addUser(tools, bob);
    await signIn(tools, bob);
    const phone = { ...anonymousCaller(), ip: "198.51.100.7", userAgent: "Phone/1.0" };
    const first = await login(tools, phone, { email, password });
    tools.setClock(testStart + 60_000);
    const { caller } = await signIn(tools, email);
    tools.setClock(testStart + 120_000);
    await refresh(tools, { ...phone, ip: "2001:db8::1", userAgent: "Phone/1.1" }, first);
    const page = await sessions(tools, caller, null, {});
    const life = 30 * 86_400_000;
    expect(page.edges.map(({ node }) => node)).toEqual([
      {
        id: self(caller).sessionId,
        createdAt: new Date(testStart + 60_000),
        lastUsedAt: new Date(testStart + 60_000),
        expiresAt: new Date(testStart + 60_000 + life),
        ip: "192.0.2.1",
        userAgent: null,
      },
      {
        id: expect.any(String),
        createdAt: new Date(testStart),
        lastUsedAt: new Date(testStart + 120_000),
        expiresAt: new Date(testStart + 120_000 + life),
        ip: "2001:db8::1",
        userAgent: "Phone/1.1",
      },
    ]);
  });

  it("pages through them, also where several were made at once", async () => {
    await addUser(tools, email);
    for (const _ of [1, 2, 3, 4, 5]) await signIn(tools, email);
    const { caller } = await signIn(tools, email);
    const ids: string[] = [];
    let after: string | undefined;
    do {
      const page = await sessions(tools, caller, undefined, { first: 2, after });
      expect(await page.count()).toBe(6);
      ids.push(...page.edges.map(({ node }) => node.id));
      after = page.hasNextPage ? page.edges.at(-1)?.cursor : undefined;
    } while (after !== undefined);
    expect(new Set(ids).size).toBe(6);
  });

  it("leaves out what has ended or expired", async () => {
    await addUser(tools, email);
    await signIn(tools, email);
    tools.setClock(testStart + 1);
    const ended = await signIn(tools, email);
    const { caller } = await signIn(tools, email);
    await logout(tools, ended.caller);
    tools.setClock(testStart + 30 * 86_400_000);
    const page = await sessions(tools, caller, null, {});
    expect(page.edges.map(({ node }) => node.id)).toEqual([self(caller).sessionId]);
    expect(await page.count()).toBe(1);
  });

  it("shows ADMINs those of somebody else, and nobody besides", async () => {
    await addUser(tools, email, "MANAGER");
    await addUser(tools, bob);
    const { caller } = await signIn(tools, email);
    const other = await signIn(tools, bob);
    for (const may of [admin, keyCaller()]) {
      const page = await sessions(tools, may, "BOB@example.com", {});
      expect(page.edges.map(({ node }) => node.id)).toEqual([self(other.caller).sessionId]);
    }
    await expect(sessions(tools, admin, "nobody@example.com", {})).rejects.toEqual(notFound);
    for (const mayNot of [caller, keyCaller({ project: "default" })]) {
      await expect(sessions(tools, mayNot, bob, {})).rejects.toMatchObject({ code: "FORBIDDEN" });
    }
    await expect(sessions(tools, keyCaller(), null, {})).rejects.toMatchObject({ code: "FORBIDDEN" });
    for (const whose of [null, bob]) {
      await expect(sessions(tools, anonymousCaller(), whose, {})).rejects.toMatchObject({
        code: "UNAUTHENTICATED",
      });
    }
  });

  it.each([
    ["sessions", "x", "y"],
    ["sessions", 1e300, "\\"],
    ["users", 1, "x"],
    ["sessions", 1],
  ])("takes the cursor %j for what it is", async (...parts) => {
    await addUser(tools, email);
    const { caller } = await signIn(tools, email);
    const after = Buffer.from(JSON.stringify(parts)).toString("base64url");
    const page = sessions(tools, caller, null, { after });
    if (parts[0] === "sessions" && parts.length === 3) await expect(page).resolves.toBeDefined();
    else await expect(page).rejects.toMatchObject({ details: { fields: [{ path: "after" }] } });
  });
});

describe("revokeSession", () => {
  it("ends one of one's own at once, on every instance, and says so", async () => {
    const other = await openBeside(instance);
    const user = await addUser(tools, email);
    const lost = await signIn(tools, email);
    const { caller, session } = await signIn(tools, email);
    const { sessionId } = self(lost.caller);
    const ended = await revokeSession(tools, caller, { id: sessionId, reason: "lost the phone" });
    expect(ended).toMatchObject({ id: sessionId, createdAt: new Date(testStart) });
    await other.reader.reach(instance.reader.position());
    for (const each of [tools, other.tools]) {
      expect(await identityOf(each, lost.session.accessToken)).toMatchObject({ reason: "REVOKED" });
      expect(await identityOf(each, session.accessToken)).toMatchObject({ kind: "USER" });
    }
    await expect(refresh(tools, anonymousCaller(), lost.session)).rejects.toMatchObject({
      details: { reason: "REVOKED" },
    });
    expect((await recorded(tools)).at(-1)).toMatchObject({
      kind: "session.revoked",
      subject: user.id,
      after: { email, sessions: [sessionId] },
      reason: "lost the phone",
    });
    expect(await noticed(tools, "SESSION_REVOKED")).toMatchObject([
      { subject: email, actor: { name: email }, detail: { sessionId } },
    ]);
    await other.close();
  });

  it("ends anybody's for ADMINs who have shown a fresh second factor", async () => {
    await addUser(tools, bob);
    const { caller, session } = await signIn(tools, bob);
    const input = { id: self(caller).sessionId };
    await expect(revokeSession(tools, standing(admin, "STALE"), input)).rejects.toMatchObject({
      code: "STEP_UP_REQUIRED",
    });
    await revokeSession(tools, standing(admin, "FRESH"), input);
    expect(await identityOf(tools, session.accessToken)).toMatchObject({ reason: "REVOKED" });
    await expect(revokeSession(tools, admin, input)).rejects.toEqual(notFound);
  });

  it("knows no difference between foreign and absent ones", async () => {
    await addUser(tools, email, "MANAGER", { default: "ADMIN" });
    await addUser(tools, bob);
    const { caller } = await signIn(tools, email);
    const foreign = self((await signIn(tools, bob)).caller).sessionId;
    const absent = "00000000-0000-4000-8000-00000000000f";
    const messages = [foreign, absent, "no id", "\0"].map(async (id) => {
      const refusal: unknown = await revokeSession(tools, caller, { id }).catch((error: unknown) => error);
      expect(refusal).toEqual(notFound);
      return (refusal as Error).message.replace(JSON.stringify(id), "#");
    });
    expect(new Set(await Promise.all(messages)).size).toBe(1);
    expect((await recorded(tools)).at(-1)).toMatchObject({ kind: "user.created" });
  });

  it("is for those who may, and wants a reason that can be kept", async () => {
    await addUser(tools, email);
    const { caller } = await signIn(tools, email);
    const input = { id: self(caller).sessionId };
    await expect(revokeSession(tools, anonymousCaller(), input)).rejects.toMatchObject({
      code: "UNAUTHENTICATED",
    });
    for (const key of [keyCaller({ role: "MANAGER" }), keyCaller({ keyKind: "CLIENT" })]) {
      await expect(revokeSession(tools, key, input)).rejects.toMatchObject({ code: "FORBIDDEN" });
    }
    await expect(revokeSession(tools, caller, { ...input, reason: "\0" })).rejects.toMatchObject({
      details: { fields: [{ path: "input.reason" }] },
    });
  });

  it("and sessions are open to users who must enrol a second factor first", async () => {
    await addUser(tools, email);
    const lost = await signIn(tools, email);
    const caller = standing((await signIn(tools, email)).caller, "MISSING");
    expect((await sessions(tools, caller, null, {})).edges).toHaveLength(2);
    await revokeSession(tools, caller, { id: self(lost.caller).sessionId });
    expect((await sessions(tools, caller, null, {})).edges).toHaveLength(1);
  });
});

describe("a second factor that was shown", () => {
  const until = new Date(testStart + 300_000);

  async function open(steppedUpUntil: Date | null) {
    const user = await addUser(tools, email);
    return note(tools, async (tx) => openSession(tools, tx, anonymousCaller(), user, steppedUpUntil));
  }

  async function freshUntil(accessToken: string): Promise<number> {
    return self(await callerBy(tools, accessToken)).steppedUpUntil;
  }

  it("counts as fresh for as long as the session says, across refreshes", async () => {
    const session = await open(until);
    expect(await freshUntil(session.accessToken)).toBe(until.getTime());
    tools.setClock(until.getTime() - 1_000);
    const next = await refresh(tools, anonymousCaller(), session);
    expect(await freshUntil(next.accessToken)).toBe(until.getTime());
    tools.setClock(until.getTime());
    const last = await refresh(tools, anonymousCaller(), next);
    expect(await freshUntil(last.accessToken)).toBe(0);
  });

  it.each([
    ["stays as it was", undefined, until.getTime()],
    ["begins anew", new Date(testStart + 600_000), testStart + 600_000],
    ["is forgotten", null, 0],
  ])("%s when the session goes on", async (_what, given, expected) => {
    const session = await open(until);
    const caller = await callerBy(tools, session.accessToken);
    const next = await note(tools, async (tx) =>
      continueSession(tools, tx, caller, session.user, self(caller).sessionId, given),
    );
    expect(await freshUntil(next.accessToken)).toBe(expected);
    expect(await freshUntil((await refresh(tools, caller, next)).accessToken)).toBe(expected);
    await expect(refresh(tools, caller, session)).rejects.toMatchObject({ details: { reason: "REVOKED" } });
  });

  it("lets no session go on that has ended", async () => {
    const session = await open(until);
    const caller = await callerBy(tools, session.accessToken);
    await logout(tools, caller);
    const late = note(tools, async (tx) =>
      continueSession(tools, tx, caller, session.user, self(caller).sessionId),
    );
    await expect(late).rejects.toMatchObject({ details: { reason: "REVOKED" } });
  });
});
