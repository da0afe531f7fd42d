/** Lines of text that were written by this installation and are whole, or are nothing: what is read back may come from anybody. */
import { createHmac, timingSafeEqual } from "node:crypto";
import { deriveKey } from "./derive-key.js";

export interface Signer {
  /** The lines (without line ends of their own) as bytes, some ten kilobytes at a time, and in the end what proves them. */
  sign(lines: Iterable<string>): Generator<Buffer>;
  /** The lines; null where another installation wrote them, or something of them is missing or changed. */
  verify(bytes: Buffer): Generator<string> | null;
}

const format = "halyard-1";
const bytesAtOnce = 64 * 1024;
const newline = 0x0a;

/** HMAC-SHA-256. `secretKeys`: newest first, not empty; the first signs, all verify. What was signed for one purpose proves nothing for another. */
export function createSigner(secretKeys: readonly string[], purpose: string): Signer {
  const keys = new Map(secretKeys.map((secret) => [idOf(secret), deriveKey(secret, `signed ${purpose}`)]));
  const [newest] = keys;
  if (newest === undefined) throw new Error("There is no secret key to sign with.");
  const [newestId, newestKey] = newest;
  return {
    *sign(lines) {
      const mac = createHmac("sha256", newestKey);
      let waiting = `${format} ${newestId}\n`;
      const flush = (): Buffer => {
        const bytes = Buffer.from(waiting);
        mac.update(bytes);
        waiting = "";
        return bytes;
      };
      for (const line of lines) {
        waiting += `${line}\n`;
        if (waiting.length >= bytesAtOnce) yield flush();
      }
      yield flush();
      yield Buffer.from(`${mac.digest("base64url")}\n`);
    },
    verify: (bytes) => {
      const bodyEnds = bytes.lastIndexOf(newline, bytes.length - 2) + 1;
      const headEnds = bytes.indexOf(newline) + 1;
      const [name, id = ""] = bytes.toString("latin1", 0, Math.max(headEnds - 1, 0)).split(" ");
      const key = keys.get(id);
      if (name !== format || key === undefined || bodyEnds < headEnds) return null;
      const body = bytes.subarray(0, bodyEnds);
      const expected = createHmac("sha256", key).update(body).digest("base64url");
      if (!isEqual(bytes.subarray(bodyEnds), Buffer.from(`${expected}\n`))) return null;
      return linesOf(body.subarray(headEnds));
    },
  };
}

function* linesOf(bytes: Buffer): Generator<string> {
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
