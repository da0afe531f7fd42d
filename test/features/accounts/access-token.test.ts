import { decodeProtectedHeader, SignJWT } from "jose";
import { describe, expect, it } from "vitest";
import { createAccessTokens } from "../../../src/features/accounts/access-token.js";
import { deriveKey } from "../../../src/platform/derive-key.js";

const oldSecret = "old-secret-of-at-least-32-bytes-012345678901";
const newSecret = "new-secret-of-at-least-32-bytes-012345678901";
const claims = { userId: "user-1", sessionId: "session-1", steppedUpUntil: 0 };
const start = Date.parse("2026-01-01T00:00:00Z");
const verified = { ...claims, expiresAt: start + 600_000 };

function tokensAt(instant: number, ...secrets: string[]) {
  return createAccessTokens(secrets, () => instant);
}

describe("an access token", () => {
  it("says who is signed in, for ten minutes", async () => {
    const { token, expiresAt } = await tokensAt(start, oldSecret).sign(claims);
    expect(expiresAt.getTime()).toBe(start + 600_000);
    expect(await tokensAt(start + 599_000, oldSecret).verify(token)).toEqual(verified);
    expect(await tokensAt(start + 600_000, oldSecret).verify(token)).toBe("EXPIRED");
  });

  it("outlives a new key that is put before the one it was signed with, and not that key's removal", async () => {
    const { token } = await tokensAt(start, oldSecret).sign(claims);
    expect(await tokensAt(start, newSecret, oldSecret).verify(token)).toEqual(verified);
    expect(await tokensAt(start, newSecret).verify(token)).toBe("INVALID");
  });

  it("is signed with the newest key", async () => {
    const { token } = await tokensAt(start, newSecret, oldSecret).sign(claims);
    expect(await tokensAt(start, newSecret).verify(token)).toEqual(verified);
  });

  it.each(["", "x", "a.b.c", "hal_server"])("%j is none", async (token) => {
    expect(await tokensAt(start, oldSecret).verify(token)).toBe("INVALID");
  });
});

describe("a token signed with the right key", () => {
  const tokens = tokensAt(start, oldSecret);
  const whole = { iss: "halyard", aud: "halyard", sub: "user-1", sid: "session-1", exp: start / 1_000 + 60 };
  const header = { alg: "HS256", typ: "at+jwt" };

  async function forge(payload: object, changed: object = {}): Promise<string> {
    const { token } = await tokens.sign(claims);
    const { kid } = decodeProtectedHeader(token);
    const fullHeader = { ...header, ...(kid === undefined ? {} : { kid }), ...changed };
    return new SignJWT({ ...payload })
      .setProtectedHeader(fullHeader)
      .sign(deriveKey(oldSecret, "access tokens"));
  }

  it("is taken when it is whole", async () => {
    expect(await tokens.verify(await forge(whole))).toEqual({ ...claims, expiresAt: start + 60_000 });
  });

  it.each(["exp", "sub", "sid", "iss", "aud"])("is refused without %s", async (name) => {
    const { [name as keyof typeof whole]: _left, ...rest } = whole;
    expect(await tokens.verify(await forge(rest))).toBe("INVALID");
  });

  it.each([{ iss: "other" }, { aud: "other" }, { sid: 7 }])("is refused with %j", async (wrong) => {
    expect(await tokens.verify(await forge({ ...whole, ...wrong }))).toBe("INVALID");
  });

  it.each([{ typ: "JWT" }, { alg: "HS384" }, { kid: "other" }, { kid: undefined }])(
    "is refused under the header %j",
    async (wrong) => {
      expect(await tokens.verify(await forge(whole, wrong))).toBe("INVALID");
    },
  );

  it("is refused without a signature", async () => {
    const part = (value: object): string => Buffer.from(JSON.stringify(value)).toString("base64url");
    const { token } = await tokens.sign(claims);
    const unsigned = { ...decodeProtectedHeader(token), alg: "none" };
    expect(await tokens.verify(`${part(unsigned)}.${part(whole)}.`)).toBe("INVALID");
  });
});
