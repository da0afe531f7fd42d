/** Lines of text and other bytes that were written by this installation and are whole, or are nothing: what is read back may come from anybody. */
import { createHmac, timingSafeEqual } from "node:crypto";
import { deriveKey } from "./derive-key.js";

export interface Signer {
  /** The lines (without line ends of their own) as bytes, some ten kilobytes at a time, and in the end what proves them. */
  sign(lines: Iterable<string>): Generator<Buffer>;
  /** The lines; null where another installation wrote them, or something of them is missing or changed. */
  verify(bytes: Buffer): Generator<string> | null;
  /** Bytes of whatever kind, with what proves them. */
  seal(bytes: Buffer): Buffer;
  /** What was sealed, without reading anything of it first; null as with `verify`. */
  unseal(sealed: Buffer): Buffer | null;
}

const format = "halyard-1";
const bytesAtOnce = 64 * 1024;
const newline = 0x0a;
const macLength = 44; // of 32 bytes as base64url, and a line end

/** HMAC-SHA-256. `secretKeys`: newest first, not empty; the first signs, all verify. What was signed for one purpose proves nothing for another. */
export function createSigner(secretKeys: readonly string[], purpose: string): Signer {
  const keys = new Map(secretKeys.map((secret) => [idOf(secret), deriveKey(secret, `signed ${purpose}`)]));
  const [newest] = keys;
  if (newest === undefined) throw new Error("There is no secret key to sign with.");
  const [newestId, newestKey] = newest;
  const head = Buffer.from(`${format} ${newestId}\n`);
  function* sign(pieces: Iterable<Buffer>): Generator<Buffer> {
    const mac = createHmac("sha256", newestKey).update(head);
    yield head;
    for (const piece of pieces) {
      mac.update(piece);
      yield piece;
    }
    yield Buffer.from(`${mac.digest("base64url")}\n`);
  }
  const unseal = (sealed: Buffer): Buffer | null => {
    const headEnds = sealed.indexOf(newline) + 1;
    const bodyEnds = sealed.length - macLength;
    const [name, id = ""] = sealed.toString("latin1", 0, Math.max(headEnds - 1, 0)).split(" ");
    const key = keys.get(id);
    if (name !== format || key === undefined || bodyEnds < headEnds) return null;
    const expected = createHmac("sha256", key).update(sealed.subarray(0, bodyEnds)).digest("base64url");
    const isOurs = isEqual(sealed.subarray(bodyEnds), Buffer.from(`${expected}\n`));
    return isOurs ? sealed.subarray(headEnds, bodyEnds) : null;
  };
  return {
    sign: (lines) => sign(bytesOf(lines)),
    verify: (bytes) => {
      const body = unseal(bytes);
      return body && linesOf(body);
    },
    seal: (bytes) => Buffer.concat([...sign([bytes])]),
    unseal,
  };
}

/** Each line with a line end, some ten kilobytes at a time. */
export function* bytesOf(lines: Iterable<string>): Generator<Buffer> {
  let waiting = "";
  for (const line of lines) {
    waiting += `${line}\n`;
    if (waiting.length < bytesAtOnce) continue;
    yield Buffer.from(waiting);
    waiting = "";
  }
  if (waiting !== "") yield Buffer.from(waiting);
}

/** What `bytesOf` was given; what comes after the last line end is left out. */
export function* linesOf(bytes: Buffer): Generator<string> {
  let start = 0;
  for (let end = bytes.indexOf(newline); end >= 0; end = bytes.indexOf(newline, start)) {
    yield bytes.toString("utf8", start, end);
    start = end + 1;
  }
}

function isEqual(a: Buffer, b: Buffer): boolean {
  return a.length === b.length && timingSafeEqual(a, b);
}

/** Tells keys apart, and nothing of them. */
function idOf(secretKey: string): string {
  return deriveKey(secretKey, "signer key id").subarray(0, 6).toString("base64url");
}
