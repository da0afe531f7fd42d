/** Secrets that must be read again are stored encrypted; the newest key encrypts, all keys decrypt. */
import { createCipheriv, createDecipheriv, randomBytes } from "node:crypto";
import { deriveKey } from "./derive-key.js";

export interface Cipher {
  /** `purpose` binds the text to its place: what was encrypted for one is unreadable for another. */
  encrypt(plain: string, purpose: string): string;
  /** Throws where no key fits, the purpose differs or the text was changed. */
  decrypt(stored: string, purpose: string): string;
  /** Whether the newest key encrypted it. */
  isCurrent(stored: string): boolean;
}

const algorithm = "aes-256-gcm";
const nonceBytes = 12; // NIST SP 800-38D
const tagBytes = 16;

/** Stored texts read `v1.<key id>.<nonce, tag and ciphertext in base64url>`. `secretKeys`: newest first, not empty. */
export function createCipher(secretKeys: readonly string[]): Cipher {
  const keys = new Map(secretKeys.map((secret) => [keyId(secret), deriveKey(secret, "stored secrets")]));
  const [newest] = keys;
  if (newest === undefined) throw new Error("There is no secret key to encrypt with.");
  const [currentId, currentKey] = newest;

  return {
    encrypt: (plain, purpose) => {
      const nonce = randomBytes(nonceBytes);
      const cipher = createCipheriv(algorithm, currentKey, nonce).setAAD(Buffer.from(purpose));
      const sealed = Buffer.concat([cipher.update(plain, "utf8"), cipher.final()]);
      const packed = Buffer.concat([nonce, cipher.getAuthTag(), sealed]);
      return `v1.${currentId}.${packed.toString("base64url")}`;
    },
    decrypt: (stored, purpose) => {
      const [version, id = "", packed = ""] = stored.split(".");
      const key = keys.get(id);
      if (version !== "v1" || key === undefined) throw new Error("No secret key fits a stored secret.");
      const bytes = Buffer.from(packed, "base64url");
      const nonce = bytes.subarray(0, nonceBytes);
      const tag = bytes.subarray(nonceBytes, nonceBytes + tagBytes);
      const decipher = createDecipheriv(algorithm, key, nonce, { authTagLength: tagBytes })
        .setAAD(Buffer.from(purpose))
        .setAuthTag(tag);
      const opened = [decipher.update(bytes.subarray(nonceBytes + tagBytes)), decipher.final()];
      return Buffer.concat(opened).toString("utf8");
    },
    isCurrent: (stored) => stored.split(".")[1] === currentId,
  };
}

function keyId(secretKey: string): string {
  return deriveKey(secretKey, "cipher key id").subarray(0, 6).toString("base64url");
}
