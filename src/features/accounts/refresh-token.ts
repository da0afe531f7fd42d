/** Refresh tokens: 256 bits, kept only as hashes; each use has one successor, however often it is repeated. */
import { createHmac, hash, randomBytes } from "node:crypto";
import { deriveKey } from "../../platform/derive-key.js";

/** A token, and what is stored of it. */
export interface RefreshToken {
  readonly token: string;
  readonly hash: string;
}

/** A new token, of chance alone. */
export function makeRefreshToken(): RefreshToken {
  return withHash(randomBytes(32).toString("base64url"));
}

/** The token that follows `token` under each of the secret keys, in their order: HMAC-SHA-256, so that nobody else can tell it. */
export function successorsOf(secretKeys: readonly string[], token: string): RefreshToken[] {
  return secretKeys.map((secretKey) => {
    const key = deriveKey(secretKey, "refresh tokens");
    return withHash(createHmac("sha256", key).update(token).digest("base64url"));
  });
}

/** sha256, hex. */
export function hashRefreshToken(token: string): string {
  return hash("sha256", token, "hex");
}

function withHash(token: string): RefreshToken {
  return { token, hash: hashRefreshToken(token) };
}
