/** What an authenticator app does: it keeps a secret and shows a code. */
import { Secret, TOTP } from "otpauth";

/** The code of that moment, epoch milliseconds; `secret` is base32. */
export function codeAt(secret: string, instant: number): string {
  return TOTP.generate({ secret: Secret.fromBase32(secret), timestamp: instant });
}
