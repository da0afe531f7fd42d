/** Subscriptions and queries over `graphql-transport-ws`; errors of one operation never touch its neighbours on the socket. */
import { randomUUID } from "node:crypto";
import type { IncomingMessage, Server } from "node:http";
import type { GraphQLSchema } from "graphql";
import { handleProtocols, makeServer, type Server as Protocol } from "graphql-ws";
import { WebSocketServer } from "ws";
import type { Log } from "../../platform/log.js";
import { declineUpgrade, offersWebSocket } from "../http/declined-upgrade.js";
import { answerRaw } from "../http/raw-answer.js";
import type { AdmitUpgrade } from "../upgrade.js";
import { type ConnectionFacts, readConnection } from "./connection-facts.js";
import type { GraphQLContext, ServerTools } from "./context.js";
import type { Documents } from "./documents.js";
import { FanOut, type SocketOperation } from "./fan-out/fan-out.js";
import { Line } from "./fan-out/line.js";
import { formatRawError } from "./format-error.js";
import { formatResult } from "./format-result.js";
import { asGraphQLError } from "./graphql-error.js";
import { sendAway } from "../send-away.js";
import { type Connection, prepare } from "./socket-operations.js";
import { connect, type SocketExtra } from "./socket-transport.js";
import { closeSocket, SocketWatch } from "./socket-watch.js";

export interface WebSocketOptions {
  readonly server: Server;
  readonly schema: GraphQLSchema;
  readonly documents: Documents;
  readonly tools: Pick<ServerTools, "delivery" | "recognise" | "metrics">;
  readonly log: Log;
  /** Whether the connection may be opened at all. */
  readonly admit: AdmitUpgrade;
  /** Makes the context of one operation. */
  readonly contextOf: (upgrade: IncomingMessage, connection: ConnectionFacts) => Promise<GraphQLContext>;
  /** How long a reader may be behind before its socket is closed. */
  readonly slowAfterMs?: number | undefined;
}

export interface WebSocketDoor {
  readonly connections: () => number;
  /** Of all sockets, whatever they subscribe to. */
  readonly subscriptions: () => number;
  /** Opens no more, and closes every socket with 1012, a slice at a time; clients answer that by coming back. */
  readonly close: () => Promise<void>;
}

const initWithinMs = 3_000;
const maxFrameBytes = 64 * 1024;
const restarting = 1012;
const closeWithinMs = 3_000;
const slowAfterMs = 30_000;

const nothingThere = {
  status: 404,
  code: "NOT_FOUND",
  message: "There is nothing to connect to here; the WebSocket is at /graphql.",
};

const closing = { status: 503, code: "UNAVAILABLE", message: "This instance is closing: connect again." };

/** Opens the WebSocket door of `/graphql` on the HTTP server. */
export function serveWebSocket(options: WebSocketOptions): WebSocketDoor {
  const sockets = new WebSocketServer({
    noServer: true,
    perMessageDeflate: false,
    maxPayload: maxFrameBytes,
    handleProtocols,
  });
  const watch = new SocketWatch(options.tools, options.slowAfterMs ?? slowAfterMs);
  const connected = new Set<Connection>();
  const protocol = speak(options, watch, connected);
  let isClosing = false;
  options.server.on("upgrade", (request, socket, head) => {
    if (!offersWebSocket(request)) return declineUpgrade(options.server, request, socket, head);
    const isOurs = request.url?.split("?")[0] === "/graphql";
    const refusal = !isOurs ? nothingThere : isClosing ? closing : options.admit(request);
    if (refusal !== null) return answerRaw(socket, refusal);
    return sockets.handleUpgrade(request, socket, head, (open) => {
      const line = new Line(open, request.socket);
      watch.add(line);
      connect(protocol, { socket: open, request, line }, options.log);
    });
  });
  return {
    connections: () => sockets.clients.size,
    subscriptions: () => countSubscriptions(connected),
    close: async () => {
      isClosing = true;
      await closeAll(sockets);
      watch.close();
    },
  };
}

/** What the protocol's messages lead to. */
function speak(
  { schema, documents, log, contextOf, tools }: WebSocketOptions,
  watch: SocketWatch,
  connected: Set<Connection>,
): Protocol<SocketExtra> {
  const fanOut = new FanOut(log, tools.metrics);
  return makeServer<Record<string, unknown>, SocketExtra>({
    schema,
    connectionInitWaitTimeout: initWithinMs,
    onConnect: async (connection) => {
      const {
        extra: { socket, request },
        connectionParams,
      } = connection;
      connected.add(connection);
      const { caller } = await contextOf(request, readConnection(connectionParams));
      watch.hold(socket, caller);
      return socket.readyState === socket.OPEN;
    },
    onClose: (connection) => void connected.delete(connection),
    onSubscribe: async (connection, id, payload) =>
      prepare({ schema, documents }, connection, { id, payload }, async () =>
        contextOf(connection.extra.request, readConnection(connection.connectionParams)),
      ),
    subscribe: async (operation) => fanOut.subscribe(operation as SocketOperation), // as `prepare` made it
    onNext: (_connection, _id, _payload, args, result) => formatResult(log, args, result),
    onError: (_connection, _id, _payload, errors) => {
      const requestId = randomUUID();
      return errors.map((error) => formatRawError(log, asGraphQLError(error), requestId));
    },
  });
}

/** The protocol keeps the iterator of each subscription, and none of a query. */
function countSubscriptions(connected: Iterable<Connection>): number {
  let total = 0;
  for (const { subscriptions } of connected) {
    for (const one of Object.values(subscriptions)) if (one !== null) total += 1;
  }
  return total;
}

/** Whoever does not answer in time is cut off. */
async function closeAll(sockets: WebSocketServer): Promise<void> {
  await sendAway(sockets.clients, (socket, retryInMs) =>
    closeSocket(socket, restarting, `The server is restarting: retry in ${retryInMs} ms.`),
  );
  const timer = setTimeout(() => {
    for (const socket of sockets.clients) socket.terminate();
  }, closeWithinMs);
  await new Promise<void>((resolve) => {
    sockets.close(() => resolve());
  });
  clearTimeout(timer);
}
