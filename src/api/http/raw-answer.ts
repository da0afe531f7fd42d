/** Answers for where there is a socket and no response: requests that cannot be read, and upgrades that are refused. */
import { randomUUID } from "node:crypto";
import { STATUS_CODES } from "node:http";
import type { Duplex } from "node:stream";
import { errorBody } from "./failures.js";
import { bareHeaders } from "./security-headers.js";

/** Why a connection is not let in; `code` is that of the error in the body. */
export interface Refusal {
  readonly status: number;
  readonly code: string;
  readonly message: string;
}

/** Answers with the error as JSON and closes the connection. */
export function answerRaw(socket: Duplex, { status, code, message }: Refusal): void {
  socket.on("error", () => socket.destroy()); // unheard, it would end the process
  if (!socket.writable) return void socket.destroy();
  const requestId = randomUUID();
  const body = JSON.stringify(errorBody(code, message, requestId));
  const headers = {
    ...bareHeaders,
    "content-type": "application/json; charset=utf-8",
    "content-length": String(Buffer.byteLength(body)),
    "x-request-id": requestId,
    connection: "close",
  };
  const lines = Object.entries(headers).map(([name, value]) => `${name}: ${value}\r\n`);
  const head = `HTTP/1.1 ${status} ${STATUS_CODES[status] ?? ""}\r\n${lines.join("")}\r\n`;
  socket.end(head + body, () => socket.destroy());
}

/** What node's parser could not make a request of, or waited for too long; null where the line itself failed, and nothing can be said on it. */
export function unreadableRequest(error: { readonly code?: string }): Refusal | null {
  const code = "BAD_REQUEST";
  if (!/^(?:HPE|ERR_HTTP)_/.test(error.code ?? "")) return null;
  switch (error.code) {
    case "HPE_HEADER_OVERFLOW":
      return { status: 431, code, message: "The address and the headers are too long." };
    case "HPE_CHUNK_EXTENSIONS_OVERFLOW":
      return { status: 413, code, message: "The chunks of the body carry too much beside the body." };
    case "ERR_HTTP_REQUEST_TIMEOUT":
      return { status: 408, code, message: "The request took too long to arrive." };
    default:
      return { status: 400, code, message: "This is no HTTP request that can be read." };
  }
}
