/** What the head of every request must be like, whatever it asks for. */
import type { IncomingMessage } from "node:http";
import { UnfitRequest } from "./failures.js";

/** Node drops what comes after its own, much greater number, a proxy's word on the client included. */
const mostHeaders = 100;

/** What to refuse the request with; null where it is all right. */
export function unfitHead(
  request: Pick<IncomingMessage, "rawHeaders" | "headers" | "httpVersion">,
): UnfitRequest | null {
  const count = request.rawHeaders.length / 2; // names and values
  if (count > mostHeaders) {
    return new UnfitRequest(431, `A request may have ${mostHeaders} headers, got ${count}.`);
  }
  const isNameless = request.headers.host === undefined && request.httpVersion === "1.1";
  return isNameless ? new UnfitRequest(400, "A request of HTTP/1.1 names its host.") : null;
}
