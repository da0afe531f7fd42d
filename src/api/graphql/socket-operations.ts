/** One operation on a WebSocket, from the client's message to what is executed. */
import { setTimeout } from "node:timers/promises";
import { type ExecutionArgs, GraphQLError } from "graphql";
import type { Context, SubscribePayload } from "graphql-ws";
import { isUndecided } from "../../features/permissions/index.js";
import { Problem, unauthenticated } from "../../platform/problems.js";
import type { GraphQLContext } from "./context.js";
import type { Documents } from "./documents.js";
import type { SocketOperation } from "./fan-out/fan-out.js";
import { asGraphQLError, codedError } from "./graphql-error.js";
import type { SocketExtra } from "./socket-transport.js";

export type Connection = Context<Record<string, unknown>, SocketExtra>;

const mostOperations = 20;
const lookAgainMs = 1_000;

/** Made once: some ask for thousands in one go, and errors are not cheap to make. */
const tooManyOperations = asGraphQLError(
  new Problem(
    "LIMIT_EXCEEDED",
    `A socket carries ${mostOperations} operations at a time; end one, or open another socket.`,
  ),
);

/** Of what its client has ended meanwhile; nobody is told. */
const tooLate = asGraphQLError(unauthenticated("UNVERIFIED"));

/** Gives errors for this operation alone: thrown, they would close the socket. */
export async function prepare(
  { documents, schema }: { readonly documents: Documents } & Pick<ExecutionArgs, "schema">,
  connection: Connection,
  { id, payload }: { readonly id: string; readonly payload: SubscribePayload },
  contextOf: () => Promise<GraphQLContext>,
): Promise<SocketOperation | readonly GraphQLError[]> {
  if (Object.keys(connection.subscriptions).length > mostOperations) return [tooManyOperations];
  const query = textOf(payload, documents);
  if (query instanceof GraphQLError) return [query];
  const { operationName, variables } = payload;
  const request = { query, operationName, variables };
  const context = await contextOf();
  if (isUndecided(context.caller) && documents.isSubscription(request)) {
    return (await untilDecided(context, connection, id))
      ? prepare({ documents, schema }, connection, { id, payload }, contextOf)
      : [tooLate];
  }
  const decided = documents.admit(request, context);
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
    origin: { line: connection.extra.line, id, text: query },
  };
}

/**
 * Whoever cannot be checked at present waits for that, as those do whose subscriptions are open already: an error would end the subscription for
 * good. False once nobody waits any more.
 */
async function untilDecided({ tools }: GraphQLContext, connection: Connection, id: string): Promise<boolean> {
  while (id in connection.subscriptions) {
    if (!tools.delivery.isCutOff()) return true;
    await setTimeout(lookAgainMs, undefined, { ref: false });
  }
  return false;
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
