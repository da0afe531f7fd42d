/** Refresh tokens: random, kept only as hashes. */
import { hash, randomBytes } from "node:crypto";

/** A new token of 256 bits, and what is stored of it. */
export function makeRefreshToken(): { readonly token: string; readonly hash: string } {
  const token = randomBytes(32).toString("base64url");
  return { token, hash: hashRefreshToken(token) };
}

/** sha256, hex. */
export function hashRefreshToken(token: string): string {
  return hash("sha256", token, "hex");
}
