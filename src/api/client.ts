/** What the server knows of whoever is at the other end of a connection, the same for HTTP and for the WebSocket's upgrade. */
import type { IncomingHttpHeaders } from "node:http";
import ipaddr from "ipaddr.js";

/** Addresses whose forwarding headers are believed. */
export type TrustedProxies = (address: string) => boolean;

/** Parses addresses and CIDR ranges once; the config has checked them. */
export function trustProxies(ranges: readonly string[]): TrustedProxies {
  const parsed = ranges.map((range) => {
    if (range.includes("/")) return ipaddr.parseCIDR(range);
    const address = ipaddr.parse(range);
    return [address, address.kind() === "ipv4" ? 32 : 128] as const;
  });
  return (text) => {
    if (!ipaddr.isValid(text)) return false;
    const address = ipaddr.process(text);
    return parsed.some(([range, bits]) => address.kind() === range.kind() && address.match(range, bits));
  };
}

/** One end of a connection. */
export interface Client {
  /** The rightmost forwarded address that is no trusted proxy, else the peer's own. */
  readonly ip: string | null;
  /** ISO 3166-1 country, from a trusted proxy's header; null where nobody said. */
  readonly country: string | null;
  readonly userAgent: string | null;
  readonly acceptLanguage: string | null;
}

const countryHeaders = ["cf-ipcountry", "cloudfront-viewer-country", "x-vercel-ip-country", "x-country-code"];

/** As much of a request as tells who sent it. */
interface RequestHead {
  readonly headers: IncomingHttpHeaders;
  readonly socket: { readonly remoteAddress?: string | undefined };
}

/** Reads the client off a request; forwarding headers count only when the peer is trusted. */
export function clientOf(request: RequestHead, trusted: TrustedProxies): Client {
  const peer = normalised(request.socket.remoteAddress);
  const believed = peer !== null && trusted(peer);
  return {
    ip: believed ? forwardedAddress(request.headers, peer, trusted) : peer,
    country: believed ? countryOf(request.headers) : null,
    userAgent: request.headers["user-agent"] ?? null,
    acceptLanguage: request.headers["accept-language"] ?? null,
  };
}

function forwardedAddress(headers: IncomingHttpHeaders, peer: string, trusted: TrustedProxies): string {
  const hops = [headers["x-forwarded-for"] ?? []].flat().join(",").split(",");
  let nearest = peer;
  for (const hop of hops.map((text) => text.trim()).reverse()) {
    const address = normalised(hop);
    if (address === null) break;
    nearest = address;
    if (!trusted(address)) break;
  }
  return nearest;
}

/** Proxies that cannot tell say XX. */
function countryOf(headers: IncomingHttpHeaders): string | null {
  for (const name of countryHeaders) {
    const value = headers[name];
    if (typeof value === "string" && /^(?!xx)[a-z]{2}$/i.test(value)) return value.toUpperCase();
  }
  return null;
}

/** IPv4-mapped IPv6 as IPv4; null for what is no address. */
function normalised(text: string | undefined): string | null {
  return text !== undefined && ipaddr.isValid(text) ? ipaddr.process(text).toString() : null;
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
