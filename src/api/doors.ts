/** Puts the doors together and opens them: GraphQL over HTTP and WebSocket, OFREP and the probes behind one address. */
import { randomUUID } from "node:crypto";
import type { IncomingMessage } from "node:http";
import { Server as TlsServer } from "node:https";
import type { AddressInfo } from "node:net";
import type { FastifyInstance, FastifyRequest } from "fastify";
import { authenticate } from "../features/accounts/index.js";
import type { Identity } from "../features/permissions/index.js";
import type { Config } from "../platform/config.js";
import type { Log } from "../platform/log.js";
import type { Problem } from "../platform/problems.js";
import { StartProblem } from "../platform/start-problem.js";
import { bodyLimitOf } from "./body.js";
import { clientOf, credentialOf, trustProxies } from "./client.js";
import { startApollo } from "./graphql/apollo.js";
import { type GraphQLContext, makeContext, type ServerTools } from "./graphql/context.js";
import { openDocuments } from "./graphql/documents.js";
import { serveGraphQL } from "./graphql/http.js";
import { buildGraphQLSchema } from "./graphql/schema.js";
import { serveWebSocket } from "./graphql/websocket.js";
import { openHttpServer } from "./http-server.js";
import { createIpAllowlist, notListed } from "./ip-allowlist.js";
import { recordRefusal } from "./refusals.js";
import { serveOfrep } from "./rest/ofrep.js";
import { serveProbes } from "./rest/probes.js";
import { readTls } from "./tls.js";
import { createUpgradeDoor } from "./upgrade.js";

export interface Doors {
  /** Such as `http://127.0.0.1:4000`. */
  readonly address: string;
  /** Takes a renewed certificate from the files, for connections to come; nothing without TLS. Throws StartProblem and keeps the old one where they do not work. */
  readonly renewCertificate: () => void;
}

/** What `close` does in the end, last first. */
export type Closers = (() => Promise<void>)[];

/** Resolves once they are open. Throws StartProblem for what the operator must mend. */
export async function openDoors(
  config: Config,
  tools: ServerTools,
  log: Log,
  closers: Closers,
): Promise<Doors> {
  const tls = config.tls === undefined ? null : readTls(config.tls);
  const { metrics } = tools;
  const entry = createEntry(config, tools, log);
  const http = await openHttpServer({ log, metrics, allowedOrigins: config.allowedOrigins, tls, ...entry });
  const schema = await buildGraphQLSchema();
  const documents = await openDocuments(schema, config);
  const apollo = await startApollo({ schema, log, documents, sandbox: config.sandbox });
  const socketDoor = serveWebSocket({
    server: http.server,
    ...{ schema, documents, tools, log },
    admit: entry.admitUpgrade,
    contextOf: async (upgrade, { credential, since }) =>
      entry.contextOf(upgrade, credential, randomUUID(), since),
  });
  serveGraphQL(http, apollo, entry.ofRequest, entry.insidersOnly);
  serveOfrep(http, entry.ofRequest, log);
  const health = () => ({ ...tools.delivery.status(), connections: socketDoor.connections() });
  serveProbes(http, health, metrics, entry.insidersOnly);
  closers.push(apollo.stop.bind(apollo), async () => http.close(), socketDoor.close);
  return { address: await bind(http, config), renewCertificate: () => renewCertificate(http, config) };
}

/** Who comes in, by which door, with what rights. */
function createEntry(config: Config, tools: ServerTools, log: Log) {
  const trusted = trustProxies(config.trustedProxies);
  const allowlist = createIpAllowlist(config, trusted, log);
  const { allowedOrigins } = config;
  const admitUpgrade = createUpgradeDoor({ security: tools.security, trusted, allowlist, allowedOrigins });
  const identityOf = async ({ headers }: FastifyRequest): Promise<Identity> =>
    authenticate(tools, credentialOf(headers["authorization"], headers["x-api-key"]));

  async function contextOf(
    message: IncomingMessage,
    credential: string | null,
    requestId: string,
    since: string | null = null,
  ): Promise<GraphQLContext> {
    const client = clientOf(message, trusted);
    const identity = await authenticate(tools, credential);
    const { ip, userAgent } = client;
    const caller = { identity, requestId, ip, userAgent };
    tools.revokedUse.notice(caller, credential);
    const isInside = allowlist.admits(client);
    return makeContext(tools, caller, client, { since, isInside });
  }

  async function ofRequest({ raw, headers, id }: FastifyRequest): Promise<GraphQLContext> {
    return contextOf(raw, credentialOf(headers["authorization"], headers["x-api-key"]), id);
  }

  async function refused(request: FastifyRequest, problem: Problem): Promise<Problem> {
    const { caller } = await ofRequest(request);
    const operation = `${request.method} ${request.routeOptions.url ?? "unknown"}`;
    recordRefusal(tools.security, caller, operation, problem);
    return problem;
  }

  return {
    admitUpgrade,
    contextOf,
    ofRequest,
    bodyLimitOf: async (request: FastifyRequest) => bodyLimitOf(await identityOf(request)),
    refusalOf: async (request: FastifyRequest) => {
      const problem = allowlist.undeclaredProxy(request.raw);
      return problem && refused(request, problem);
    },
    insidersOnly: async (request: FastifyRequest): Promise<void> => {
      const client = clientOf(request.raw, trusted);
      if (!allowlist.admits(client)) throw await refused(request, notListed(client.ip));
    },
  };
}

function renewCertificate({ server }: FastifyInstance, { tls }: Config): void {
  if (tls !== undefined && server instanceof TlsServer) server.setSecureContext(readTls(tls));
}

async function bind(http: FastifyInstance, { host, port, tls }: Config): Promise<string> {
  try {
    await http.listen({ host, port });
  } catch (error) {
    const code = error instanceof Error && "code" in error ? error.code : undefined;
    if (code === "EADDRINUSE")
      throw new StartProblem(`Port ${port} on ${host} is in use; choose another with PORT.`, {
        cause: error,
      });
    const reason = error instanceof Error ? error.message : String(error);
    throw new StartProblem(`Cannot listen on ${host}:${port}: ${reason}`, { cause: error });
  }
  const { port: bound } = http.server.address() as AddressInfo;
  return `${tls === undefined ? "http" : "https"}://${host.includes(":") ? `[${host}]` : host}:${bound}`;
}
