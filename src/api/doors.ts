/** Puts the doors together and opens them: GraphQL over HTTP and WebSocket, OFREP and the probes behind one address. */
import { Server as TlsServer } from "node:https";
import type { AddressInfo } from "node:net";
import type { FastifyInstance } from "fastify";
import type { Config } from "../platform/config.js";
import type { Log } from "../platform/log.js";
import { StartProblem } from "../platform/start-problem.js";
import { createEntry } from "./entry.js";
import { startApollo } from "./graphql/apollo.js";
import type { ServerTools } from "./graphql/context.js";
import { openDocuments } from "./graphql/documents.js";
import { serveGraphQL } from "./graphql/http.js";
import { buildGraphQLSchema } from "./graphql/schema.js";
import { serveWebSocket } from "./graphql/websocket.js";
import { watchRequests } from "./http/requests-in-flight.js";
import { openHttpServer } from "./http/server.js";
import { serveOfrep } from "./rest/ofrep.js";
import { openEvents } from "./rest/ofrep-events.js";
import { serveProbes } from "./rest/probes.js";
import { readTls } from "./http/tls.js";

export interface Doors {
  /** Such as `http://127.0.0.1:4000`. */
  readonly address: string;
  /** Takes a renewed certificate from the files, for connections to come; nothing without TLS. Throws StartProblem and keeps the old one where they do not work. */
  readonly renewCertificate: () => void;
}

/** What `close` does in the end, last first. */
export type Closers = (() => Promise<void>)[];

/** What tests may make shorter. */
export interface Patience {
  /** How long a reader of a WebSocket may be behind. */
  readonly slowAfterMs?: number;
}

const finishWithinMs = 8_000; // after the sockets' 11 at most, and before the 5 of the database's connections

/** Resolves once they are open. Throws StartProblem for what the operator must mend. */
export async function openDoors(
  config: Config,
  tools: ServerTools,
  log: Log,
  closers: Closers,
  { slowAfterMs }: Patience = {},
): Promise<Doors> {
  const tls = config.tls === undefined ? null : readTls(config.tls);
  const { metrics } = tools;
  const entry = createEntry(config, tools, log);
  const http = await openHttpServer({ log, metrics, allowedOrigins: config.allowedOrigins, tls, ...entry });
  const requests = watchRequests(http.server);
  const schema = await buildGraphQLSchema();
  const documents = await openDocuments(schema, config);
  const apollo = await startApollo({ schema, log, documents, sandbox: config.sandbox });
  const socketDoor = serveWebSocket({
    server: http.server,
    ...{ schema, documents, tools, log },
    admit: entry.admitUpgrade,
    contextOf: entry.ofSocket,
    slowAfterMs,
  });
  tools.delivery.countSubscribersBy(socketDoor.subscriptions);
  serveGraphQL(http, apollo, entry, tools.delivery.isLoaded);
  const events = openEvents(tools);
  serveOfrep(http, entry.ofRequest, log, events);
  const health = () => ({ ...tools.delivery.status(), connections: socketDoor.connections() });
  serveProbes(http, health, metrics, entry.insidersOnly);
  closers.push(
    apollo.stop.bind(apollo),
    async () => http.close(),
    async () => requests.finished(finishWithinMs), // new ones too, until then
    async () => void (await Promise.all([events.streams.close(), socketDoor.close()])),
    async () => tools.delivery.drain(),
  );
  return { address: await bind(http, config), renewCertificate: () => renewCertificate(http, config) };
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
