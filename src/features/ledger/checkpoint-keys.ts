/** The key pairs that sign checkpoints: derived from the server's secret, so that whoever checks needs the public half alone. */
import { createHash, createPrivateKey, createPublicKey, type KeyObject, sign, verify } from "node:crypto";
import { deriveKey } from "../../platform/derive-key.js";
import { type Checkpoint, signedTextOf } from "./checkpoint.js";

export interface CheckpointKeys {
  /** Of the key that signs. */
  readonly signer: string;
  /** Of every secret, newest first: 32 bytes (RFC 8032), base64url. */
  readonly publicKeys: readonly string[];
  readonly sign: (claim: Omit<Checkpoint, "signer" | "signature">) => Checkpoint;
}

/** unknown: none of the keys is the one that it names. */
export type SignatureState = "good" | "bad" | "unknown";

/** PKCS #8 (RFC 8410) of an Ed25519 key, up to its 32 bytes. */
const pkcs8Head = Buffer.from("302e020100300506032b657004220420", "hex");

/** `secretKeys`: newest first, not empty; the newest signs. */
export function createCheckpointKeys(secretKeys: readonly string[]): CheckpointKeys {
  const pairs = secretKeys.map((secret) => {
    const der = Buffer.concat([pkcs8Head, deriveKey(secret, "ledger checkpoints")]);
    const privateKey = createPrivateKey({ key: der, format: "der", type: "pkcs8" });
    return { privateKey, publicKey: createPublicKey(privateKey).export({ format: "jwk" }).x ?? "" };
  });
  const [newest] = pairs;
  if (newest === undefined) throw new Error("There is no secret key to sign with.");
  const signer = signerOf(newest.publicKey);
  return {
    signer,
    publicKeys: pairs.map(({ publicKey }) => publicKey),
    sign: (claim) => {
      const text = Buffer.from(signedTextOf({ ...claim, signer }));
      return { ...claim, signer, signature: sign(null, text, newest.privateKey).toString("base64url") };
    },
  };
}

/** How checkpoints name a key: the first 8 bytes of its SHA-256, base64url. */
function signerOf(publicKey: string): string {
  const digest = createHash("sha256").update(Buffer.from(publicKey, "base64url")).digest();
  return digest.subarray(0, 8).toString("base64url");
}

/** Whether the text is a public key, as `CheckpointKeys` gives them. */
export function isPublicKey(text: unknown): text is string {
  return (
    typeof text === "string" &&
    /^[\w-]{43}$/.test(text) &&
    Buffer.from(text, "base64url").toString("base64url") === text
  );
}

/** Checks signatures by these public keys, each of which `isPublicKey` takes. */
export function createSignatureCheck(
  publicKeys: readonly string[],
): (checkpoint: Checkpoint) => SignatureState {
  const keys = new Map<string, KeyObject>(
    publicKeys.map((x) => [
      signerOf(x),
      createPublicKey({ key: { kty: "OKP", crv: "Ed25519", x }, format: "jwk" }),
    ]),
  );
  return (checkpoint) => {
    const key = keys.get(checkpoint.signer);
    if (key === undefined) return "unknown";
    const signature = Buffer.from(checkpoint.signature, "base64url");
    const isOne = signature.toString("base64url") === checkpoint.signature; // the same bytes in other letters are refused
    return isOne && verify(null, Buffer.from(signedTextOf(checkpoint)), key, signature) ? "good" : "bad";
  };
}
