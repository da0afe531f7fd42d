/** Recovery codes: what opens an account once when the phone is lost. Kept only as keyed hashes. */
import { createHmac, randomBytes } from "node:crypto";
import { deriveKey } from "../../platform/derive-key.js";

const codesAtOnce = 10;
const codeLength = 16; // at 5 bits each: 80 bits
const groupLength = 4;

/** Crockford's base32: no letter that is read as a digit, and none that makes words. */
const alphabet = "0123456789abcdefghjkmnpqrstvwxyz";

const isCode = /^[0-9a-hjkmnp-tv-z]{16}$/;

/** Ten new codes as people keep them: `xxxx-xxxx-xxxx-xxxx`. */
export function makeRecoveryCodes(): string[] {
  return Array.from({ length: codesAtOnce }, () => {
    const letters = Array.from(randomBytes(codeLength), (byte) => alphabet.charAt(byte % alphabet.length));
    return grouped(letters.join(""));
  });
}

function grouped(letters: string): string {
  const groups: string[] = [];
  for (let at = 0; at < letters.length; at += groupLength) groups.push(letters.slice(at, at + groupLength));
  return groups.join("-");
}

/** What was typed as the code it means: without spaces and dashes, in whatever case, i and l for 1, o for 0; null where it cannot be one. */
export function readRecoveryCode(typed: string): string | null {
  const letters = typed.replaceAll(/[\s-]/g, "").toLowerCase().replaceAll(/[il]/g, "1").replaceAll("o", "0");
  return isCode.test(letters) ? letters : null;
}

/**
 * HMAC-SHA-256 of a code under the user's own TOTP secret, hex: that is stored encrypted, so whoever reads the database can try no code, and it is
 * encrypted again when SECRET_KEY is rotated, so codes outlive the key. `code` is as `readRecoveryCode` gives it.
 */
export function recoveryCodeHash(totpSecret: string, code: string): string {
  return createHmac("sha256", deriveKey(totpSecret, "recovery codes")).update(code).digest("hex");
}
