/** Apollo Server as Halyard runs it: one schema, problems as errors, Sandbox without telemetry. */
import { ApolloServer, type ApolloServerPlugin } from "@apollo/server";
import { ApolloServerPluginLandingPageDisabled } from "@apollo/server/plugin/disabled";
import { ApolloServerPluginLandingPageLocalDefault } from "@apollo/server/plugin/landingPage/default";
import { GraphQLError, type GraphQLSchema } from "graphql";
import type { Log } from "../../platform/log.js";
import type { GraphQLContext } from "./context.js";
import { formatError, withRequestId } from "./format-error.js";
import { firstOperation } from "./first-operation.js";
import { boundedLiterals, tooDeepVariables } from "./nesting.js";

export interface ApolloOptions {
  readonly schema: GraphQLSchema;
  readonly log: Log;
  /** Whether `GET /graphql` serves Apollo Sandbox. */
  readonly sandbox: boolean;
  /** Whether the schema may be asked for. */
  readonly introspection: boolean;
}

/** A started server. */
export async function startApollo(options: ApolloOptions): Promise<ApolloServer<GraphQLContext>> {
  const apollo = new ApolloServer<GraphQLContext>({
    schema: options.schema,
    introspection: options.introspection,
    validationRules: [boundedLiterals],
    includeStacktraceInErrorResponses: false,
    formatError: (formatted, error) => formatError(options.log, formatted, error),
    plugins: [
      identifyErrors,
      refuseUnfit,
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

/** Puts the request's id into every error, so that a user's report finds the log. */
const identifyErrors: ApolloServerPlugin<GraphQLContext> = {
  requestDidStart: async () => ({
    willSendResponse: async ({ response, contextValue }) => {
      if (response.body.kind !== "single") return;
      const result = response.body.singleResult;
      if (result.errors === undefined) return;
      const { requestId } = contextValue.caller;
      result.errors = result.errors.map((error) => withRequestId(error, requestId));
    },
  }),
};

/** Refuses what would fail deeper down: subscriptions, which HTTP cannot carry, and variables without bottom. */
const refuseUnfit: ApolloServerPlugin<GraphQLContext> = {
  requestDidStart: async () => ({
    didResolveOperation: async ({ operation, request }) => {
      if (operation?.operation === "subscription") {
        throw refusal(
          "BAD_REQUEST",
          "Send subscriptions over the WebSocket; HTTP carries queries and mutations.",
        );
      }
      const [mistake] = tooDeepVariables(request.variables ?? {});
      if (mistake !== undefined) throw refusal("BAD_USER_INPUT", mistake.message);
    },
  }),
};

function refusal(code: string, message: string): GraphQLError {
  return new GraphQLError(message, { extensions: { code, http: { status: 400 } } });
}
