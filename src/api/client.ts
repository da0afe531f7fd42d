/** What the server knows of whoever is at the other end of a connection, the same for HTTP and for the WebSocket's upgrade. */
import type { IncomingHttpHeaders } from "node:http";
import { readAddress } from "../platform/addresses.js";

/** Addresses whose forwarding headers are believed. */
export type TrustedProxies = (address: string) => boolean;

/** One end of a connection. */
export interface Client {
  /** The rightmost forwarded address that is no trusted proxy, else the peer's own. */
  readonly ip: string | null;
  /** Whether `ip` is the client's for sure: false where a trusted proxy forwarded something that cannot be read. */
  readonly traced: boolean;
  /** ISO 3166-1 country, from a trusted proxy's header; null where nobody said. */
  readonly country: string | null;
  readonly userAgent: string | null;
  readonly acceptLanguage: string | null;
}

const countryHeaders = ["cf-ipcountry", "cloudfront-viewer-country", "x-vercel-ip-country", "x-country-code"];

/** As much of a request as tells who sent it. */
export interface RequestHead {
  readonly headers: IncomingHttpHeaders;
  readonly socket: { readonly remoteAddress?: string | undefined };
}

/** Reads the client off a request; forwarding headers count only when the peer is trusted. */
export function clientOf(request: RequestHead, trusted: TrustedProxies): Client {
  const { headers } = request;
  const peer = peerOf(request);
  const believed = peer !== null && trusted(peer);
  return {
    ...(believed ? trace(headers, peer, trusted) : { ip: peer, traced: peer !== null }),
    country: believed ? countryOf(headers) : null,
    userAgent: headers["user-agent"] ?? null,
    acceptLanguage: headers["accept-language"] ?? null,
  };
}

/** The address at the other end of the line itself; null once that is gone. */
export function peerOf({ socket }: RequestHead): string | null {
  return socket.remoteAddress === undefined ? null : readAddress(socket.remoteAddress);
}

/** From proxy to proxy, nearest first, up to the first address that is none. */
function trace(
  headers: IncomingHttpHeaders,
  peer: string,
  trusted: TrustedProxies,
): Pick<Client, "ip" | "traced"> {
  const forwarded = [headers["x-forwarded-for"] ?? []].flat().join(",");
  const hops = forwarded
    .split(",")
    .map((hop) => hop.trim())
    .filter((hop) => hop !== "");
  if (hops.length === 0) return { ip: peer, traced: headers["forwarded"] === undefined };
  let ip = peer;
  for (const hop of hops.reverse()) {
    const address = readAddress(withoutPort(hop));
    if (address === null) return { ip, traced: false };
    ip = address;
    if (!trusted(address)) break;
  }
  return { ip, traced: true };
}

/** Some proxies write `198.51.100.1:4711`, `[2001:db8::1]:4711` or `[2001:db8::1]`. */
function withoutPort(hop: string): string {
  return /^\[([^\]]*)\](?::\d{1,5})?$/.exec(hop)?.[1] ?? hop.replace(/^([\d.]+):\d{1,5}$/, "$1");
}

/** Proxies that cannot tell say XX. */
function countryOf(headers: IncomingHttpHeaders): string | null {
  for (const name of countryHeaders) {
    const value = headers[name];
    if (typeof value === "string" && /^(?!xx)[a-z]{2}$/i.test(value)) return value.toUpperCase();
  }
  return null;
}

/**
 * The credential of a request: what follows `Bearer` in Authorization, with or without that word, else X-API-Key; null where there is none.
 * Another scheme, such as that of a proxy in front, is nothing to us.
 */
export function credentialOf(authorization: unknown, apiKey: unknown): string | null {
  const bearer = textOf(authorization).replace(/^bearer(\s+|$)/i, "");
  if (bearer !== "" && !/\s/.test(bearer)) return bearer;
  return textOf(apiKey) || null;
}

function textOf(header: unknown): string {
  return typeof header === "string" ? header.trim() : "";
}
