/** IP addresses and ranges as text, read strictly: what a door lets through depends on them, and who is counted as whom. */
import ipaddr from "ipaddr.js";

type Address = ipaddr.IPv4 | ipaddr.IPv6;

const longest = 64; // characters; an IPv6 address with a zone has fewer

/** IPv4 of four decimal parts, or IPv6; an IPv4 address mapped into IPv6 comes out as IPv4. null for anything else. */
export function readAddress(text: string): string | null {
  return parse(text)?.toString() ?? null;
}

/** Whether the text is an address or a range such as `10.0.0.0/8`. */
export function isAddressRange(text: string): boolean {
  return parseRange(text) !== null;
}

/** Tells addresses that lie in one of the ranges from others. What is no range holds nothing, what is no address lies nowhere. */
export function addressesIn(ranges: readonly string[]): (address: string) => boolean {
  const parsed = ranges.map(parseRange).filter((range) => range !== null);
  return (text) => {
    const address = parse(text);
    if (address === null) return false;
    return parsed.some(([range, bits]) => address.kind() === range.kind() && address.match(range, bits));
  };
}

/** The IPv4 address, or the /64 of an IPv6 address: whoever has one address there has them all. Without an address: one name for everybody. */
export function networkOf(address: string | null): string {
  if (address === null) return "nowhere";
  const parsed = address.includes(":") ? parse(address) : null;
  if (!(parsed instanceof ipaddr.IPv6)) return parsed?.toString() ?? address;
  const groups = parsed.parts.slice(0, 4).map((group) => group.toString(16));
  return `${groups.join(":")}::/64`;
}

function parse(text: string): Address | null {
  if (text.length > longest) return null;
  const isAddress = ipaddr.IPv4.isValidFourPartDecimal(text) || ipaddr.IPv6.isValid(text);
  return isAddress ? ipaddr.process(text) : null;
}

function parseRange(text: string): readonly [Address, number] | null {
  const [start = "", length, ...rest] = text.split("/");
  const address = parse(start);
  if (address === null || rest.length > 0) return null;
  const width = address.kind() === "ipv4" ? 32 : 128;
  if (length === undefined) return [address, width];
  const mapped = width === 32 && start.includes(":") ? 96 : 0; // bits of an IPv6 prefix that say no more than "this is IPv4"
  const bits = Number(length) - mapped;
  return /^\d{1,3}$/.test(length) && bits >= 0 && bits <= width ? [address, bits] : null;
}
