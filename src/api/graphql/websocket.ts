/** Subscriptions and queries over `graphql-transport-ws`; errors of one operation never touch its neighbours on the socket. */
import { randomUUID } from "node:crypto";
import type { IncomingMessage, Server } from "node:http";
import {
  type DocumentNode,
  type ExecutionArgs,
  type ExecutionResult,
  type FormattedExecutionResult,
  getOperationAST,
  getVariableValues,
  GraphQLError,
  type GraphQLSchema,
  type OperationDefinitionNode,
  parse,
  specifiedRules,
  validate,
} from "graphql";
import { type Context, handleProtocols, type SubscribePayload } from "graphql-ws";
import { type Extra, useServer } from "graphql-ws/use/ws";
import { WebSocketServer } from "ws";
import type { Log } from "../../platform/log.js";
import { credentialOf } from "../client.js";
import type { GraphQLContext } from "./context.js";
import { formatRawError, withRequestId } from "./format-error.js";
import { boundedLiterals, tooDeepVariables } from "./nesting.js";

export interface WebSocketOptions {
  readonly server: Server;
  readonly schema: GraphQLSchema;
  readonly log: Log;
  /** Makes the context of one operation. */
  readonly contextOf: (upgrade: IncomingMessage, connection: ConnectionFacts) => Promise<GraphQLContext>;
}

/** What a client said when it opened the connection. */
export interface ConnectionFacts {
  readonly credential: string | null;
  /** Default of `since` for subscriptions that name none. */
  readonly since: string | null;
}

export interface WebSocketDoor {
  readonly connections: () => number;
  /** Closes every socket with 1012, which clients answer by coming back. */
  readonly close: () => Promise<void>;
}

type Connection = Context<Record<string, unknown>, Extra>;

const initWithinMs = 3_000;
const maxFrameBytes = 64 * 1024;
const pingEveryMs = 12_000;
const restarting = 1012;
const rules = [...specifiedRules, boundedLiterals];

/** Opens the WebSocket door of `/graphql` on the HTTP server. */
export function serveWebSocket(options: WebSocketOptions): WebSocketDoor {
  const sockets = new WebSocketServer({
    noServer: true,
    perMessageDeflate: false,
    maxPayload: maxFrameBytes,
    handleProtocols,
  });
  options.server.on("upgrade", (request, socket, head) => {
    if (request.url?.split("?")[0] === "/graphql") {
      sockets.handleUpgrade(request, socket, head, (open) => sockets.emit("connection", open, request));
      return;
    }
    socket.on("error", () => socket.destroy()); // unheard, it would end the process
    socket.end("HTTP/1.1 404 Not Found\r\nConnection: close\r\n\r\n", () => socket.destroy());
  });
  const transport = useServer<Record<string, unknown>>(
    {
      schema: options.schema,
      connectionInitWaitTimeout: initWithinMs,
      onSubscribe: async (connection, _id, payload) => prepare(options, connection, payload),
      onNext: (_connection, _id, _payload, args, result) => finish(options.log, args, result),
      onError: (_connection, _id, _payload, errors) => {
        const requestId = randomUUID();
        return errors.map((error) =>
          withRequestId(formatRawError(options.log, asGraphQLError(error)), requestId),
        );
      },
    },
    sockets,
    pingEveryMs,
  );
  return {
    connections: () => sockets.clients.size,
    close: async () => {
      for (const socket of sockets.clients) socket.close(restarting, "The server is restarting.");
      await transport.dispose();
    },
  };
}

async function prepare(
  options: WebSocketOptions,
  connection: Connection,
  payload: SubscribePayload,
): Promise<ExecutionArgs | readonly GraphQLError[]> {
  const document = parseOperation(payload.query);
  if (document instanceof GraphQLError) return [document];
  const operation = getOperationAST(document, payload.operationName);
  if (operation === null || operation === undefined) {
    return [refuse("BAD_REQUEST", "Name one operation of the document by operationName.")];
  }
  if (operation.operation === "mutation") {
    return [
      refuse("BAD_REQUEST", "Send mutations over HTTP; the WebSocket carries subscriptions and queries."),
    ];
  }
  const mistakes = validate(options.schema, document, rules);
  if (mistakes.length > 0) return mistakes.map(asValidationError);
  const variables = payload.variables ?? {};
  const unfit = variableMistakes(options.schema, operation, variables);
  if (unfit.length > 0) return unfit.map(({ message }) => refuse("BAD_USER_INPUT", message));
  const facts = readConnection(connection.connectionParams ?? {});
  return {
    schema: options.schema,
    document,
    operationName: payload.operationName ?? null,
    variableValues: variables,
    contextValue: await options.contextOf(connection.extra.request, facts),
  };
}

/** Execution would find the same, but could not tell these mistakes of the client from its own. */
function variableMistakes(
  schema: GraphQLSchema,
  { variableDefinitions = [] }: OperationDefinitionNode,
  variables: Readonly<Record<string, unknown>>,
): readonly GraphQLError[] {
  const tooDeep = tooDeepVariables(variables);
  return tooDeep.length > 0
    ? tooDeep
    : (getVariableValues(schema, variableDefinitions, variables).errors ?? []);
}

function parseOperation(text: string): DocumentNode | GraphQLError {
  try {
    return parse(text);
  } catch (error) {
    if (!(error instanceof GraphQLError)) throw error;
    return new GraphQLError(error.message, {
      ...(error.source && { source: error.source }),
      ...(error.positions && { positions: error.positions }),
      extensions: { code: "GRAPHQL_PARSE_FAILED" },
    });
  }
}

function asValidationError(error: GraphQLError): GraphQLError {
  return new GraphQLError(error.message, {
    ...(error.nodes && { nodes: error.nodes }),
    extensions: { code: "GRAPHQL_VALIDATION_FAILED" },
  });
}

function refuse(code: string, message: string): GraphQLError {
  return new GraphQLError(message, { extensions: { code } });
}

function asGraphQLError(error: unknown): GraphQLError {
  return error instanceof GraphQLError
    ? error
    : new GraphQLError(String(error), { originalError: error as Error });
}

/** An execution's result as graphql-ws hands it over. */
interface Executed {
  readonly data?: ExecutionResult["data"] | undefined;
  readonly errors?: readonly GraphQLError[] | undefined;
}

/** Formats the errors of a result, and gives the next event fresh loaders: what they read belongs to this one. */
function finish(log: Log, args: ExecutionArgs, result: Executed): FormattedExecutionResult {
  const context = args.contextValue as GraphQLContext;
  context.loaders.reset();
  const data = result.data === undefined ? {} : { data: result.data };
  if (result.errors === undefined) return data;
  const errors = result.errors.map((error) =>
    withRequestId(formatRawError(log, error), context.caller.requestId),
  );
  return { errors, ...data };
}

/** Names are compared without case, at the top or under `headers`: Sandbox sends its Headers pane as it is. */
function readConnection(params: Readonly<Record<string, unknown>>): ConnectionFacts {
  const nested = params["headers"];
  const given = new Map<string, unknown>();
  for (const source of [typeof nested === "object" && nested !== null ? nested : {}, params]) {
    for (const [name, value] of Object.entries(source)) given.set(name.toLowerCase(), value);
  }
  const since = given.get("since");
  return {
    credential: credentialOf(given.get("authorization"), given.get("x-api-key")),
    since: typeof since === "string" ? since : null,
  };
}
