/** Whom an address stands for when requests are counted. */
import ipaddr from "ipaddr.js";

/** The IPv4 address, or the /64 of an IPv6 address: whoever has one address there has them all. Without an address: one name for everybody. */
export function networkOf(address: string | null): string {
  if (address === null) return "nowhere";
  if (!address.includes(":")) return address;
  const parsed = ipaddr.process(address);
  if (parsed.kind() === "ipv4") return parsed.toString();
  const groups = (parsed as ipaddr.IPv6).parts.slice(0, 4).map((group) => group.toString(16));
  return `${groups.join(":")}::/64`;
}
