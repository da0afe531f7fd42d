/** Who comes in at any door, and with what rights: credential, address and allowlist, decided alike for all of them. */
import { randomUUID } from "node:crypto";
import type { IncomingMessage } from "node:http";
import type { FastifyRequest } from "fastify";
import { authenticate } from "../features/accounts/index.js";
import { addressesIn } from "../platform/addresses.js";
import type { Config } from "../platform/config.js";
import type { Log } from "../platform/log.js";
import type { Problem } from "../platform/problems.js";
import { bodyLimitOf } from "./http/body.js";
import { clientOf, credentialOf } from "./client.js";
import type { ConnectionFacts } from "./graphql/connection-facts.js";
import { type GraphQLContext, makeContext, type ServerTools } from "./graphql/context.js";
import { createIpAllowlist, notListed } from "./ip-allowlist.js";
import { recordRefusal } from "./refusals.js";
import { type AdmitUpgrade, createUpgradeDoor } from "./upgrade.js";

export interface Entry {
  readonly admitUpgrade: AdmitUpgrade;
  /** The context of one operation on a WebSocket. */
  readonly ofSocket: (upgrade: IncomingMessage, facts: ConnectionFacts) => Promise<GraphQLContext>;
  /** The context of an HTTP request, whether it is GraphQL or not: the use cases are the same. */
  readonly ofRequest: (request: FastifyRequest) => Promise<GraphQLContext>;
  /** How many bytes of body the request may have. */
  readonly bodyLimitOf: (request: FastifyRequest) => Promise<number>;
  /** What is wrong with the request before anything is read of it; null: nothing. */
  readonly refusalOf: (request: FastifyRequest) => Promise<Problem | null>;
  /** Throws FORBIDDEN for clients whom IP_ALLOWLIST leaves out. */
  readonly insidersOnly: (request: FastifyRequest) => Promise<void>;
}

export function createEntry(config: Config, tools: ServerTools, log: Log): Entry {
  const { security } = tools;
  const trusted = addressesIn(config.trustedProxies);
  const allowlist = createIpAllowlist(config, trusted, log);
  const { allowedOrigins } = config;

  async function contextOf(
    message: IncomingMessage,
    { credential, since }: ConnectionFacts,
    requestId: string,
  ): Promise<GraphQLContext> {
    const client = clientOf(message, trusted);
    const identity = await authenticate(tools, credential);
    const { ip, userAgent } = client;
    const caller = { identity, requestId, ip, userAgent };
    tools.revokedUse.notice(caller, credential);
    return makeContext(tools, caller, client, { since, isInside: allowlist.admits(client) });
  }

  async function ofRequest(request: FastifyRequest): Promise<GraphQLContext> {
    return contextOf(request.raw, { credential: credentialIn(request), since: null }, request.id);
  }

  /** Gives the problem, which the security log has then. */
  async function refused(request: FastifyRequest, problem: Problem): Promise<Problem> {
    const { caller } = await ofRequest(request);
    const operation = `${request.method} ${request.routeOptions.url ?? "unknown"}`;
    recordRefusal(security, caller, operation, problem);
    return problem;
  }

  return {
    admitUpgrade: createUpgradeDoor({ security, trusted, allowlist, allowedOrigins }),
    ofSocket: async (upgrade, facts) => contextOf(upgrade, facts, randomUUID()),
    ofRequest,
    bodyLimitOf: async (request) => bodyLimitOf(await authenticate(tools, credentialIn(request))),
    refusalOf: async (request) => {
      const problem = allowlist.undeclaredProxy(request.raw);
      return problem && refused(request, problem);
    },
    insidersOnly: async (request) => {
      const client = clientOf(request.raw, trusted);
      if (!allowlist.admits(client)) throw await refused(request, notListed(client.ip));
    },
  };
}

function credentialIn({ headers }: FastifyRequest): string | null {
  return credentialOf(headers["authorization"], headers["x-api-key"]);
}
