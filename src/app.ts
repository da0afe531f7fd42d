/** The composition root: a config becomes an app that listens and closes. */
import type { AddressInfo } from "node:net";
import type { FastifyInstance } from "fastify";
import { startApollo } from "./api/graphql/apollo.js";
import { makeContext, type GraphQLContext, type ServerTools } from "./api/graphql/context.js";
import { serveGraphQL } from "./api/graphql/http.js";
import { buildGraphQLSchema } from "./api/graphql/schema.js";
import { serveWebSocket } from "./api/graphql/websocket.js";
import { clientOf, credentialOf, trustProxies } from "./api/client.js";
import { openHttpServer } from "./api/http-server.js";
import { serveOfrep } from "./api/rest/ofrep.js";
import { serveProbes } from "./api/rest/probes.js";
import { authenticate, createAccounts, recognise } from "./features/accounts/index.js";
import { createDelivery } from "./features/delivery/index.js";
import { createDefaultEnvironments } from "./features/environments/index.js";
import { environmentsUsingSegment, flagUsersOfSegment, furnishEnvironment } from "./features/flags/index.js";
import { createSecurityLog } from "./features/security/index.js";
import { emptyProject } from "./features/segments/index.js";
import { openBus } from "./platform/bus/index.js";
import type { Config } from "./platform/config.js";
import { openDatabase, type OpenDatabase } from "./platform/database/index.js";
import { type Log, openLog } from "./platform/log.js";
import { openMetrics } from "./platform/metrics.js";
import { loadSecretKeys } from "./platform/secret-key.js";
import { StartProblem } from "./platform/start-problem.js";
import { readVersion } from "./platform/version.js";
import { randomUUID } from "node:crypto";
import type { IncomingMessage } from "node:http";

export interface App {
  readonly tools: ServerTools;
  readonly log: Log;
  /** Opens the doors; resolves with the address, such as `http://127.0.0.1:4000`. */
  readonly listen: () => Promise<string>;
  /** Lets work under way finish, then closes everything. Safe to call twice. */
  readonly close: () => Promise<void>;
}

/** What tests and tools may replace. */
export interface Overrides {
  readonly log?: Log;
  /** Epoch milliseconds. */
  readonly now?: () => number;
  /** In the place of the one that the config names; closed with the app. */
  readonly database?: OpenDatabase | Promise<OpenDatabase>;
}

/** Opens the database (brought up to date), the bus and the snapshots. Throws StartProblem for what the operator must mend. */
export async function createApp(config: Config, overrides: Overrides = {}): Promise<App> {
  const { log = openLog(config), now = Date.now } = overrides;
  const openOwn = async (): Promise<OpenDatabase> => overrides.database ?? openDatabase(config, log);
  const closers: (() => Promise<void>)[] = [];
  const close = async (): Promise<void> => {
    for (const closer of closers.splice(0).reverse()) await closer();
  };
  try {
    const tools = await openTools({ config, log, now, openOwn }, closers);
    return { tools, log, close, listen: async () => listen(config, tools, log, closers) };
  } catch (error) {
    await close();
    throw error;
  }
}

type Closers = (() => Promise<void>)[];

interface Foundation {
  readonly config: Config;
  readonly log: Log;
  readonly now: () => number;
  readonly openOwn: () => Promise<OpenDatabase>;
}

async function openTools(foundation: Foundation, closers: Closers): Promise<ServerTools> {
  const { config, log, now } = foundation;
  const open = await foundation.openOwn();
  closers.push(open.close);
  await open.migrate();
  const secretKeys = await loadSecretKeys(config);
  const bus = await openBus(config, log, now);
  closers.push(bus.close);
  const { database } = open;
  const security = createSecurityLog({ database, log, now });
  closers.push(security.close);
  const accounts = createAccounts({
    ...{ database, now, log, secretKeys, security },
    allowSignup: config.allowSignup,
    committed: async (position) => delivery.committed(position),
    isCutOff: () => delivery.isCutOff(),
  });
  closers.push(async () => accounts.lastUse.close());
  const delivery = createDelivery({
    ...{ database: open, bus, log, now },
    version: readVersion(),
    followers: [accounts.settings, accounts.directory],
  });
  closers.push(delivery.close);
  await delivery.start();
  return {
    ...accounts,
    delivery,
    recognise: (caller) => recognise(accounts, caller),
    revision: delivery.revision,
    furnishProject: createDefaultEnvironments,
    emptyProject,
    furnishEnvironment,
    flagUsers: flagUsersOfSegment,
    environmentsUsing: environmentsUsingSegment,
  };
}

async function listen(config: Config, tools: ServerTools, log: Log, closers: Closers): Promise<string> {
  const metrics = openMetrics();
  const trusted = trustProxies(config.trustedProxies);
  const http = await openHttpServer({ log, metrics, allowedOrigins: config.allowedOrigins });
  const schema = await buildGraphQLSchema();
  const apollo = await startApollo({ schema, log, sandbox: config.sandbox, introspection: true });
  const contextOf = async (
    message: IncomingMessage,
    credential: string | null,
    requestId: string,
    since: string | null = null,
  ): Promise<GraphQLContext> => {
    const client = clientOf(message, trusted);
    const identity = await authenticate(tools, credential);
    const { ip, userAgent } = client;
    return makeContext(tools, { identity, requestId, ip, userAgent }, client, since);
  };
  const ofRequest = async ({ raw, headers, id }: { raw: IncomingMessage; headers: Headers; id: string }) =>
    contextOf(raw, credentialOf(headers["authorization"], headers["x-api-key"]), id);
  const socketDoor = serveWebSocket({
    server: http.server,
    schema,
    log,
    contextOf: async (upgrade, { credential, since }) => contextOf(upgrade, credential, randomUUID(), since),
  });
  serveGraphQL(http, apollo, ofRequest);
  serveOfrep(http, ofRequest, log);
  serveProbes(http, () => ({ ...tools.delivery.status(), connections: socketDoor.connections() }), metrics);
  closers.push(apollo.stop.bind(apollo), async () => http.close(), socketDoor.close);
  return bind(http, config);
}

type Headers = IncomingMessage["headers"];

async function bind(http: FastifyInstance, { host, port }: Config): Promise<string> {
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
  return `http://${host.includes(":") ? `[${host}]` : host}:${bound}`;
}
