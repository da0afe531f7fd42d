/** Answers requests that offer to change to a protocol which is not spoken here: as if they had not offered it, which is what RFC 9110 asks for. */
import type { IncomingMessage, Server } from "node:http";
import { Server as TlsServer } from "node:https";
import type { Duplex } from "node:stream";

/** Headers that are about the offer; Java's client, for one, sends them with every first request, for HTTP/2. */
const offering: ReadonlySet<string> = new Set(["connection", "upgrade", "http2-settings"]);

/** Whether the change that is offered is the one to WebSocket. */
export function offersWebSocket({ headers }: IncomingMessage): boolean {
  return (headers.upgrade ?? "").split(",").some((protocol) => protocol.trim().toLowerCase() === "websocket");
}

/**
 * Node gives up a connection as soon as anything listens for upgrades and one is offered, whichever it is. So the request goes back to where it
 * came from, without the offer, and the server reads the connection again from its beginning.
 */
export function declineUpgrade(server: Server, request: IncomingMessage, socket: Duplex, rest: Buffer): void {
  const { method, url, httpVersion, rawHeaders, headers } = request;
  const lines = [`${method} ${url} HTTP/${httpVersion}`];
  rawHeaders.forEach((name, at) => {
    if (at % 2 === 0 && !offering.has(name.toLowerCase())) lines.push(`${name}: ${rawHeaders[at + 1]}`);
  });
  if (/\bclose\b/i.test(headers.connection ?? "")) lines.push("Connection: close");
  socket.unshift(Buffer.concat([Buffer.from(`${lines.join("\r\n")}\r\n\r\n`, "latin1"), rest]));
  server.emit(server instanceof TlsServer ? "secureConnection" : "connection", socket);
}
