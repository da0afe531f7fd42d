/** Codes of authenticator apps (RFC 6238), in the one manner that every app knows: SHA-1, six digits, thirty seconds. */
import { timingSafeEqual } from "node:crypto";
import { HOTP, Secret, TOTP } from "otpauth";

const algorithm = "SHA1";
const digits = 6;
const period = 30; // seconds
const secretBytes = 20; // RFC 4226, section 4: 160 bits
const tolerance = 1; // time steps either way: clocks differ, and people type slowly
const issuer = "Halyard";

/** A new secret, in base32, as people type it into an app that cannot scan. */
export function makeTotpSecret(): string {
  return new Secret({ size: secretBytes }).base32;
}

/** The `otpauth://` address that an app scans; `account` is what it calls the entry. */
export function totpUri(secret: string, account: string): string {
  return new TOTP({ issuer, label: account, secret, algorithm, digits, period }).toString();
}

/** What was typed as the code it means, without spaces and dashes; null where it cannot be one. */
export function readTotpCode(typed: string): string | null {
  const code = typed.replaceAll(/[\s-]/g, "");
  return /^\d{6}$/.test(code) ? code : null;
}

export interface TotpAttempt {
  /** base32. */
  readonly secret: string;
  /** As `readTotpCode` gives it. */
  readonly code: string;
  /** Epoch milliseconds. */
  readonly now: number;
  /** The time step of the last code that was taken: that one, and any before it, is refused. */
  readonly lastStep: number | null;
}

/** The time step that the code belongs to: this one, the one before or the one after; null where it is the code of none, or was taken already. */
export function stepOfCode({ secret, code, now, lastStep }: TotpAttempt): number | null {
  const current = Math.floor(now / (period * 1_000));
  for (let step = current - tolerance; step <= current + tolerance; step += 1) {
    if (lastStep !== null && step <= lastStep) continue;
    if (timingSafeEqual(Buffer.from(code), Buffer.from(codeOf(secret, step)))) return step;
  }
  return null;
}

function codeOf(secret: string, counter: number): string {
  return HOTP.generate({ secret: Secret.fromBase32(secret), algorithm, digits, counter });
}
