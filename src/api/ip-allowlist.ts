/** IP_ALLOWLIST: who may do more than evaluate and probe, and why nobody can slip in through a proxy that was not declared. */
import type { Config } from "../platform/config.js";
import { addressesIn } from "../platform/addresses.js";
import type { Log } from "../platform/log.js";
import { forbidden, type Problem } from "../platform/problems.js";
import { type Client, peerOf, type RequestHead, type TrustedProxies } from "./client.js";

export interface IpAllowlist {
  /** Whether the client may do everything that its credential allows; always, where no list is set. */
  readonly admits: (client: Client) => boolean;
  /**
   * What is wrong with a request that says it was forwarded, by a peer that TRUSTED_PROXIES does not name: the peer may be a proxy with a listed
   * address, and whoever is behind it would share that. Nothing where no list is set. The operator is told once for each peer.
   */
  readonly undeclaredProxy: (request: RequestHead) => Problem | null;
}

const mostPeersTold = 1_000;
const forwarding = /^(?:forwarded|x-real-ip|x-forwarded-.*)$/;

export function createIpAllowlist(
  { ipAllowlist }: Pick<Config, "ipAllowlist">,
  trusted: TrustedProxies,
  log: Log,
): IpAllowlist {
  if (ipAllowlist.length === 0) return { admits: () => true, undeclaredProxy: () => null };
  const listed = addressesIn(ipAllowlist);
  const told = new Set<string>();
  const tellOperator = (peer: string): void => {
    if (told.has(peer) || told.size >= mostPeersTold) return;
    told.add(peer);
    log.warn(
      { peer },
      "Forwarded requests of this peer are refused, because IP_ALLOWLIST is set: if it is your proxy, name it in TRUSTED_PROXIES.",
    );
  };
  return {
    admits: ({ ip, traced }) => ip !== null && traced && listed(ip),
    undeclaredProxy: (request) => {
      const peer = peerOf(request);
      if (peer !== null && trusted(peer)) return null;
      if (!Object.keys(request.headers).some((name) => forwarding.test(name))) return null;
      tellOperator(peer ?? "unknown");
      return forbidden(
        "This server takes forwarded requests from the proxies that it knows, and from nobody else.",
      );
    },
  };
}

/** FORBIDDEN for a client whom the list leaves out; it names the address, so that the operator can be told what to add. */
export function notListed(ip: string | null): Problem {
  return forbidden(`Your address, ${ip ?? "which is unknown"}, is not among those that may do this.`);
}
