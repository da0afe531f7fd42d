/** Recovery codes: readable, hard to guess, and found again however they are typed. */
import { describe, expect, it } from "vitest";
import {
  makeRecoveryCodes,
  readRecoveryCode,
  recoveryCodeHash,
} from "../../../src/features/accounts/recovery-code.js";

describe("recovery codes", () => {
  it("are ten at once, each of 80 bits in four groups, without letters that are read as digits", () => {
    const codes = Array.from({ length: 100 }, makeRecoveryCodes).flat();
    expect(new Set(codes).size).toBe(1_000);
    for (const code of codes) expect(code).toMatch(/^([0-9a-hjkmnp-tv-z]{4}-){3}[0-9a-hjkmnp-tv-z]{4}$/);
    expect(new Set(codes.join("")).size).toBe(33);
  });

  it.each([
    "01hj-kmnp-qrst-vwxy",
    "01HJKMNPQRSTVWXY",
    " oIhj kmnp-QRST–vwxy".replace("–", "-"),
    "0lhjkmnpqrstvwxy",
  ])("are the same when typed as %j", (typed) => {
    expect(readRecoveryCode(typed)).toBe("01hjkmnpqrstvwxy");
  });

  it.each([
    "",
    "123456",
    "01hj-kmnp-qrst-vwx",
    "01hj-kmnp-qrst-vwxyz",
    "01hj-kmnp-qrst-vwx\0",
    "u".repeat(16),
  ])("are not %j", (typed) => {
    expect(readRecoveryCode(typed)).toBe(null);
  });

  it("are hashed under the secret of the one user", () => {
    const code = "01hjkmnpqrstvwxy";
    expect(recoveryCodeHash("SECRET-1", code)).toMatch(/^[0-9a-f]{64}$/);
    expect(recoveryCodeHash("SECRET-1", code)).toBe(recoveryCodeHash("SECRET-1", code));
    expect(recoveryCodeHash("SECRET-2", code)).not.toBe(recoveryCodeHash("SECRET-1", code));
  });
});
