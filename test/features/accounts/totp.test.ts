/** Codes of authenticator apps, held to the examples of the standards that define them. */
import { Secret } from "otpauth";
import { describe, expect, it } from "vitest";
import { makeTotpSecret, readTotpCode, stepOfCode, totpUri } from "../../../src/features/accounts/totp.js";
import { codeAt } from "../../support/authenticator.js";

/** RFC 6238, appendix B: seconds, and the last six of the eight digits for SHA-1. */
const vectors: readonly (readonly [number, string])[] = [
  [59, "287082"],
  [1_111_111_109, "081804"],
  [1_111_111_111, "050471"],
  [1_234_567_890, "005924"],
  [2_000_000_000, "279037"],
  [20_000_000_000, "353130"],
];
const rfcSecret = Secret.fromLatin1("12345678901234567890").base32;
const secret = "JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP";
const start = 1_767_225_600_000; // the beginning of a step
const step = start / 30_000;

describe("a code", () => {
  it.each(vectors)("at %d s is what RFC 6238 says", (seconds, code) => {
    const attempt = { secret: rfcSecret, code, now: seconds * 1_000, lastStep: null };
    expect(stepOfCode(attempt)).toBe(Math.floor(seconds / 30));
    expect(
      stepOfCode({ ...attempt, code: code.replace(/.$/, (digit) => String((Number(digit) + 1) % 10)) }),
    ).toBe(null);
  });

  it.each([
    [-60_001, null],
    [-30_000, -1],
    [-1, -1],
    [0, 0],
    [29_999, 0],
    [30_000, 1],
    [59_999, 1],
    [60_000, null],
  ])("of %d ms away belongs to step %s", (away, wanted) => {
    const code = codeAt(secret, start + away);
    const found = stepOfCode({ secret, code, now: start, lastStep: null });
    expect(found).toBe(wanted === null ? null : step + wanted);
  });

  it("is refused once its step, or a later one, was taken", () => {
    const code = codeAt(secret, start);
    const attempt = { secret, code, now: start };
    expect(stepOfCode({ ...attempt, lastStep: step - 1 })).toBe(step);
    expect(stepOfCode({ ...attempt, lastStep: step })).toBe(null);
    expect(stepOfCode({ ...attempt, lastStep: step + 1 })).toBe(null);
  });

  it.each(["", "12345", "1234567", "12345a", "１２３４５６", "\0".repeat(6), "½".repeat(6)])(
    "is not %j",
    (code) => {
      expect(readTotpCode(code)).toBe(null);
    },
  );
});

describe("a secret", () => {
  it("has 160 random bits in base32", () => {
    const secrets = Array.from({ length: 50 }, makeTotpSecret);
    expect(new Set(secrets).size).toBe(50);
    for (const made of secrets) expect(made).toMatch(/^[A-Z2-7]{32}$/);
  });

  it("is told to an app by an address that says how codes are made, whatever the account is called", () => {
    const uri = new URL(totpUri(secret, "ünï & co?@example.com"));
    expect(uri.protocol + uri.host).toBe("otpauth:totp");
    expect(decodeURIComponent(uri.pathname)).toBe("/Halyard:ünï & co?@example.com");
    expect(Object.fromEntries(uri.searchParams)).toEqual({
      ...{ issuer: "Halyard", secret, algorithm: "SHA1", digits: "6", period: "30" },
    });
  });
});
