/** One operation on a WebSocket, from the client's message to the form of its answers. */
import {
  type ExecutionArgs,
  type ExecutionResult,
  type FormattedExecutionResult,
  GraphQLError,
} from "graphql";
import type { Context, SubscribePayload } from "graphql-ws";
import type { Log } from "../../platform/log.js";
import { Problem } from "../../platform/problems.js";
import type { GraphQLContext } from "./context.js";
import type { Documents } from "./documents.js";
import { formatRawError, withRequestId } from "./format-error.js";
import { asGraphQLError, codedError } from "./graphql-error.js";
import type { SocketExtra } from "./socket-transport.js";

export type Connection = Context<Record<string, unknown>, SocketExtra>;

const mostOperations = 20;

/** Made once: some ask for thousands in one go, and errors are not cheap to make. */
const tooManyOperations = asGraphQLError(
  new Problem(
    "LIMIT_EXCEEDED",
    `A socket carries ${mostOperations} operations at a time; end one, or open another socket.`,
  ),
);

/** Gives errors for this operation alone: thrown, they would close the socket. */
export async function prepare(
  { documents, schema }: { readonly documents: Documents } & Pick<ExecutionArgs, "schema">,
  connection: Connection,
  payload: SubscribePayload,
  contextOf: () => Promise<GraphQLContext>,
): Promise<ExecutionArgs | readonly GraphQLError[]> {
  if (Object.keys(connection.subscriptions).length > mostOperations) return [tooManyOperations];
  const query = textOf(payload, documents);
  if (query instanceof GraphQLError) return [query];
  const context = await contextOf();
  const { operationName, variables } = payload;
  const decided = documents.admit({ query, operationName, variables }, context);
  if ("errors" in decided) return decided.errors;
  if (decided.operation.operation === "mutation") {
    const message = "Send mutations over HTTP; the WebSocket carries subscriptions and queries.";
    return [codedError("BAD_REQUEST", message)];
  }
  return {
    schema,
    document: decided.document,
    operationName: operationName ?? null,
    variableValues: variables ?? {},
    contextValue: withTodaysRights(context),
  };
}

/** An operation may be named in the place of its text, as Apollo's clients do over HTTP; the protocol demands a text, so it is empty. */
function textOf({ query, extensions }: SubscribePayload, { trusted }: Documents): string | GraphQLError {
  const named = extensions?.["persistedQuery"];
  if (query !== "" || typeof named !== "object" || named === null) return query;
  if (trusted === null) return codedError("PERSISTED_QUERY_NOT_SUPPORTED", "PersistedQueryNotSupported");
  const id = "sha256Hash" in named ? named.sha256Hash : undefined;
  const text = typeof id === "string" ? trusted.named(id) : undefined;
  return text ?? codedError("PERSISTED_QUERY_NOT_FOUND", "PersistedQueryNotFound");
}

/** A subscription may outlive the rights it began with. */
function withTodaysRights(context: GraphQLContext): GraphQLContext {
  const { caller, tools } = context;
  return {
    ...context,
    get caller() {
      return tools.recognise(caller);
    },
  };
}

/** An execution's result as graphql-ws hands it over. */
interface Executed {
  readonly data?: ExecutionResult["data"] | undefined;
  readonly errors?: readonly GraphQLError[] | undefined;
}

/** Formats the errors of a result, and gives the next event fresh loaders: what they read belongs to this one. */
export function finish(log: Log, args: ExecutionArgs, result: Executed): FormattedExecutionResult {
  const context = args.contextValue as GraphQLContext;
  context.loaders.reset();
  const data = result.data === undefined ? {} : { data: result.data };
  if (result.errors === undefined) return data;
  const errors = result.errors.map((error) =>
    withRequestId(formatRawError(log, error), context.caller.requestId),
  );
  return { errors, ...data };
}
