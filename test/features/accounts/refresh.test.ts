import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { changePassword } from "../../../src/features/accounts/change-password.js";
import { logout } from "../../../src/features/accounts/logout.js";
import { refresh as refreshAs } from "../../../src/features/accounts/refresh.js";
import type { Session } from "../../../src/features/accounts/session.js";
import type { AccountTools } from "../../../src/features/accounts/tools.js";
import { anonymousCaller, recorded, testStart } from "../../support/tools.js";
import {
  addUser,
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

const newerKey = "second-secret-of-at-least-32-bytes-012345678";
const email = "alice@example.com";
const day = 86_400_000;

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
  await addUser(tools, email);
});

async function refresh(session: Pick<Session, "refreshToken">, by: AccountTools = tools): Promise<Session> {
  return refreshAs(by, anonymousCaller(), session);
}

function refused(reason: string): unknown {
  return expect.objectContaining({ code: "UNAUTHENTICATED", details: { reason } });
}

/** Nobody can go on with the session that these tokens are of: neither by them nor by its access tokens. */
async function expectEnded(...tokens: readonly Session[]): Promise<void> {
  for (const each of tokens) {
    await expect(refresh(each)).rejects.toEqual(refused("REVOKED"));
    expect(await identityOf(tools, each.accessToken)).toMatchObject({ reason: "REVOKED" });
  }
}

describe("refresh", () => {
  it("exchanges a refresh token for the next tokens of the same session, which lasts on", async () => {
    const { session: first, caller } = await signIn(tools, email);
    tools.setClock(testStart + 29 * day);
    const second = await refresh(first);
    const expiresAt = testStart + 29 * day + 600_000;
    expect(await identityOf(tools, second.accessToken)).toEqual({ ...caller.identity, expiresAt });
    expect(second.refreshToken).not.toBe(first.refreshToken);
    tools.setClock(testStart + 58 * day);
    const third = await refresh(second);
    expect(third.user.email).toBe(email);
  });

  it("gives 256 bits", async () => {
    const { session } = await signIn(tools, email);
    const next = await refresh(session);
    for (const { refreshToken } of [session, next]) {
      expect(Buffer.from(refreshToken, "base64url")).toHaveLength(32);
    }
  });

  it("refuses what it does not know, what has expired, and what was ended", async () => {
    const { session } = await signIn(tools, email);
    await expect(refresh({ refreshToken: "unknown" })).rejects.toEqual(refused("INVALID"));
    const { session: ended, caller } = await signIn(tools, email);
    await logout(tools, caller);
    await expect(refresh(ended)).rejects.toEqual(refused("REVOKED"));
    tools.setClock(testStart + 30 * day);
    await expect(refresh(session)).rejects.toEqual(refused("EXPIRED"));
  });
});

describe("a refresh token that is presented again", () => {
  it("gives the same successor for 60 seconds while that is unused", async () => {
    const { session: first } = await signIn(tools, email);
    const second = await refresh(first);
    tools.setClock(testStart + 60_000);
    const again = await refresh(first);
    expect(again.refreshToken).toBe(second.refreshToken);
    expect(await identityOf(tools, again.accessToken)).toMatchObject({ kind: "USER", email });
    expect(await noticed(tools, "TOKEN_REUSED")).toEqual([]);
    await expect(refresh(second)).resolves.toMatchObject({ user: { email } });
  });

  it("ends its session after 60 seconds, and no other, which the ledger and the security log tell", async () => {
    const { session: elsewhere } = await signIn(tools, email);
    const { session: first, caller } = await signIn(tools, email);
    const second = await refresh(first);
    tools.setClock(testStart + 60_001);
    await expectEnded(first, second);
    await expect(refresh(elsewhere)).resolves.toMatchObject({ user: { email } });
    const { sessionId } = caller.identity as { sessionId: string };
    expect(await noticed(tools, "TOKEN_REUSED")).toMatchObject([
      { subject: email, actor: null, ip: "192.0.2.1", detail: { sessionId }, occurrences: 1 },
    ]);
    expect((await recorded(tools)).at(-1)).toMatchObject({
      kind: "session.revoked",
      subject: second.user.id,
      after: { email, sessions: [sessionId] },
      reason: "A refresh token was reused.",
    });
  });

  it("ends its session at once when its successor was used", async () => {
    const { session: first } = await signIn(tools, email);
    const second = await refresh(first);
    const third = await refresh(second);
    await expectEnded(first, second, third);
    expect(await noticed(tools, "TOKEN_REUSED")).toHaveLength(1);
  });

  it("ends its session on an instance that only follows", async () => {
    const other = await openBeside(instance);
    const { session: first } = await signIn(tools, email);
    const third = await refresh(await refresh(first));
    await other.reader.reach(instance.reader.position());
    expect(await identityOf(other.tools, third.accessToken)).toMatchObject({ kind: "USER" });
    await expect(refresh(first)).rejects.toEqual(refused("REVOKED"));
    await other.reader.reach(instance.reader.position());
    expect(await identityOf(other.tools, third.accessToken)).toMatchObject({ reason: "REVOKED" });
    await other.close();
  });

  it("is only refused when a new password took its place, or its session has ended", async () => {
    const { session: first, caller } = await signIn(tools, email);
    const input = { currentPassword: password, newPassword: "another password" };
    const next = await changePassword(tools, caller, input);
    await expect(refresh(first)).rejects.toEqual(refused("REVOKED"));
    tools.setClock(testStart + 60_001);
    await expect(refresh(first)).rejects.toEqual(refused("REVOKED"));
    await expect(refresh(next)).resolves.toMatchObject({ user: { email } });
    expect(await noticed(tools, "TOKEN_REUSED")).toEqual([]);
  });
});

describe("when a secret key is put before the one in use", () => {
  it("sessions go on, and a repeated token still gives its successor", async () => {
    const rotated = await openBeside(instance, [newerKey, ...secretKeys]);
    const { session: first } = await signIn(tools, email);
    await rotated.reader.reach(instance.reader.position());
    expect(await identityOf(rotated.tools, first.accessToken)).toMatchObject({ kind: "USER", email });
    const second = await refresh(first);
    expect((await refresh(first, rotated.tools)).refreshToken).toBe(second.refreshToken);
    const third = await refresh(second, rotated.tools);
    expect((await refresh(second, rotated.tools)).refreshToken).toBe(third.refreshToken);
    await rotated.close();
  });

  it("and the old one is taken away, access tokens of the old one are refused and sessions go on", async () => {
    const { session: first } = await signIn(tools, email);
    const replaced = await openBeside(instance, [newerKey]);
    expect(await identityOf(replaced.tools, first.accessToken)).toMatchObject({ reason: "INVALID" });
    const second = await refresh(first, replaced.tools);
    expect(await identityOf(replaced.tools, second.accessToken)).toMatchObject({ kind: "USER", email });
    await replaced.close();
  });
});
