/** Secrets that must be read again are stored encrypted; the newest key encrypts, all keys decrypt. */
import { createCipheriv, createDecipheriv, randomBytes } from "node:crypto";
import { deriveKey } from "./derive-key.js";
import { Problem } from "./problems.js";

export interface Cipher {
  /** `purpose` binds the text to its place: what was encrypted for one is unreadable for another. */
  encrypt(plain: string, purpose: string): string;
  /** Throws UNAVAILABLE where no key fits, and as a bug where the purpose differs or the text was changed. */
  decrypt(stored: string, purpose: string): string;
  /** Ids of the keys, as stored texts name them; newest first. */
  readonly keyIds: readonly string[];
}

/** As `decrypt`; null where it would throw, for those whose other work goes on without the secret. */
export function decryptOrNull(cipher: Cipher, stored: string, purpose: string): string | null {
  try {
    return cipher.decrypt(stored, purpose);
  } catch {
    return null;
  }
}

// AES-256-GCM as NIST SP 800-38D has it: random nonces of 96 bits, at most 2^32 texts a key (8.3), tags of 128 bits.
const algorithm = "aes-256-gcm";
const version = "v1";
const nonceBytes = 12;
const tagBytes = 16;
const noKey =
  "The server lacks the key that a stored secret was encrypted with. Its administrator must put that key back into SECRET_KEY.";

/** Stored texts read `v1.<key id>.<nonce, tag and ciphertext in base64url>`. `secretKeys`: newest first, not empty. */
export function createCipher(secretKeys: readonly string[]): Cipher {
  const keys = new Map(secretKeys.map((secret) => [keyId(secret), deriveKey(secret, "stored secrets")]));
  const [newest] = keys;
  if (newest === undefined) throw new Error("There is no secret key to encrypt with.");
  const [currentId, currentKey] = newest;

  return {
    keyIds: [...keys.keys()],
    encrypt: (plain, purpose) => {
      const nonce = randomBytes(nonceBytes);
      const cipher = createCipheriv(algorithm, currentKey, nonce, { authTagLength: tagBytes });
      cipher.setAAD(Buffer.from(purpose));
      const sealed = Buffer.concat([cipher.update(plain, "utf8"), cipher.final()]);
      const packed = Buffer.concat([nonce, cipher.getAuthTag(), sealed]);
      return `${version}.${currentId}.${packed.toString("base64url")}`;
    },
    decrypt: (stored, purpose) => {
      const { id, nonce, tag, sealed } = unpack(stored);
      const key = keys.get(id);
      if (key === undefined) throw new Problem("UNAVAILABLE", noKey);
      const decipher = createDecipheriv(algorithm, key, nonce, { authTagLength: tagBytes });
      decipher.setAAD(Buffer.from(purpose)).setAuthTag(tag);
      return Buffer.concat([decipher.update(sealed), decipher.final()]).toString("utf8");
    },
  };
}

/** One text only is taken for one secret: base64 that says the same in other letters is refused like any other change. */
function unpack(stored: string) {
  const [form, id = "", packed = "", ...rest] = stored.split(".");
  const bytes = Buffer.from(packed, "base64url");
  const isWhole = bytes.length >= nonceBytes + tagBytes && bytes.toString("base64url") === packed;
  if (form !== version || rest.length > 0 || !isWhole) throw new Error("A stored secret is malformed.");
  return {
    id,
    nonce: bytes.subarray(0, nonceBytes),
    tag: bytes.subarray(nonceBytes, nonceBytes + tagBytes),
    sealed: bytes.subarray(nonceBytes + tagBytes),
  };
}

function keyId(secretKey: string): string {
  return deriveKey(secretKey, "cipher key id").subarray(0, 6).toString("base64url");
}
