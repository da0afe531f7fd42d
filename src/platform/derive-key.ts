/** One secret serves many purposes, none of which can be read off another. */
import { hkdfSync } from "node:crypto";

const KEY_BYTES = 32;

/** 256 bits for `purpose` by HKDF-SHA-256 (RFC 5869); the same secret and purpose always give the same key. */
export function deriveKey(secretKey: string, purpose: string): Buffer {
  return Buffer.from(hkdfSync("sha256", secretKey, "", `halyard ${purpose}`, KEY_BYTES));
}
