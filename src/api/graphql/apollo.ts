/** Apollo Server as Halyard runs it: one schema, problems as errors, Sandbox without telemetry. */
import { ApolloServer, type ApolloServerPlugin } from "@apollo/server";
import { ApolloServerPluginLandingPageDisabled } from "@apollo/server/plugin/disabled";
import { ApolloServerPluginLandingPageLocalDefault } from "@apollo/server/plugin/landingPage/default";
import type { GraphQLSchema } from "graphql";
import type { Log } from "../../platform/log.js";
import type { GraphQLContext } from "./context.js";
import type { Documents } from "./documents.js";
import { formatError, withRequestId } from "./format-error.js";
import { firstOperation } from "./first-operation.js";
import { admission } from "./http-operations.js";
import { retryAfter } from "./retry-after.js";
import type { TrustedOperations } from "./trusted-operations.js";

export interface ApolloOptions {
  readonly schema: GraphQLSchema;
  readonly log: Log;
  /** Whether `GET /graphql` serves Apollo Sandbox. */
  readonly sandbox: boolean;
  /** Decides about every document, in Apollo's place. */
  readonly documents: Documents;
}

/** A started server. */
export async function startApollo(options: ApolloOptions): Promise<ApolloServer<GraphQLContext>> {
  const { documents } = options;
  const requests: Requests = new WeakMap();
  const apollo = new ApolloServer<GraphQLContext>({
    schema: options.schema,
    documentStore: null,
    introspection: true,
    persistedQueries: documents.trusted === null ? false : { cache: manifestOf(documents.trusted) },
    includeStacktraceInErrorResponses: false,
    formatError: (formatted, error) =>
      formatError(options.log, formatted, error, isObject(error) ? requests.get(error) : undefined),
    plugins: [
      identifyErrors(requests),
      retryAfter,
      admission(documents, options.log),
      options.sandbox ? sandboxPlugin() : ApolloServerPluginLandingPageDisabled(),
    ],
    logger: options.log,
    stopOnTerminationSignals: false,
  });
  await apollo.start();
  return apollo;
}

function sandboxPlugin(): ApolloServerPlugin {
  return ApolloServerPluginLandingPageLocalDefault({
    embed: { runTelemetry: false, endpointIsEditable: false },
    includeCookies: false,
    document: firstOperation,
    headers: { authorization: "Bearer <access token or API key>" },
    footer: false,
  });
}

/** Errors of operations, and the ids of the requests that they came with: Apollo has errors formatted without saying whose they are. */
type Requests = WeakMap<object, string>;

/** Puts the request's id into every error, so that a user's report finds the log. */
function identifyErrors(requests: Requests): ApolloServerPlugin<GraphQLContext> {
  return {
    requestDidStart: async () => ({
      didEncounterErrors: async ({ errors, contextValue: { caller } }) => {
        for (const error of errors) requests.set(error, caller.requestId);
      },
      willSendResponse: async ({ response, contextValue: { caller } }) => {
        if (response.body.kind !== "single") return;
        const result = response.body.singleResult;
        if (result.errors === undefined) return;
        result.errors = result.errors.map((error) => withRequestId(error, caller.requestId));
      },
    }),
  };
}

function isObject(value: unknown): value is object {
  return typeof value === "object" && value !== null;
}

/** Where Apollo looks up operations that a client names by `extensions.persistedQuery`. Clients put nothing in: strangers could fill it. */
function manifestOf({ named }: TrustedOperations) {
  return {
    get: async (key: string) => named(key.slice(key.indexOf(":") + 1)), // `apq:<id>`
    set: async () => undefined,
    delete: async () => undefined,
  };
}
