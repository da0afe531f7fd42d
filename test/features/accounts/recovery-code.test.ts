/** Recovery codes: readable, hard to guess, and found again however they are typed and whichever key hashed them. */
import { describe, expect, it } from "vitest";
import {
  makeRecoveryCodes,
  readRecoveryCode,
  recoveryCodeHashes,
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

  it("are hashed for one user by one key, the newest first", () => {
    const code = "01hjkmnpqrstvwxy";
    const [old] = recoveryCodeHashes(["old"], "user-1", code);
    const hashes = recoveryCodeHashes(["new", "old"], "user-1", code);
    expect(hashes).toEqual([recoveryCodeHashes(["new"], "user-1", code)[0], old]);
    expect(hashes[0]).toMatch(/^[0-9a-f]{64}$/);
    expect(recoveryCodeHashes(["old"], "user-2", code)).not.toEqual([old]);
  });
});
