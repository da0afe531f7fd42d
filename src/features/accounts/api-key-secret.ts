/** API keys as their holders know them: `hal_<kind>_<place>_<32 random characters>_<checksum>`, a shape that secret scanners recognise. */
import { hash, randomInt } from "node:crypto";
import { crc32 } from "node:zlib";
import type { ApiKeyKind } from "../permissions/index.js";

const alphabet = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";
const randomLength = 32; // 190 bits
const checksumLength = 6; // 32 bits in base 62
const shownLength = 4;

export interface ApiKeySecret {
  /** Shown once, never stored. */
  readonly secret: string;
  /** sha256 of the secret, hex. */
  readonly hash: string;
  /** What people recognise it by. */
  readonly prefix: string;
}

/** A new secret. `place` is the environment's key, or the project's where the key has no environment; null: the whole server. */
export function makeApiKeySecret(kind: ApiKeyKind, place: string | null): ApiKeySecret {
  const head = `hal_${kind.toLowerCase()}_${place ?? "server"}_`;
  const random = Array.from({ length: randomLength }, () => alphabet[randomInt(alphabet.length)]).join("");
  const body = head + random;
  const secret = `${body}_${checksum(body)}`;
  return { secret, hash: sha256(secret), prefix: head + random.slice(0, shownLength) };
}

/** Whether a credential means to be an API key. */
export function isApiKeySecret(credential: string): boolean {
  return credential.startsWith("hal_");
}

/** The hash by which a secret is found; null when its checksum says that it was mistyped or made up. */
export function hashApiKeySecret(secret: string): string | null {
  const end = secret.length - checksumLength;
  const intact = secret[end - 1] === "_" && secret.slice(end) === checksum(secret.slice(0, end - 1));
  return intact ? sha256(secret) : null;
}

function checksum(text: string): string {
  let rest = crc32(text);
  let digits = "";
  for (let place = 0; place < checksumLength; place += 1) {
    digits = alphabet.charAt(rest % alphabet.length) + digits;
    rest = Math.floor(rest / alphabet.length);
  }
  return digits;
}

function sha256(text: string): string {
  return hash("sha256", text, "hex");
}
