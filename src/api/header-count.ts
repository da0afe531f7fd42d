/** How many headers a request may have: node drops what comes after its own, much greater number, a proxy's word on the client included. */
import type { IncomingMessage } from "node:http";
import { UnfitRequest } from "./failures.js";

const mostHeaders = 100;

/** What to refuse the request with; null where it is all right. */
export function tooManyHeaders({ rawHeaders }: Pick<IncomingMessage, "rawHeaders">): UnfitRequest | null {
  const count = rawHeaders.length / 2; // names and values
  if (count <= mostHeaders) return null;
  return new UnfitRequest(431, `A request may have ${mostHeaders} headers, got ${count}.`);
}
