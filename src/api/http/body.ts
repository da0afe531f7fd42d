/** Reads the bodies of requests: JSON only, and never more of it than the caller may send, packed or not. */
import type { Readable } from "node:stream";
import { createBrotliDecompress, createGunzip, createInflate } from "node:zlib";
import type { FastifyRequest } from "fastify";
import type { Identity } from "../../features/permissions/index.js";
import { Problem } from "../../platform/problems.js";
import { UnfitRequest } from "./failures.js";

const smallBytes = 256 * 1024; // 256 KiB
const largeBytes = 4 * 1024 * 1024; // 4 MiB

/** How many bytes of body a caller may send: contexts fit the lesser bound, what managers import may need the greater one. */
export function bodyLimitOf(identity: Identity): number {
  const manages =
    identity.kind === "USER" || (identity.kind === "API_KEY" && identity.keyKind === "MANAGEMENT");
  return manages ? largeBytes : smallBytes;
}

/**
 * The body as JSON. `limitOf` is asked only where a body could be larger than anybody's may be.
 * Throws LIMIT_EXCEEDED as soon as it is known to be too large, and UnfitRequest for what cannot be read.
 */
export async function readJsonBody(
  request: FastifyRequest,
  payload: Readable,
  limitOf: (request: FastifyRequest) => Promise<number>,
): Promise<unknown> {
  const announced = Number(request.headers["content-length"] ?? Infinity);
  const encoding = (request.headers["content-encoding"] ?? "identity").trim().toLowerCase();
  const isKnown = encoding === "identity" && announced <= smallBytes;
  try {
    const limit = isKnown ? smallBytes : await limitOf(request);
    if (Number.isFinite(announced) && announced > limit) throw tooLarge(limit);
    return parseJson(request, await collect(payload, unpacked(payload, encoding), limit));
  } catch (error) {
    payload.unpipe();
    payload.resume(); // what is left is read and thrown away, so that the answer reaches whoever is still sending
    throw error;
  }
}

function tooLarge(limit: number): Problem {
  const message =
    limit < largeBytes
      ? `The body may have ${limit} bytes at most, and ${largeBytes} for signed-in users and MANAGEMENT keys.`
      : `The body may have ${limit} bytes at most.`;
  return new Problem("LIMIT_EXCEEDED", message);
}

/** The body as it was before it was packed. */
function unpacked(payload: Readable, encoding: string): Readable {
  switch (encoding) {
    case "identity":
      return payload;
    case "gzip":
    case "x-gzip":
      return payload.pipe(createGunzip());
    case "deflate":
      return payload.pipe(createInflate());
    case "br":
      return payload.pipe(createBrotliDecompress());
    default:
      throw new UnfitRequest(415, "The body may be packed by gzip, deflate or br, and by one of them only.");
  }
}

/** All of `content`, which `payload` feeds. */
async function collect(payload: Readable, content: Readable, limit: number): Promise<Buffer> {
  return new Promise((resolve, reject) => {
    const chunks: Buffer[] = [];
    let length = 0;
    const fail = (error: Error): void => {
      content.off("data", take);
      chunks.length = 0;
      if (content !== payload) content.destroy();
      reject(error);
    };
    const take = (chunk: Buffer): void => {
      length += chunk.length;
      if (length > limit) fail(tooLarge(limit));
      else chunks.push(chunk);
    };
    content.on("data", take);
    content.on("end", () => resolve(Buffer.concat(chunks, length)));
    content.on("error", () => fail(new UnfitRequest(400, "The body is not packed as its header says.")));
    payload.on("error", () => undefined); // it closes, too
    payload.on("close", () => {
      if (!payload.readableEnded) fail(new UnfitRequest(400, "The body ended early."));
    });
  });
}

function parseJson(request: FastifyRequest, body: Buffer): unknown {
  const charset = /;\s*charset\s*=\s*"?([^";\s]*)/i.exec(request.headers["content-type"] ?? "")?.[1];
  if (charset !== undefined && !/^utf-?8$/i.test(charset)) {
    throw new UnfitRequest(415, "The body must be UTF-8.");
  }
  if (body.length === 0) throw new UnfitRequest(400, "The body is empty; it must be JSON.");
  try {
    return JSON.parse(utf8.decode(body));
  } catch {
    throw new UnfitRequest(400, "The body is not JSON in UTF-8.");
  }
}

const utf8 = new TextDecoder("utf-8", { fatal: true });
