/** IN_CIDR: whether an address lies in a network, IPv4 and IPv6 alike. */
import ipaddr from "ipaddr.js";
import { anyOf, type Operator, operator } from "./operator.js";

type Address = ipaddr.IPv4 | ipaddr.IPv6;

interface Network {
  readonly address: Address;
  readonly bits: number;
}

const NETWORK = /^([^/]+)(?:\/(0|[1-9]\d{0,2}))?$/;
const IPV6 = /^[0-9A-Fa-f:]+(?::\d+\.\d+\.\d+\.\d+)?$/;
/** Eight groups of four, or six of them and a dotted quad. */
const LONGEST_ADDRESS = 45;
const MAPPED_BITS = 96;

/** Dotted decimal without leading zeros, or RFC 4291 text without a zone. */
function parse(text: string): Address | undefined {
  if (ipaddr.IPv4.isValidFourPartDecimal(text)) return ipaddr.IPv4.parse(text);
  if (text.length > LONGEST_ADDRESS || !IPV6.test(text)) return undefined;
  const groups = withoutQuad(text);
  return groups !== undefined && ipaddr.IPv6.isValid(groups) ? ipaddr.IPv6.parse(groups) : undefined;
}

/** Writes a trailing dotted quad as two groups: the library takes `::1.2.3.4` for `::ffff:1.2.3.4`. */
function withoutQuad(text: string): string | undefined {
  if (!text.includes(".")) return text;
  const cut = text.lastIndexOf(":") + 1;
  const quad = text.slice(cut);
  if (!ipaddr.IPv4.isValidFourPartDecimal(quad)) return undefined;
  const [a = 0, b = 0, c = 0, d = 0] = quad.split(".").map(Number);
  return `${text.slice(0, cut)}${((a << 8) | b).toString(16)}:${((c << 8) | d).toString(16)}`;
}

/** IPv4-mapped IPv6 addresses are the IPv4 addresses that they map. */
function readAddress(value: unknown): Address | undefined {
  const address = typeof value === "string" ? parse(value) : undefined;
  return address instanceof ipaddr.IPv6 && address.isIPv4MappedAddress() ? address.toIPv4Address() : address;
}

/** Host bits may be set; an address alone is a network of one. */
function readNetwork(value: unknown): Network | undefined {
  const [, text = "", prefix] = (typeof value === "string" ? NETWORK.exec(value) : null) ?? [];
  const address = parse(text);
  if (address === undefined) return undefined;
  const longest = address.kind() === "ipv4" ? 32 : 128;
  const bits = prefix === undefined ? longest : Number(prefix);
  if (bits > longest) return undefined;
  if (address instanceof ipaddr.IPv6 && address.isIPv4MappedAddress() && bits >= MAPPED_BITS) {
    return { address: address.toIPv4Address(), bits: bits - MAPPED_BITS };
  }
  return { address, bits };
}

export const inCidr: Operator = operator<Network>({
  expected: "an IP network such as 10.0.0.0/8 or 2001:db8::/32, or an IP address",
  read: readNetwork,
  match: (networks) => {
    const test = anyOf<Network, Address>(
      networks,
      (actual, { address, bits }) => actual.kind() === address.kind() && actual.match(address, bits),
    );
    return (value) => {
      const actual = readAddress(value);
      return actual !== undefined && test(actual);
    };
  },
});
